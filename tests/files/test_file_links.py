"""Links that open a file for a while and can't be made by anybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.files import SignedLinks
from application.file_links import FileLink
from tests.given import TestClock

LINK = FileLink("ab" * 32, "image/png", "Gülün Adı.png")
KEY = b"k" * 32


def test_a_link_opens_its_file_until_it_expires() -> None:
    clock = TestClock()
    links = SignedLinks(KEY, clock)
    token = links.sign(LINK, timedelta(minutes=5))
    assert links.read(token) == LINK
    clock.pass_(minutes=4, seconds=59)
    assert links.read(token) == LINK
    clock.pass_(seconds=1)
    assert links.read(token) is None


def test_no_letter_of_a_link_can_be_changed() -> None:
    links = SignedLinks(KEY, TestClock())
    token = links.sign(LINK, timedelta(minutes=5))
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        assert links.read(token[:place] + other + token[place + 1 :]) is None


def test_another_key_makes_other_links() -> None:
    clock = TestClock()
    token = SignedLinks(b"x" * 32, clock).sign(LINK, timedelta(minutes=5))
    assert SignedLinks(KEY, clock).read(token) is None


@given(token=st.text())
def test_whatever_a_stranger_types_opens_nothing(token: str) -> None:
    assert SignedLinks(KEY, TestClock()).read(token) is None


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SignedLinks(b"short", TestClock())
