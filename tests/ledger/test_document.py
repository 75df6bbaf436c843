"""The page on the ledger says what the code does."""

from __future__ import annotations

from tests.ledger.documented import PAGE, page


def test_the_page_shows_the_chart_and_the_rules_as_they_are() -> None:
    text = PAGE.read_text()
    assert page(text) == text, "run `python -m tests.ledger.documented`"
