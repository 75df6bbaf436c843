"""Arrays in PostgreSQL's binary form, packed in one go: with a hundred rows a commit, dumping
element by element would cost more than the commit.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import ClassVar
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

HEADER = struct.Struct("!iiIii")
NOTHING = struct.Struct("!iiI")
LENGTH = struct.Struct("!i")
INT4 = struct.Struct("!ii")
INT8 = struct.Struct("!iq")
NULL = LENGTH.pack(-1)
UUID_LENGTH = LENGTH.pack(16)


class Packed:
    """An array as PostgreSQL receives it; `ELEMENT` and `ARRAY` are its types' object ids."""

    __slots__ = ("data",)
    ELEMENT: ClassVar[int]
    ARRAY: ClassVar[int]

    def __init__(self, count: int, elements: Iterable[bytes], *, nulls: bool = False) -> None:
        if count:
            header = HEADER.pack(1, int(nulls), self.ELEMENT, count, 1)
            self.data = header + b"".join(elements)
        else:
            self.data = NOTHING.pack(0, 0, self.ELEMENT)


class Int4s(Packed):
    """`int[]`."""

    ELEMENT, ARRAY = 23, 1007

    def __init__(self, values: Sequence[int]) -> None:
        super().__init__(len(values), [INT4.pack(4, value) for value in values])


class Int8s(Packed):
    """`bigint[]`."""

    ELEMENT, ARRAY = 20, 1016

    def __init__(self, values: Sequence[int]) -> None:
        super().__init__(len(values), [INT8.pack(8, value) for value in values])


class Uuids(Packed):
    """`uuid[]`, with nulls."""

    ELEMENT, ARRAY = 2950, 2951

    def __init__(self, values: Sequence[UUID | None]) -> None:
        packed = [NULL if value is None else UUID_LENGTH + value.bytes for value in values]
        super().__init__(len(values), packed, nulls=None in values)


class ByteStrings(Packed):
    """`bytea[]`, with nulls."""

    ELEMENT, ARRAY = 17, 1001

    def __init__(self, values: Sequence[bytes | None]) -> None:
        packed = [NULL if value is None else LENGTH.pack(len(value)) + value for value in values]
        super().__init__(len(values), packed, nulls=None in values)


class Texts(ByteStrings):
    """`text[]`, with nulls, of texts without NUL characters."""

    ELEMENT, ARRAY = 25, 1009

    def __init__(self, values: Sequence[str | None]) -> None:
        super().__init__([None if value is None else value.encode() for value in values])


class _PackedDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Packed) -> Buffer:
        return obj.data


def register(connection: AsyncConnection[tuple[object, ...]]) -> None:
    """Let this connection send packed arrays."""
    for kind in (Int4s, Int8s, Uuids, ByteStrings, Texts):
        dumper = type(f"{kind.__name__}Dumper", (_PackedDumper,), {"oid": kind.ARRAY})
        connection.adapters.register_dumper(kind, dumper)
