"""Amounts in Turkish words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.words import amount_in_words, number_in_words
from domain.shared.money import Money


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "sıfır Türk lirası"),
        ("0.05", "sıfır Türk lirası beş kuruş"),
        ("100", "yüz Türk lirası"),
        ("1000", "bin Türk lirası"),
        ("1260.50", "binikiyüzaltmış Türk lirası elli kuruş"),
        ("21001", "yirmibirbinbir Türk lirası"),
        ("1001000", "birmilyonbin Türk lirası"),
        ("999999.99", "dokuzyüzdoksandokuzbindokuzyüzdoksandokuz Türk lirası doksandokuz kuruş"),
        ("-30", "eksi otuz Türk lirası"),
    ],
)
def test_amounts_are_spoken_as_on_commercial_papers(amount: str, words: str) -> None:
    assert amount_in_words(Money.of(amount)) == words


@given(a=st.integers(0, 10**9), b=st.integers(0, 10**9))
def test_different_numbers_have_different_words(a: int, b: int) -> None:
    assert (number_in_words(a) == number_in_words(b)) == (a == b)


def test_a_number_too_large_to_speak_is_refused() -> None:
    with pytest.raises(ValueError, match="no words"):
        number_in_words(10**18)
