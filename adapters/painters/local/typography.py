"""Setting title, label and author into their zones: measured before anything is drawn."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from typing import Literal

from adapters.painters.local.casing import upper
from adapters.painters.local.fitting import Box, fit
from adapters.painters.local.fonts import FALLBACKS, Fonts
from adapters.painters.local.voices import Voice
from application.ports import Brief

LABELS = {
    "tr": {
        "novel": "Roman",
        "story": "Öykü",
        "poem": "Şiirler",
        "essay": "Deneme",
        "biography": "Biyografi",
    },
    "en": {
        "novel": "A novel",
        "story": "Stories",
        "poem": "Poems",
        "essay": "Essays",
        "biography": "A life",
    },
}
_SMALL_TRACKING = 0.16
MOST_LETTERS = 400
USUAL_TALL = 1.6
LABEL_GAP = 0.048


@dataclass(frozen=True)
class Zone:
    """Room for type: x in widths, y in shares of the height."""

    left: float
    top: float
    right: float
    bottom: float
    align: Literal["left", "center"] = "center"
    anchor: Literal["top", "middle", "bottom"] = "top"


@dataclass(frozen=True)
class Run:
    """One line of type: base line start in widths, size in widths."""

    text: str
    face: str
    size: float
    tracking: float
    x: float
    y: float
    width: float


@dataclass(frozen=True)
class Block:
    """Lines that belong together and the box (left, top, right, bottom; widths) of their ink."""

    runs: tuple[Run, ...] = ()
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Plan:
    """Where a composition wants its type, and in which voice; `together` sets the author right
    under the title, and both about the middle of the title's zone.
    """

    title: Zone
    author: Zone
    voice: Voice
    label: bool = True
    together: bool = False
    author_size: float = 0.042


@dataclass(frozen=True)
class Setting:
    """The type of one cover, measured, before anything is drawn."""

    title: Block = field(default_factory=Block)
    label: Block = field(default_factory=Block)
    author: Block = field(default_factory=Block)

    @property
    def foot(self) -> float:
        """Where the upper type (title and label) ends, in widths."""
        return max(self.title.box[3], self.label.box[3])

    @property
    def heading(self) -> tuple[float, float, float, float]:
        """The box of title and label together."""
        boxes = [block.box for block in (self.title, self.label) if block.runs]
        if not boxes:
            return (0.0, 0.0, 0.0, 0.0)
        return (
            min(b[0] for b in boxes),
            min(b[1] for b in boxes),
            max(b[2] for b in boxes),
            max(b[3] for b in boxes),
        )


def typeset(plan: Plan, brief: Brief, *, fonts: Fonts, tall: float) -> Setting:
    """Measure and place all type of a cover that is `tall` widths high."""
    voice = plan.voice
    label = LABELS[brief.language].get(brief.kind, "") if plan.label else ""
    zone = plan.title
    room = (zone.bottom - zone.top) * tall
    text = upper(brief.title, brief.language) if voice.capitals else brief.title
    small = _small(voice, 0.027)
    below = _block(upper(label, brief.language), small, zone=zone, fonts=fonts, tall=tall)
    spare = LABEL_GAP + below.box[3] - below.box[1] if below.runs else 0.0
    shorter = replace(zone, bottom=(zone.top * tall + room - spare) / tall)
    title = _block(text, _louder(voice, text), zone=shorter, fonts=fonts, tall=tall)
    title, below = _stacked(title, below, zone=zone, tall=tall)
    author = _block(
        upper(brief.author, brief.language),
        _small(voice, plan.author_size),
        zone=plan.author,
        fonts=fonts,
        tall=tall,
    )
    setting = Setting(title, below, author)
    return (
        _gathered(setting, middle=(zone.top + zone.bottom) / 2 * tall) if plan.together else setting
    )


def _gathered(setting: Setting, *, middle: float) -> Setting:
    if not setting.author.runs:
        return setting
    gap = 0.085
    author = _moved(setting.author, setting.foot + gap - setting.author.box[1])
    if not setting.title.runs:
        _, top, _, bottom = author.box
        return replace(setting, author=_moved(author, middle - (top + bottom) / 2))
    shift = middle - (setting.heading[1] + author.box[3]) / 2
    return Setting(
        _moved(setting.title, shift), _moved(setting.label, shift), _moved(author, shift)
    )


def _louder(voice: Voice, text: str) -> Voice:
    """Very short titles may be larger; a script face never sets capitals only."""
    if text.isupper() and voice.face in {"dancing", "caveat"}:
        voice = replace(voice, face="playfair")
    grown = 1 + 0.14 * max(0, 8 - len(text)) + (0.7 if len(text) < 3 else 0.0)
    return replace(voice, largest=voice.largest * grown)


def _small(voice: Voice, largest: float) -> Voice:
    return Voice(
        voice.author, voice.author, tracking=_SMALL_TRACKING, leading=1.35, largest=largest
    )


def _stacked(title: Block, label: Block, *, zone: Zone, tall: float) -> tuple[Block, Block]:
    if not label.runs or not title.runs:
        return title, Block() if not title.runs else label
    gap = LABEL_GAP
    high = label.box[3] - label.box[1]
    if zone.anchor == "bottom":
        title = _moved(title, -(gap + high))
    elif zone.anchor == "middle":
        title = _moved(title, -(gap + high) / 2)
    top = zone.top * tall
    title = _moved(title, max(0.0, top - title.box[1]))
    return title, _moved(label, title.box[3] + gap - label.box[1])


def _moved(block: Block, down: float) -> Block:
    left, top, right, bottom = block.box
    runs = tuple(replace(run, y=run.y + down) for run in block.runs)
    return Block(runs, (left, top + down, right, bottom + down))


def _clean(text: str, face: str, *, fonts: Fonts) -> tuple[str, str]:
    """A text and a face that can write it; what no face can write is left out."""
    text = " ".join(unicodedata.normalize("NFC", text[:MOST_LETTERS]).split())
    for candidate in (face, *FALLBACKS):
        if fonts.covers(candidate, text):
            return text, candidate
    plain = " ".join(fonts.writable(face, text).split())
    other = " ".join(fonts.writable(FALLBACKS[0], text).split())
    if len(other) > len(plain):
        return other, FALLBACKS[0]
    return plain, face


def _block(text: str, voice: Voice, *, zone: Zone, fonts: Fonts, tall: float) -> Block:
    text, face = _clean(text, voice.face, fonts=fonts)
    room, height = zone.right - zone.left, (zone.bottom - zone.top) * tall
    # lines break as on the usual page, so that print sheets of other shapes read the same
    usual = USUAL_TALL if abs(tall - USUAL_TALL) < 0.25 else tall
    usual_height = height * usual / tall
    least = min(Box.smallest, voice.largest * 0.42)
    box = Box(room, usual_height, voice.largest, leading=voice.leading, smallest=least)

    def measure(part: str) -> float:
        return fonts.width(face, part, tracking=voice.tracking)

    fitted = fit(text, measure, box=box)
    if not fitted.lines:
        return Block()
    widths = [measure(line) for line in fitted.lines]
    size = min(fitted.size, room / max(*widths, 1e-6))
    runs: list[Run] = []
    baseline, below = 0.0, 0.0
    top = fonts.extent(face, fitted.lines[0])[0] * size
    for line, unit in zip(fitted.lines, widths, strict=True):
        above, deep = fonts.extent(face, line)
        if runs:
            baseline += max(voice.leading, below + above + 0.06) * size
        below, width = deep, unit * size
        x = zone.left if zone.align == "left" else (zone.left + zone.right - width) / 2
        runs.append(Run(line, face, size, voice.tracking, x, baseline + top, width))
    block = Block(tuple(runs), _ink(runs, runs[-1].y + below * size))
    return _anchored(_squeezed(block, height, align=zone.align), zone, tall=tall)


def _ink(runs: list[Run], high: float) -> tuple[float, float, float, float]:
    return (min(r.x for r in runs), 0.0, max(r.x + r.width for r in runs), high)


def _squeezed(block: Block, height: float, *, align: str) -> Block:
    """Marks above capitals may make lines taller than planned: shrink all a little."""
    left, _, right, bottom = block.box
    if bottom <= height:
        return block
    share = height / bottom
    still = left if align == "left" else (left + right) / 2
    runs = tuple(
        replace(
            run,
            size=run.size * share,
            width=run.width * share,
            y=run.y * share,
            x=still + (run.x - still) * share,
        )
        for run in block.runs
    )
    return Block(
        runs, (still + (left - still) * share, 0.0, still + (right - still) * share, height)
    )


def _anchored(block: Block, zone: Zone, *, tall: float) -> Block:
    top, bottom = zone.top * tall, zone.bottom * tall
    high = block.box[3]
    down = {"top": top, "middle": (top + bottom - high) / 2, "bottom": bottom - high}[zone.anchor]
    return _moved(block, down)
