"""What the painter understands of a prompt, in Turkish and English."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.painters.local import compositions
from adapters.painters.local.casing import fold, upper
from adapters.painters.local.reading import read

TURKISH = "abcçdefgğhıijklmnoöprsştuüvyz"
CAPITALS = "ABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZ"


@pytest.mark.parametrize(
    ("prompt", "motif"),
    [
        ("sisli dağların ardında gün doğumu, dingin", "mountain"),
        ("Karadeniz'in yüksek yaylaları", "mountain"),
        ("İSTANBUL'UN SOKAKLARINDA", "istanbul"),
        ("denizin kıyısında bir ev", "sea"),
        ("uzaydaki son gezegen", "space"),
        ("ormanın derinliklerinde", "forest"),
        ("güllerle dolu bir bahçe", "flower"),
        ("yağmurda yürüyen adam", "rain"),
        ("Anadolu'nun kilimleri", "anatolia"),
        ("siyah bir kedinin masalı", "cat"),
        ("misty mountains at dawn", "mountain"),
        ("an old lighthouse above the waves", "lighthouse"),
        ("two galaxies colliding", "space"),
        ("the detective's last murder", "crime"),
        ("wild roses in a garden", "flower"),
        ("the economy of tomorrow", "order"),
    ],
)
def test_a_prompt_names_its_motif(prompt: str, motif: str) -> None:
    assert read(prompt).motifs.get(motif, 0) > 0


@pytest.mark.parametrize(
    ("prompt", "motif"),
    [
        ("analiz ve anlam", "time"),
        ("atlas", "horse"),
        ("aynı evrende", "house"),
        ("adalet arayışı", "sea"),
        ("colourful things", "desert"),
        ("keyif", "key"),
        ("güller", "bird"),
        ("gazetede", "eye"),
    ],
)
def test_a_word_that_only_begins_alike_is_not_taken_for_another(prompt: str, motif: str) -> None:
    assert motif not in read(prompt).motifs


def test_time_weather_mood_and_colours_are_heard() -> None:
    told = read("sisli dağların ardında gün doğumu, dingin, lacivert ve #ff8800")
    assert (told.time, told.weather) == ("dawn", "fog")
    assert "calm" in told.moods
    assert len(told.colours) == 2
    assert told.colours[0] == pytest.approx((1.0, 0x88 / 255, 0.0))


def test_night_and_snow_are_heard_in_english() -> None:
    told = read("a snowy village on a starry night")
    assert (told.time, told.weather) == ("night", "snow")


def test_the_best_family_shows_what_was_asked_for() -> None:
    asked = {
        "sisli dağların ardında gün doğumu, dingin": "mountains",
        "İstanbul'da dolunaylı bir gece": "skyline",
        "deniz feneri": "lighthouse",
        "uzayda kayıp bir astronot": "space",
        "yağmurlu bir sokakta dedektif": "rain",
        "kilim desenli bir Anadolu köyü": "kilim",
        "a foggy forest": "forest",
    }
    for prompt, family in asked.items():
        rng = np.random.Generator(np.random.PCG64(5))
        chosen = compositions.choose(read(prompt), "novel", rank=0, rng=rng)
        assert chosen.name == family, prompt


def test_without_the_vector_engine_its_scenes_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.painters.local.vector.AVAILABLE", False)
    names = {one.name for one in compositions.available()}
    assert "skyline" not in names
    assert len(names) >= 6


@given(st.text(TURKISH + " ", max_size=40))
def test_turkish_capitals_keep_the_dot_and_its_absence(text: str) -> None:
    pairs = str.maketrans(TURKISH, CAPITALS)
    assert upper(text, "tr") == text.translate(pairs)


@given(st.text(TURKISH, max_size=30))
def test_folding_makes_capitals_and_small_letters_alike(text: str) -> None:
    assert fold(upper(text, "tr")) == fold(text)
    assert fold(text).isascii()


def test_english_capitals_have_no_dot() -> None:
    assert upper("midnight", "en") == "MIDNIGHT"
