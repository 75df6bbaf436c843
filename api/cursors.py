"""Lists page by page: opaque cursors that belong to one list with its filters."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from msgspec import Struct

from api.auth import STAMP_BYTES, Tokens
from api.field_faults import FieldFault
from api.problems import Trouble

T = TypeVar("T")

USUAL_LIMIT = 20
HIGHEST_LIMIT = 100
PAGING = {"limit", "cursor"}


class PageRequest(Struct, frozen=True):
    """Which part of a list is wanted: up to `limit` items behind the sort values `after`.

    Sort values come as JSON has them: ids and times are texts. Query functions fetch `limit` + 1.
    """

    limit: int
    after: list[Any] | None


class Listed(Struct, Generic[T], frozen=True):
    """A part of a list; `next` is the cursor of the following part, or null at the end."""

    items: list[T]
    next: str | None


class Cursors:
    """Reads and writes the cursors of one request's list."""

    def __init__(self, request: Request[Any, Any, Any], tokens: Tokens) -> None:
        query = parse_qsl(request.scope["query_string"].decode("ascii"), keep_blank_values=True)
        filters = sorted(pair for pair in query if pair[0] not in PAGING)
        self._list = msgspec.json.encode([request.scope["path"], filters])
        self._tokens = tokens

    def write(self, values: list[Any]) -> str:
        """The cursor behind the item with these sort values."""
        content = msgspec.json.encode(values)
        return base64.urlsafe_b64encode(self._stamp(content) + content).decode().rstrip("=")

    def read(self, cursor: str) -> list[Any]:
        """The sort values again. Raises `Trouble` (422) for one that we did not write for this."""
        try:
            raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError) as error:
            raise _bad_cursor() from error
        stamp, content = raw[:STAMP_BYTES], raw[STAMP_BYTES:]
        if not hmac.compare_digest(stamp, self._stamp(content)):
            raise _bad_cursor()
        return msgspec.json.decode(content, type=list[Any])

    def _stamp(self, content: bytes) -> bytes:
        return self._tokens.stamp("cursor", self._list + b"\0" + content)


def page_limit(limit: int | None) -> int:
    """1 to 100, usually 20. Raises `Trouble` (422)."""
    if limit is None:
        return USUAL_LIMIT
    if not 1 <= limit <= HIGHEST_LIMIT:
        code = "field_too_small" if limit < 1 else "field_too_big"
        nearest = str(1 if limit < 1 else HIGHEST_LIMIT)
        fault = FieldFault(code=code, parameter="limit", facts={"limit": nearest})
        raise Trouble(422, "invalid_parameters", errors=[fault])
    return limit


def _bad_cursor() -> Trouble:
    return Trouble(
        422, "invalid_cursor", errors=[FieldFault(code="field_malformed", parameter="cursor")]
    )
