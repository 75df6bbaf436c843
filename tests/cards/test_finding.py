"""Card numbers are found however they are written, and nothing else is taken for one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from itertools import pairwise
from random import Random
from uuid import UUID

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.orders import number_of
from domain.shared.card_numbers import (
    HIDDEN_CARD,
    holds_card_number,
    may_hold_card_number,
    places_of_card_numbers,
    scrub,
    scrub_all,
    scrub_bytes,
    scrub_json,
)
from tests.cards.numbers import OTHERS, SANDBOX, digits_of, grouped, spellings

LENGTHS_BY_PREFIX = (
    ("4", (13, 16, 19)),
    ("51", (16,)),
    ("55", (16,)),
    ("2221", (16,)),
    ("2720", (16,)),
    ("34", (15,)),
    ("37", (15,)),
    ("36", (14, 16)),
    ("6011", (16, 19)),
    ("3528", (16,)),
    ("62", (16, 17, 18, 19)),
    ("5018", (13, 16, 19)),
    ("6759", (13, 16, 19)),
    ("9792", (16,)),
)
BETWEEN = ("", " ", "-", ".", "\u00a0", " - ", "\u2011", "/", "\u2009")
WORDS = st.text(
    st.characters(exclude_categories=("Nd", "Cs"), exclude_characters="+" + "".join(BETWEEN)),
    max_size=20,
)


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    """A number of some network with Luhn's check digit."""
    prefix, lengths = draw(st.sampled_from(LENGTHS_BY_PREFIX))
    length = draw(st.sampled_from(lengths))
    filling = length - len(prefix) - 1
    body = prefix + draw(st.text("0123456789", min_size=filling, max_size=filling))
    return next(body + last for last in "0123456789" if passes_luhn(body + last))


def passes_luhn(number: str) -> bool:
    """Luhn's rule, written down anew."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit)
        if place % 2:
            value *= 2
            if value > 9:
                value = value // 10 + value % 10
        total += value
    return total % 10 == 0


@pytest.mark.parametrize("number", [*SANDBOX, *OTHERS])
def test_every_card_is_found_however_it_is_written(number: str) -> None:
    for written in spellings(number):
        text = f"Ödeme için kartım: {written}, teşekkürler"
        assert holds_card_number(text), written
        scrubbed = scrub(text)
        assert number not in digits_of(scrubbed)
        assert scrubbed.startswith("Ödeme için kart")
        assert scrubbed.endswith(", teşekkürler")


@given(number=card_numbers(), between=st.sampled_from(BETWEEN), before=WORDS, after=WORDS)
@settings(deadline=None)
def test_no_number_of_a_network_survives(
    number: str, *, between: str, before: str, after: str
) -> None:
    assume(not re.search(r"[0-9a-fA-F]$", before))
    assume(not re.match(r"[0-9a-fA-F]", after))
    text = f"{before}{grouped(number, between)}{after}"
    scrubbed = scrub(text)
    assert scrubbed == f"{before}{HIDDEN_CARD}{after}"
    assert not holds_card_number(scrubbed)


@given(number=card_numbers(), data=st.data())
@settings(deadline=None)
def test_odd_groups_with_one_separator_are_found(number: str, *, data: st.DataObject) -> None:
    cuts = data.draw(st.sets(st.integers(1, len(number) - 1), min_size=2, max_size=6))
    edges = [0, *sorted(cuts), len(number)]
    groups = [number[start:end] for start, end in pairwise(edges)]
    assert holds_card_number(" ".join(groups))


@given(st.text())
@settings(deadline=None)
def test_text_without_a_number_stays_as_it_is(text: str) -> None:
    if not holds_card_number(text):
        assert scrub(text) is text
        assert scrub_all({"a": [text]}) == {"a": [text]}
    assert not holds_card_number(scrub(text))


@given(st.text("0123456789 -./ab\u00a0４", max_size=60))
@settings(deadline=None, max_examples=300)
def test_nothing_is_left_of_any_mixture_of_digits(text: str) -> None:
    scrubbed = scrub(text)
    assert not holds_card_number(scrubbed)
    assert scrub(scrubbed) == scrubbed
    if holds_card_number(text):
        assert may_hold_card_number(text.encode())


def seeded(seed: int) -> Random:
    """Chance that repeats itself, for figures that are only tried."""
    return Random(seed)  # noqa: S311  # it guards nothing


def iban(chance: Random) -> str:
    """A Turkish account number as it is printed."""
    digits = "".join(str(chance.randrange(10)) for _ in range(22))
    check = 98 - int(f"{digits}292700") % 97
    whole = f"TR{check:02}{digits}"
    return " ".join(whole[at : at + 4] for at in range(0, 26, 4))


OUR_OWN: dict[str, Callable[[Random], str]] = {
    "ids": lambda c: str(UUID(int=c.getrandbits(128))),
    "ids beside each other": lambda c: (
        f'"{UUID(int=c.getrandbits(128))}/{UUID(int=c.getrandbits(128))}"'
    ),
    "ids without dashes": lambda c: UUID(int=c.getrandbits(128)).hex,
    "digests": lambda c: hashlib.sha256(str(c.random()).encode()).hexdigest(),
    "order numbers": lambda c: number_of(UUID(int=c.getrandbits(128)), 0),
    "invoice numbers": lambda c: f"PLK2026{c.randrange(10**9):09}",
    "moments in ms": lambda c: str(c.randrange(1_600_000_000_000, 1_999_999_999_999)),
    "moments in ns": lambda c: str(c.randrange(1_600_000_000 * 10**9, 1_999_999_999 * 10**9)),
    "moments": lambda c: f"2026-11-{c.randrange(1, 29)}T10:20:30.{c.randrange(10**6):06}Z",
    "books": lambda c: f"978-605-{c.randrange(10**5):05}-{c.randrange(10)}-{c.randrange(10)}",
    "books without dashes": lambda c: f"978605{c.randrange(10**7):07}",
    "bank accounts": iban,
    "bank accounts without spaces": lambda c: iban(c).replace(" ", ""),
    "phones": lambda c: f"+90 5{c.randrange(10**2):02} {c.randrange(10**3):03} 22 33",
    "phones abroad": lambda c: f"+49 151 {c.randrange(10**8):08}",
    "phones at home": lambda c: f"0532 {c.randrange(10**7):07}",
    "figures": lambda c: repr(c.random() * 100),
    "periods": lambda c: f"{c.randrange(1, 29):02}.10.2026 - {c.randrange(1, 29):02}.11.2026",
    "amounts": lambda c: f"{c.randrange(10**9):,}.00 TRY",
}


@pytest.mark.parametrize("kind", sorted(OUR_OWN))
def test_what_is_no_card_is_left_alone(kind: str) -> None:
    chance = seeded(20261122)
    for _ in range(3_000):
        text = f"no: {OUR_OWN[kind](chance)} ve sonrası"
        assert scrub(text) is text


def test_a_card_beside_an_account_is_found_and_the_account_stays() -> None:
    account = iban(seeded(7))
    assert scrub(f"{account} 4111 1111 1111 1129") == f"{account} {HIDDEN_CARD}"


def test_documents_keep_all_but_the_number() -> None:
    document = msgspec.json.encode(
        {"5528790000000008": 1, "note": ["kart 5528 7900 0000 0008", None], "at": 1763800000000}
    )
    assert msgspec.json.decode(scrub_json(document)) == {
        HIDDEN_CARD: 1,
        "note": [f"kart {HIDDEN_CARD}", None],
        "at": 1763800000000,
    }
    plain = b'{"note":"K\xc4\xb1\xc5\x9f","id":"0198a6b2-1111-7222-8333-444455556666"}'
    assert scrub_json(plain) is plain
    assert scrub_bytes(b"\xff 5528790000000008 \xfe") == b"\xff [card number] \xfe"
    assert scrub_bytes(plain) is plain


def test_places_are_told_without_the_number() -> None:
    body = {
        "a/b": [{"c": "x"}, {"c": "5528-7900-0000-0008"}],
        "n": 5528790000000008,
        "o": {"5528790000000008": 1},
        "yes": True,
    }
    assert list(places_of_card_numbers(body)) == ["/a~1b/1/c", "/n", "/o"]


@pytest.mark.parametrize("number", SANDBOX)
def test_a_card_is_found_among_any_number_of_digits(number: str) -> None:
    many = "1 " * 2_000
    text = f"{many}{grouped(number, ' ')} {many}"
    assert scrub(text) == f"{many}{HIDDEN_CARD} {many}"
