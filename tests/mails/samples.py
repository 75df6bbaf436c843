"""Samples of every kind of event, so that every branch of a reaction shows what it wants."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from msgspec import Struct

from domain.shared.aggregate import Event
from domain.shared.days import TURKEY
from domain.shared.money import Money
from tests.given import NOW

PLAIN: dict[Any, tuple[Any, ...]] = {
    int: (1, 0, 2),
    bool: (False, True),
    Decimal: (Decimal(20), Decimal(0)),
    date: (NOW.astimezone(TURKEY).date(),),
    Money: (Money.of("1234.50"), Money.of(0)),
    bytes: (b"",),
    type(None): (None,),
}


def samples(kind: type[Event]) -> Iterator[Event]:
    """An event of this kind, then others that differ from it in one thing each."""
    fields = _fields(kind)
    first = {name: variants[0] for name, variants in fields.items()}
    yield kind(**first)
    for name, variants in fields.items():
        for other in variants[1:]:
            yield kind(**first | {name: other})


def person_named(field: str) -> UUID:
    """The id that samples have in a field, by which it is found again."""
    return uuid5(NAMESPACE_OID, field)


def _fields(kind: type[Struct]) -> dict[str, tuple[Any, ...]]:
    hints = typing.get_type_hints(kind)
    return {
        name: _variants(hints[name], name)
        for name in kind.__struct_fields__
        if not name.startswith("_")
    }


def _variants(hint: Any, name: str) -> tuple[Any, ...]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is UUID:
        return (person_named(name),)
    if hint is str:
        return (f"<{name}>", "")
    if hint in PLAIN:
        return PLAIN[hint]
    if getattr(hint, "__name__", "") == "datetime":
        return (NOW,)
    if origin is typing.Literal:
        return arguments
    if origin in {typing.Union, types.UnionType}:
        return tuple(each for part in arguments for each in _variants(part, name))
    if origin in {tuple, list, frozenset, set}:
        inner = _variants(arguments[0], name) if arguments else ()
        return (*(origin((each,)) for each in inner), origin())
    if origin is dict:
        return ({},)
    if isinstance(hint, type) and issubclass(hint, Struct):
        return tuple(_structs(hint))
    return (f"<{name}>",)


def _structs(kind: type[Struct]) -> Iterator[Struct]:
    fields = _fields(kind)
    first = {name: variants[0] for name, variants in fields.items()}
    yield kind(**first)
    for name, variants in fields.items():
        for other in variants[1:]:
            yield kind(**first | {name: other})
