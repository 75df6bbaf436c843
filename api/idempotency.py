"""Recognises a request that is repeated: its key, its caller, and what exactly was asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import msgspec
from litestar import Request

from api.backend import Backend
from api.card_free import refuse_cards_in_header
from api.inputs import JSON
from api.problems import RETRY_SECONDS, Trouble
from application.bus import Actor

KEY_LENGTH = 255


def request_key(request: Request[Any, Any, Any]) -> str | None:
    """The value of `Idempotency-Key`: 1 to 255 printable ASCII characters."""
    given = request.headers.getall("idempotency-key", [])
    if not given:
        return None
    key: str = given[0]
    if (
        len(given) > 1
        or not 1 <= len(key) <= KEY_LENGTH
        or not (key.isascii() and key.isprintable())
    ):
        raise Trouble(422, "invalid_header", facts={"header": "Idempotency-Key"})
    refuse_cards_in_header("Idempotency-Key", key)
    return key


async def request_hash(request: Request[Any, Any, Any], body_digest: str) -> bytes:
    """SHA-256 over method, path, query and canonical body.

    The order of fields and white space of JSON do not count. Of another body `body_digest` counts,
    because parts of forms are parted by a random boundary.
    """
    body = body_digest.encode()
    if not body and request.content_type[0] == JSON:
        content = await request.body()
        body = content and msgspec.json.encode(msgspec.json.decode(content), order="sorted")
    query: bytes = request.scope["query_string"]
    parts = (request.method.encode(), request.scope["path"].encode(), query, body)
    return sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()


def caller_of(actor: Actor, backend: Backend, *, ip: str) -> str:
    """The namespace of the caller's keys: the person, or the address without telling it."""
    if actor.person_id:
        return actor.caller
    return f"address:{backend.tokens.stamp('caller', ip.encode()).hex()}"


class InFlight:
    """The keyed requests that this process is working on."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()

    @contextmanager
    def alone(self, caller: str, key: str | None) -> Iterator[None]:
        """Keep others with the same key out meanwhile. Raises `Trouble` (409) if one is inside."""
        if key is None:
            yield
            return
        mark = (caller, key)
        if mark in self._keys:
            raise Trouble(409, "request_in_flight", headers={"Retry-After": str(RETRY_SECONDS)})
        self._keys.add(mark)
        try:
            yield
        finally:
            self._keys.discard(mark)
