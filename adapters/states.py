"""Between an aggregate's state and bytes; and shapes, which tell the states of releases apart."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any, get_type_hints
from uuid import UUID

import msgspec

from domain import upcasters
from domain.shared.aggregate import SNAPSHOTTED, Aggregate

OF_EVERY_AGGREGATE = {"_id", "_version", "_created_on", "_modified_on", "_pending_events", "_now"}

_encode = msgspec.msgpack.Encoder(uuid_format="bytes").encode


class StateForm:
    """How the state of one kind of aggregate becomes bytes, and a state again.

    Its `shape` is another one as soon as the declared state or the rules that lead to it change.
    """

    def __init__(self, kind: type[Aggregate]) -> None:
        hints = get_type_hints(kind, include_extras=True)
        self._kind = kind
        self._names = _declared(kind)
        stored: Any = tuple[(datetime, datetime, *(hints[name] for name in self._names))]  # type: ignore[misc]  # made of types that are known at run time only
        self._decode = msgspec.msgpack.Decoder(stored).decode
        self.shape = _shape(kind, [self._names, msgspec.json.schema(stored)])

    def encode(self, aggregate: Aggregate) -> bytes:
        """The state. Raises `TypeError` when not all of it is declared."""
        state = vars(aggregate)
        if state.keys() - OF_EVERY_AGGREGATE != set(self._names):
            raise TypeError(f"{self._kind.__name__} has a state that is not the declared one")
        values = (state[name] for name in self._names)
        return _encode((aggregate.created_on, aggregate.modified_on, *values))

    def decode(self, state: bytes | memoryview, *, stream_id: UUID, version: int) -> Aggregate:
        """The aggregate. Raises `msgspec.MsgspecError` when it can't be read."""
        born, changed, *values = self._decode(state)
        return self._kind.resumed(
            id=stream_id,
            version=version,
            born=born,
            changed=changed,
            state=dict(zip(self._names, values, strict=True)),
        )


@cache
def state_form(kind: type[Aggregate]) -> StateForm:
    """The form of a kind of aggregate that has snapshots."""
    return StateForm(kind)


def state_forms() -> dict[str, StateForm]:
    """All forms of this release by their shapes."""
    forms = [state_form(kind) for kind in SNAPSHOTTED]
    return {form.shape: form for form in forms}


def _declared(kind: type[Aggregate]) -> list[str]:
    return [
        name
        for each in reversed(kind.__mro__)
        if issubclass(each, Aggregate) and each is not Aggregate
        for name in vars(each).get("__annotations__", ())
        if name != "SNAPSHOTS"
    ]


def _shape(kind: type[Aggregate], declared: Any) -> str:
    digest = hashlib.blake2b(msgspec.json.encode(declared), digest_size=16)
    for module in sorted({*_modules(kind), upcasters.__name__}):
        digest.update(inspect.getsource(sys.modules[module]).encode())
    return f"{kind.__name__}-{digest.hexdigest()}"


def _modules(kind: type[Aggregate]) -> Iterator[str]:
    """Where the aggregate is defined, and where in the domain it has its words from."""
    yield kind.__module__
    for value in vars(sys.modules[kind.__module__]).values():
        module = getattr(value, "__module__", None)
        if isinstance(module, str) and module.startswith("domain."):
            yield module
