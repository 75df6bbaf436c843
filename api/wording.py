"""Words for refusals and problems in Turkish and English, read once from `wording/*.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct, convert

from api.phrases import phrases_of
from application.ports import Language
from domain.shared.errors import Refusal
from domain.shared.money import Money

FOLDER = Path(__file__).parent / "wording"
CODES = Path(__file__).parent / "codes.toml"
SLOT = re.compile(r"\{(\w+)\}")
AMOUNT = re.compile(r"(-?[0-9]+\.[0-9]{2}) ([A-Z]{3})")


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one code is called and what it means; `{fact}` stands for a fact of the refusal."""

    tr: str
    en: str
    title_tr: str
    title_en: str

    @property
    def blanks(self) -> dict[str, str]:
        """Facts for a page that speaks of no occurrence."""
        return dict.fromkeys(SLOT.findall(self.tr + self.en), "…")

    def title(self, language: Language) -> str:
        """A short name, the same for every occurrence."""
        return self.title_tr if language == "tr" else self.title_en

    def detail(self, language: Language, facts: Mapping[str, object]) -> str:
        """A sentence about this occurrence; a fact that is missing leaves a dash. Amounts and codes
        are written as people of the language write them.
        """
        template = self.tr if language == "tr" else self.en
        return SLOT.sub(lambda slot: _written(facts.get(slot[1], "–"), language), template)


@cache
def all_words() -> Mapping[str, Words]:
    """The words of every code. Raises `ValueError` when two files speak of the same one."""
    found: dict[str, Words] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        entries = convert(tomllib.loads(path.read_text(encoding="utf-8")), dict[str, Words])
        if twice := found.keys() & entries.keys():
            raise ValueError(f"{path.name} repeats {', '.join(sorted(twice))}")
        found |= entries
    return found


def words_of(code: str) -> Words:
    """The words of a code; those of the kind of refusal it is, when it has none of its own."""
    words = all_words()
    if code in words:
        return words[code]
    kinds = Refusal.by_code[code].__mro__ if code in Refusal.by_code else ()
    codes = [kind.code for kind in kinds if issubclass(kind, Refusal)]
    return next((words[each] for each in codes if each in words), words["refused"])


def language_of(accept_language: str | None, otherwise: Language = "tr") -> Language:
    """The better liked of Turkish and English in an `Accept-Language` header."""
    liked: dict[Language, float] = {}
    for choice in (accept_language or "").split(",")[:20]:
        tag, _, quality = choice.strip().lower().partition(";q=")
        primary = tag.split(";")[0].split("-")[0]
        if primary in {"tr", "en"}:
            language: Language = "tr" if primary == "tr" else "en"
            liked[language] = max(liked.get(language, 0.0), _quality(quality))
    wanted = {language: quality for language, quality in liked.items() if quality > 0}
    if not wanted:
        return otherwise
    return max(wanted, key=lambda language: wanted[language])


def _written(fact: object, language: Language) -> str:
    text = str(fact)
    if amount := AMOUNT.fullmatch(text):
        return Money.of(amount[1], amount[2]).written(language)
    codes = phrases_of(CODES)
    parts = text.split(", ")
    return ", ".join(codes[part].told(language) if part in codes else part for part in parts)


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0) if text else 1.0
    except ValueError:
        return 0.0
