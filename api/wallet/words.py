"""What a line of a wallet's history says, in the caller's language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from api.phrases import Phrase, phrases_of
from application.ports import Language
from projections.wallet import StatementLine
from projections.wallet_lots import HoldUse

FILE = Path(__file__).parent / "phrases.toml"


def phrases() -> Mapping[str, Phrase]:
    """All sentences by their names."""
    return phrases_of(FILE)


def line_text(line: StatementLine, use: HoldUse | None, *, language: Language) -> str:
    """The sentence of a line, about what its credits were held for."""
    by_purpose = f"{line.kind}_{line.purpose}"
    phrase = phrases().get(by_purpose) or phrases()[line.kind]
    return phrase.told(language, what=_what(use, language))


def _what(use: HoldUse | None, language: Language) -> str:
    if use is None or not use.title:
        return phrases()["of_something"].told(language)
    return phrases()["of_generation"].told(language, title=use.title, count=use.candidates)
