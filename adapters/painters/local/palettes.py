"""Colour worlds: air (skies, distances) and ink (flat printed colours), chosen by the reading."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from adapters.painters.local.colour import (
    Colour,
    from_oklch,
    hexed,
    mix,
    oklch,
    toned,
)
from adapters.painters.local.reading import Reading


@dataclass(frozen=True)
class Air:
    """A sky from top to horizon, a light, and land from far to near."""

    name: str
    sky: tuple[Colour, ...]
    light: Colour
    far: Colour
    near: Colour
    tags: frozenset[str]

    @property
    def horizon(self) -> Colour:
        """The colour low in the sky."""
        return self.sky[-1]

    def land(self, share: float) -> Colour:
        """Land from far (0) over the colour of the air to near (1)."""
        middle = mix(self.sky[1], self.near, share=0.3)
        if share < 0.45:
            return mix(self.far, middle, share=share / 0.45)
        return mix(middle, self.near, share=(share - 0.45) / 0.55)


@dataclass(frozen=True)
class Inks:
    """Flat colours: a paper, a dark ink, and four strong colours."""

    name: str
    paper: Colour
    dark: Colour
    strong: tuple[Colour, ...]
    tags: frozenset[str]


def _air(name: str, sky: str, *, rest: str, tags: str) -> Air:
    light, far, near = (hexed(code) for code in rest.split())
    stops = tuple(hexed(code) for code in sky.split())
    return Air(name, stops, light, far, near, frozenset(tags.split()))


def _inks(name: str, paper: str, *, rest: str, tags: str) -> Inks:
    dark, *strong = (hexed(code) for code in rest.split())
    return Inks(name, hexed(paper), dark, tuple(strong), frozenset(tags.split()))


AIRS = (
    _air(
        "first light",
        "27415f 4d7186 a8b3ab f0d2a6 f6c391",
        rest="fff0cf d9a493 172c39",
        tags="dawn fog calm cool",
    ),
    _air(
        "rose dawn",
        "4a4a78 8d749b d99fa3 f7cda9 fce3bd",
        rest="fff4da b98da3 2a2546",
        tags="dawn calm warm love",
    ),
    _air(
        "apricot",
        "d98f6a e8a878 f3c592 f9dfb4 fdeecb",
        rest="fffaea c98d6f 4a2a2e",
        tags="dawn dusk warm desert day",
    ),
    _air(
        "ember",
        "1d1a3a 4b2550 9c3350 e0603f f8a84e",
        rest="ffe3a1 8a3350 150f24",
        tags="dusk warm lively dark war",
    ),
    _air(
        "copper evening",
        "2b3350 5e4a63 a6655f dd9560 f3c987",
        rest="fff0c4 8a5a5e 1e1a2b",
        tags="dusk warm sad",
    ),
    _air(
        "tea green",
        "7fa08f a3bca0 c8d2b2 e6e2c4 f3ecd3",
        rest="fffbe8 8fae97 20392f",
        tags="day fog calm forest",
    ),
    _air(
        "aegean",
        "0f5c8c 2f86ab 7bb9c4 c2ddd3 efe9d2",
        rest="fffdf0 6fa4b0 0d3346",
        tags="day clear sea lively",
    ),
    _air(
        "slate fog",
        "5d6d79 81909a a9b4b8 cbd0cd e2e2db",
        rest="fbfaf3 97a4aa 1d2a33",
        tags="fog day calm sad rain",
    ),
    _air(
        "winter",
        "6f8fae 9bb3c6 c5d3db e6e7e4 f6ece0",
        rest="fffaf0 a9bccb 23394f",
        tags="snow day dawn calm winter",
    ),
    _air(
        "lilac snow",
        "4e5a8c 7f86b2 b4aecb e3cfd6 f7e3d8",
        rest="fff6ec 9a9bc0 232a4d",
        tags="snow dusk calm winter love",
    ),
    _air(
        "midnight",
        "050a1c 0b1a38 14305a 28507c 5c84a0",
        rest="f5ecd0 1d3a5e 040812",
        tags="night clear calm",
    ),
    _air(
        "noir",
        "08090d 12161f 202835 3a4452 6b6a66",
        rest="f2dfae 262d39 050608",
        tags="night dark rain crime",
    ),
    _air(
        "amber night",
        "070d1f 0f1d3a 1f3357 5c5560 c38a4b",
        rest="ffe2a0 22304c 03060e",
        tags="night dusk dark city",
    ),
    _air(
        "violet night",
        "0c0824 231246 47246d 80418a c97c9b",
        rest="ffe6d6 3b2363 090517",
        tags="night love space lively",
    ),
    _air(
        "aurora",
        "04121c 06282f 0c4d4b 2a8270 9fd0a0",
        rest="effbe2 11443f 020a0e",
        tags="night forest space winter aurora",
    ),
    _air(
        "blood moon",
        "0d0507 270a10 4f1218 8c2a22 cf6a3a",
        rest="ffcf94 4a141a 080304",
        tags="night dark crime war",
    ),
)

INKS = (
    _inks("workshop", "efe7d6", rest="191818 d93a2b f0b323 1d4fa0 8fa6a0", tags="order lively day"),
    _inks(
        "teal and coral", "f4ecdc", rest="13343f 1f6b70 e0674f efb45c 7fb39a", tags="calm wind day"
    ),
    _inks(
        "brick",
        "f1e4cf",
        rest="2b1a17 a63a24 d98a3c 51322a c9b48a",
        tags="warm anatolia desert autumn sad",
    ),
    _inks("madder", "ead9bb", rest="1c1f33 8e1f24 c8772e 24405f 5e6b3b", tags="anatolia war dusk"),
    _inks("night ink", "f1ead9", rest="101a33 d9a441 3d5a8a a33b3b 7d8fa8", tags="night city dark"),
    _inks("moss", "efeadb", rest="1f2d22 4c6b3f b7883a 8aa07c 7c3b2a", tags="forest flower calm"),
    _inks("peony", "f8e9e2", rest="3a1730 b8325d e88a7d f2bf9a 5c6f68", tags="love flower warm"),
    _inks(
        "lemon grove", "f8f1d6", rest="20403c e7b52c 2e7d6b e2703a 9cc1a8", tags="lively child day"
    ),
    _inks(
        "ultramarine", "f0efe8", rest="0f1440 2436b8 f05a3c f5c445 8fb5e0", tags="order lively sea"
    ),
    _inks(
        "graphite", "ebe8e2", rest="1c1d20 c33127 55585e 9a9c9e d9b36c", tags="crime dark order sad"
    ),
    _inks(
        "gilded", "f3e7c9", rest="101b24 c79a3f 1f4a4d e5c77d 7a2e2b", tags="gold night war time"
    ),
    _inks("plum", "f2e6ea", rest="28142f 6d2f63 d98b5f a06aa0 4d5f86", tags="love sad wind night"),
    _inks(
        "sea glass", "eaf1ea", rest="0f3a44 1f8a8a f2a65a 8cc6bd d9594c", tags="sea calm day child"
    ),
    _inks(
        "saffron",
        "fbf0da",
        rest="3a1d12 e08a1e b5341f f3c25b 31574f",
        tags="warm child journey desert autumn",
    ),
    _inks("frost", "eef2f4", rest="1c2f45 4f7ea6 a9c4d6 c9565b 7a8a99", tags="winter snow calm"),
    _inks(
        "sage and clay",
        "f1ece1",
        rest="2d332c 7d8f73 c47f5b dcc7a1 4e5f58",
        tags="calm flower journey",
    ),
)


def _affinity(tags: frozenset[str], reading: Reading) -> float:
    score = 0.0
    if reading.time:
        score += 3.0 if reading.time in tags else -1.5
    if reading.weather in tags:
        score += 2.0
    score += sum(1.2 for mood in reading.moods if mood in tags)
    score += sum(min(1.5, weight) for motif, weight in reading.motifs.items() if motif in tags)
    if "snow" in tags and reading.weather != "snow":
        score -= 1.4
    if "night" in tags and not reading.time and not reading.moods & {"dark"}:
        score -= 1.3
    if "night" in tags and reading.time not in {"night", "dusk", ""}:
        score -= 2.0
    return score


def air(reading: Reading, rng: np.random.Generator, *, rank: int) -> Air:
    """The `rank`-th best sky for a reading, with named colours worked in."""
    jitter = rng.uniform(0, 0.9, len(AIRS))

    def score(number: int) -> float:
        told = _affinity(AIRS[number].tags, reading) + float(jitter[number])
        if reading.colours:
            told -= 4 * abs(oklch(AIRS[number].sky[2])[0] - oklch(reading.colours[0])[0])
        return told

    order = sorted(range(len(AIRS)), key=score, reverse=True)
    chosen = AIRS[order[rank % len(AIRS)]]
    if not reading.colours:
        return chosen
    return _tinted(chosen, reading.colours[rank % len(reading.colours)])


def _tinted(air: Air, colour: Colour) -> Air:
    _, chroma, hue = oklch(colour)
    strength = min(1.0, chroma / 0.09)

    def tint(old: Colour) -> Colour:
        light, was, was_hue = oklch(old)
        away = math.remainder(hue - was_hue, 2 * math.pi)
        turned = was_hue + away * 0.85 if was > 0.02 else hue
        if -2.2 < turned < -1.2 or 4.0 < turned < 5.1:
            turned -= 0.3 * max(0.0, light - 0.4)  # light blues look violet otherwise
        full = max(was, 0.03, 0.55 * chroma)
        return from_oklch(light, full * strength + was * (1 - strength) * 0.25, hue=turned)

    return replace(
        air,
        sky=tuple(tint(stop) for stop in air.sky),
        light=mix(air.light, tint(air.light), share=0.4),
        far=tint(air.far),
        near=tint(air.near),
    )


def inks(reading: Reading, rng: np.random.Generator, *, rank: int) -> Inks:
    """The `rank`-th best flat palette for a reading; named colours lead it."""
    jitter = rng.uniform(0, 1.1, len(INKS))
    order = sorted(
        range(len(INKS)), key=lambda n: -_affinity(INKS[n].tags, reading) - float(jitter[n])
    )
    chosen = INKS[order[rank % len(INKS)]]
    return _led(chosen, reading.colours) if reading.colours else chosen


def _led(inks: Inks, colours: tuple[Colour, ...]) -> Inks:
    lead = list(colours)
    light, chroma, hue = oklch(lead[0])
    grey = chroma < 0.03
    dark = from_oklch(0.22, min(chroma, 0.05), hue=hue)
    paper = from_oklch(0.945, 0.012 if grey else 0.02, hue=math.radians(85))
    partner = inks.strong[1] if grey else from_oklch(0.72, 0.11, hue=hue + math.radians(150))
    pale = from_oklch(0.82, chroma * 0.45, hue=hue)
    deep = toned(lead[0], light=-0.16 if light > 0.4 else 0.2)
    lead += [colour for colour in (partner, deep, pale) if colour not in lead]
    return replace(inks, dark=dark, paper=paper, strong=tuple(lead[:4]))
