"""What a cover must not be asked to show: a small word list in Turkish and English.

It is the first of several layers and errs on the side of the customer; a painter that is a remote
model has its own.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

UnwantedCategory = Literal["minors", "sexual", "hate", "gore"]

# Each entry is a beginning of a word, in plain small letters; `$` ends it where a longer word would
# be innocent, and `-` stands for whatever parts two words. Words that books are honestly about
# (war, genocide, heroin) are not here, nor any that is something else in the other language.
_BEGINNINGS: dict[UnwantedCategory, str] = {
    "minors": "pedofil paedophil pedophil lolicon shotacon jailbait",
    "sexual": "porno$ pornograf pornograph seks$ seksi$ hentai nude$ nudes$ nsfw mastur xxx$"
    " ciplak-kadin ciplak-kiz ciplak-erkek naked-wom naked-girl naked-man$ naked-men$",
    "hate": "swastika gamali-hac kkk$ ku-klux",
    "gore": "kafasi-kesil beheading beheaded decapitat dismember snuff$",
}


def unwanted(prompt: str) -> UnwantedCategory | None:
    """The category of the first unwanted word, or None when nothing is wrong."""
    plain = _plain(prompt)
    for category, pattern in _PATTERNS.items():
        if pattern.search(plain):
            return category
    return None


def _plain(text: str) -> str:
    """Small letters without accents; the Turkish ı is an i, too."""
    spread = unicodedata.normalize("NFKD", text.replace("ı", "i")).casefold()
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


def _pattern(beginnings: str) -> re.Pattern[str]:
    words = (
        re.escape(word.removesuffix("$")).replace(r"\-", r"[\W_]+")
        + (r"(?!\w)" if word.endswith("$") else "")
        for word in beginnings.split()
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})")


_PATTERNS = {category: _pattern(words) for category, words in _BEGINNINGS.items()}
