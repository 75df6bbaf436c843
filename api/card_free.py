"""Keeps card numbers out: a request that holds one is refused before anything is stored of it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from urllib.parse import parse_qsl

import msgspec

from api.field_faults import FieldFault
from api.problems import Trouble
from domain.shared.card_numbers import (
    holds_card_number,
    may_hold_card_number,
    places_of_card_numbers,
    scrub,
)

CODE = "card_number_given"
MOST_TOLD = 20
"""Of so many places at most it is told that they hold a card number."""


def refuse_cards_in_query(given: Iterable[tuple[str, str]]) -> None:
    """Refuse parameters that hold a card number in their name or value. Raises `Trouble` (422)."""
    _refuse(
        FieldFault(code=CODE, parameter=scrub(name))
        for name, value in given
        if holds_card_number(name) or holds_card_number(value)
    )


def refuse_cards_in_json(body: bytes) -> None:
    """Refuse a body that holds a card number in any text, name or integer. What is no JSON is
    somebody else's to refuse. Raises `Trouble` (422).
    """
    # A backslash may hide digits from a look at the bytes.
    if not (may_hold_card_number(body) or b"\\" in body):
        return
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return
    _refuse(FieldFault(code=CODE, pointer=each) for each in places_of_card_numbers(value))


def refuse_cards_in_form(body: bytes) -> None:
    """Refuse a form that holds a card number. Raises `Trouble` (422)."""
    fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    _refuse(
        FieldFault(code=CODE, pointer=f"/{scrub(name)}")
        for name, value in fields
        if holds_card_number(name) or holds_card_number(value)
    )


def refuse_cards_in_header(header: str, value: str) -> None:
    """Refuse the value of a header that is kept. Raises `Trouble` (422)."""
    if holds_card_number(value):
        raise Trouble(422, CODE, facts={"header": header})


def _refuse(faults: Iterable[FieldFault]) -> None:
    found = list(islice(faults, MOST_TOLD))
    if found:
        raise Trouble(422, CODE, errors=found)
