"""Amounts in Turkish words, written together as commercial papers have them."""

from __future__ import annotations

from itertools import count

from domain.shared.money import Money

_ONES = ("", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz")
_TENS = ("", "on", "yirmi", "otuz", "kırk", "elli", "altmış", "yetmiş", "seksen", "doksan")
_SCALES = ("", "bin", "milyon", "milyar", "trilyon", "katrilyon")


def number_in_words(number: int) -> str:
    """A whole number from 0 to below 10**18 as one word: 1260 is `binikiyüzaltmış`."""
    if not 0 <= number < 10 ** (3 * len(_SCALES)):
        raise ValueError(f"{number} has no words here")
    words = ""
    for power in count():
        number, group = divmod(number, 1000)
        if group:
            # "bin" alone is a thousand; a million and above do say "bir"
            spoken = "" if group == 1 and power == 1 else _below_thousand(group)
            words = spoken + _SCALES[power] + words
        if not number:
            return words or "sıfır"
    raise AssertionError


def amount_in_words(amount: Money) -> str:
    """Lira and kuruş; 1260.50 TRY is `binikiyüzaltmış Türk lirası elli kuruş`."""
    sign = "eksi " if amount.amount < 0 else ""
    lira, kurus = divmod(int(abs(amount.amount) * 100), 100)
    words = f"{sign}{number_in_words(lira)} Türk lirası"
    return f"{words} {number_in_words(kurus)} kuruş" if kurus else words


def _below_thousand(group: int) -> str:
    hundreds, rest = divmod(group, 100)
    hundred = "" if not hundreds else ("" if hundreds == 1 else _ONES[hundreds]) + "yüz"
    return hundred + _TENS[rest // 10] + _ONES[rest % 10]
