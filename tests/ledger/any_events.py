"""Events of any kind with any facts, and which of them tell of money or credits."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import strategies as st
from msgspec import Struct

from domain.shared.aggregate import Event
from domain.shared.money import Money

MOMENTS = st.integers(min_value=10**9, max_value=2 * 10**9).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
AMOUNTS = st.integers(min_value=0, max_value=10**9).map(
    lambda kurus: Money.of(Decimal(kurus) / 100)
)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    Money: AMOUNTS,
    UUID: st.uuids(),
    str: st.text(max_size=8),
    bool: st.booleans(),
    int: st.integers(min_value=0, max_value=10**9),
    float: st.floats(min_value=0, max_value=1),
    Decimal: st.decimals(min_value=0, max_value=1000, places=8),
    datetime: MOMENTS,
    date: st.dates(),
    types.NoneType: st.none(),
}


def any_event(kind: type[Event]) -> st.SearchStrategy[Any]:
    """Events of a kind whose facts are of the right types and otherwise whatever comes."""
    return _struct(kind)


def tells_of_value(kind: type[Event]) -> bool:
    """Whether an event of this kind names money, credits, or another decimal amount."""
    return any(_values(typing.get_type_hints(kind), kind.__struct_fields__))


def _values(hints: dict[str, Any], names: typing.Iterable[str]) -> Iterator[bool]:
    for name in names:
        yield "credits" in name and _has(hints[name], int)
        yield _has(hints[name], Money) or _has(hints[name], Decimal)


def _has(hint: Any, wanted: type) -> bool:
    if hint is wanted:
        return True
    if isinstance(hint, type) and issubclass(hint, Struct):
        return any(_values(typing.get_type_hints(hint), hint.__struct_fields__))
    return any(_has(each, wanted) for each in typing.get_args(hint))


def _struct(kind: type[Struct]) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    facts = {name: _of(hints[name]) for name in kind.__struct_fields__}
    return st.fixed_dictionaries(facts).map(lambda values: kind(**values))


def _of(hint: Any) -> st.SearchStrategy[Any]:
    if hint in PLAIN:
        return PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, Struct):
        return _struct(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(_of(arguments[0]), max_size=4).map(tuple)
    if origin in {typing.Union, types.UnionType}:
        return st.one_of(*map(_of, arguments))
    raise msgspec.ValidationError(f"no facts of {hint} are known")
