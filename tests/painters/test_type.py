"""Titles stay in their boxes and can be read, however awkward they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.painters.local.canvas import Canvas
from adapters.painters.local.colour import BLACK, WHITE
from adapters.painters.local.fitting import Box, fit
from adapters.painters.local.fonts import FACES, Fonts
from adapters.painters.local.lettering import (
    LEAST_CONTRAST,
    Ink,
    mask_of,
    prepared,
    worst_contrast,
    write,
)
from adapters.painters.local.typography import Block, Plan, Zone, typeset
from adapters.painters.local.voices import VOICES
from application.ports import Brief

FONTS = Fonts()
TALL = 1.6
TITLES = st.one_of(
    st.text(max_size=160),
    st.text("abcçğıİöşüĞ WM-", max_size=200),
    st.lists(st.sampled_from(["ve", "İstanbul", "ağ", "muvaffakiyet", "o"]), max_size=40).map(
        " ".join
    ),
)


def _plan(voice: str) -> Plan:
    title = Zone(0.1, 0.1, 0.9, 0.35)
    return Plan(title=title, author=Zone(0.1, 0.9, 0.9, 0.95), voice=VOICES[voice])


@settings(deadline=None, max_examples=60)
@given(title=TITLES, author=st.text(max_size=60), voice=st.sampled_from(sorted(VOICES)))
def test_all_type_stays_inside_its_zone(*, title: str, author: str, voice: str) -> None:
    plan = _plan(voice)
    brief = Brief(prompt="", title=title, author=author, kind="poem")
    setting = typeset(plan, brief, fonts=FONTS, tall=TALL)
    zones = (
        (setting.title, plan.title),
        (setting.label, plan.title),
        (setting.author, plan.author),
    )
    for block, zone in zones:
        for run in block.runs:
            assert run.x >= zone.left - 1e-6
            assert run.x + run.width <= zone.right + 1e-6
        if block.runs:
            assert block.box[1] >= zone.top * TALL - 1e-6
            assert block.box[3] <= zone.bottom * TALL + 1e-6


@settings(deadline=None, max_examples=60)
@given(title=TITLES, width=st.floats(0.1, 2.0), height=st.floats(0.05, 1.0))
def test_fitted_lines_are_no_wider_and_no_higher_than_their_box(
    *, title: str, width: float, height: float
) -> None:
    box = Box(width, height, largest=0.2)
    fitted = fit(title, lambda part: 0.55 * len(part), box=box)
    for line in fitted.lines:
        assert 0.55 * len(line) * fitted.size <= width * 1.0001
    assert len(fitted.lines) * fitted.size <= height
    assert bool(fitted.lines) == bool(title.split())


def test_a_title_that_fits_is_not_shortened() -> None:
    title = "Sisli Dağların Ardındaki Işık"
    fitted = fit(title, lambda part: 0.5 * len(part), box=Box(0.8, 0.4, largest=0.15))
    assert " ".join(fitted.lines) == title


def test_one_very_long_word_is_hyphenated_rather_than_tiny() -> None:
    word = "muvaffakiyetsizleştiricileştiriveremeyebileceklerimizdenmişsinizcesine"
    fitted = fit(word, lambda part: 0.5 * len(part), box=Box(0.8, 0.4, largest=0.15))
    assert len(fitted.lines) > 1
    assert all(line.endswith("-") for line in fitted.lines[:-1])
    assert fitted.size > 0.05


def test_every_face_writes_turkish() -> None:
    for face in FACES:
        assert FONTS.covers(face, "ğüşıöçİĞÜŞÖÇ âîû “Işık” — ’"), face


def test_text_faces_for_invoices_have_the_lira_sign() -> None:
    for face in ("garamond", "garamond-bold", "inter", "inter-bold"):
        assert FONTS.covers(face, "1.260,00 ₺"), face


@pytest.mark.parametrize(
    ("title", "shown"),
    [("Aşk 💔 ve Ötesi", "Aşk ve Ötesi"), ("Путь домой", "Путь домой"), ("東京", "")],
)
def test_what_no_face_can_write_is_left_out_and_the_rest_is_set(title: str, shown: str) -> None:
    brief = Brief(prompt="", title=title, author="")
    setting = typeset(_plan("display"), brief, fonts=FONTS, tall=TALL)
    assert " ".join(run.text for run in setting.title.runs) == shown
    assert all(FONTS.covers(run.face, run.text) for run in setting.title.runs)


def test_the_drawn_letters_lie_in_the_measured_box() -> None:
    canvas = Canvas(500, 800)
    for voice in VOICES:
        brief = Brief(prompt="", title="Gecenin Son Tanığı", author="Çiğdem Şahinöz")
        setting = typeset(_plan(voice), brief, fonts=FONTS, tall=TALL)
        left, top, right, bottom = setting.title.box
        drawn = mask_of(canvas, setting.title, fonts=FONTS).getbbox()
        assert drawn is not None
        slack = 0.03  # a script's swashes reach a little beyond its advance
        assert drawn[0] / 500 > left - slack
        assert drawn[1] / 500 > top - slack
        assert drawn[2] / 500 < right + slack
        assert drawn[3] / 500 < bottom + slack


@pytest.mark.parametrize("veil", ["halo", "band"])
@pytest.mark.parametrize("ground", ["checked", "grey", "noise"])
def test_type_is_legible_on_any_ground(ground: str, veil: str) -> None:
    canvas = Canvas(400, 640)
    rng = np.random.Generator(np.random.PCG64(3))
    canvas.fill((0.5, 0.5, 0.5))
    if ground == "checked":
        canvas.px[:, ::40, :] = 1.0
        canvas.px[:, 20::40, :] = 0.0
    elif ground == "noise":
        canvas.px[...] = rng.random(canvas.px.shape, dtype=np.float32)
    brief = Brief(prompt="", title="Gece", author="")
    block = typeset(_plan("display"), brief, fonts=FONTS, tall=TALL).title
    ink = Ink((WHITE, BLACK), veil="band" if veil == "band" else "halo")
    colour = prepared(canvas, block, ink=ink)
    left, top, right, bottom = (round(side * 400) for side in block.box)
    behind = canvas.px[:, top:bottom, left:right]
    assert worst_contrast(behind, colour) >= LEAST_CONTRAST * 0.97


def test_nothing_to_say_leaves_the_picture_alone() -> None:
    canvas = Canvas(100, 160)
    canvas.fill((0.2, 0.4, 0.6))
    ink = Ink((WHITE,))
    write(canvas, Block(), ink=ink, colour=prepared(canvas, Block(), ink=ink), fonts=FONTS)
    assert float(canvas.px[0].max()) == pytest.approx(0.2)
