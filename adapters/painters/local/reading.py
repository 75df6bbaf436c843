"""From a prompt to what it asks for: motifs, time of day, weather, mood, named colours."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from adapters.painters.local.casing import fold
from adapters.painters.local.colour import Colour, hexed
from adapters.painters.local.words import COLOURS, LOOKALIKES, MOODS, MOTIFS, TIMES, WEATHERS

_WORD = re.compile(r"[a-z]+")
_HEX = re.compile(r"#([0-9a-fA-F]{6})\b")
_ENDINGS = re.compile(
    r"^(?:l[ae]r)?(?:[iu]m|[iu]n|s?[iu]|[iu]m[iu]z|[iu]n[iu]z)?"
    r"(?:y?[iu]|y?[ae]|n[iu]|n[ae]|n?[dt][ae](?:n|ki)?|n?[iu]n|y?l[ae]|ki|c[ae])?$"
    r"|^(?:l[iu](?:k.*)?|s[iu]z.*|c[iu].*|e?s|e?d|e?rs?|ing|l?y)$"
)
_KINDS: dict[str, dict[str, float]] = {
    "poem": {"wind": 0.5, "flower": 0.4, "feather": 0.3},
    "story": {"child": 0.2, "journey": 0.2},
    "essay": {"order": 0.5, "wind": 0.2},
    "biography": {"time": 0.3, "gold": 0.2},
}


@dataclass(frozen=True)
class Reading:
    """What a prompt asks for. Scores are 0 or more; names are keys of the word lists."""

    motifs: dict[str, float] = field(default_factory=dict)
    time: str = ""
    weather: str = ""
    moods: frozenset[str] = frozenset()
    colours: tuple[Colour, ...] = ()

    def wants(self, *motifs: str) -> float:
        """The summed score of some motifs."""
        return sum(self.motifs.get(motif, 0.0) for motif in motifs)


@cache
def _stems(words: str) -> tuple[str, ...]:
    return tuple(fold(word) for word in words.split())


def _matches(word: str, stem: str) -> bool:
    if not word.startswith(stem):
        return False
    rest = word[len(stem) :]
    if not rest or len(stem) > 4:
        return True
    return word not in LOOKALIKES and _ENDINGS.match(rest) is not None


def _score(words: list[str], stems: str) -> float:
    found = 0.0
    for place, word in enumerate(words):
        longest = max((len(s) for s in _stems(stems) if _matches(word, s)), default=0)
        if longest:
            found += (1.0 + 0.06 * longest) * (1.0 if place < 6 else 0.85)
    return found


def _best(words: list[str], lists: dict[str, str]) -> str:
    scores = {name: _score(words, stems) for name, stems in lists.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0 else ""


def _colours(prompt: str, words: list[str]) -> tuple[Colour, ...]:
    found = [hexed(code) for code in _HEX.findall(prompt)]
    for word in words:
        for code, stems in COLOURS.values():
            colour = hexed(code)
            if colour not in found and any(_matches(word, stem) for stem in _stems(stems)):
                found.append(colour)
    return tuple(found[:3])


def _joined(words: list[str]) -> list[str]:
    """Pairs like `gün doğumu` count as one word too."""
    pairs = {
        ("gun", "do"),
        ("gun", "bat"),
        ("ay", "isi"),
        ("gece", "yari"),
        ("deniz", "fener"),
        ("kuzey", "isi"),
    }
    joined = [
        a + b for a, b in pairwise(words) if any(a == p and b.startswith(q) for p, q in pairs)
    ]
    return words + joined


def read(prompt: str, *, title: str = "", kind: str = "novel") -> Reading:
    """Understand a prompt; the title counts a little, the kind of book a little less."""
    words = _joined(_WORD.findall(fold(_HEX.sub(" ", prompt))))
    title_words = _joined(_WORD.findall(fold(title)))
    motifs: dict[str, float] = {}
    for motif, stems in MOTIFS.items():
        score = _score(words, stems) + 0.4 * _score(title_words, stems)
        score += _KINDS.get(kind, {}).get(motif, 0.0)
        if score:
            motifs[motif] = score
    heard = words or title_words
    moods = frozenset(mood for mood, stems in MOODS.items() if _score(words + title_words, stems))
    return Reading(
        motifs=motifs,
        time=_best(heard, TIMES) or _best(title_words, TIMES),
        weather=_best(heard, WEATHERS) or _best(title_words, WEATHERS),
        moods=moods,
        colours=_colours(prompt, words) or _colours(title, title_words),
    )
