"""Answers of the present, written down to be compared with what is told of that moment later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx
from msgspec import Struct

from tests.api.shop import Person, Shop


class Seen(Struct, frozen=True):
    """What some queries answered while the log stood at a position, recorded at this instant."""

    position: int
    instant: datetime
    told: list[Any]


async def ask(shop: Shop, person: Person, query: str, **parameters: object) -> httpx.Response:
    """Read something, with further parameters."""
    more = {name: str(value) for name, value in parameters.items()}
    url = httpx.URL(query).copy_merge_params(more)
    return await shop.client.get(url, headers=person.bearer)


async def head(shop: Shop) -> tuple[int, datetime]:
    """Where the log stands, and since when."""
    log = shop.backend.event_log
    position = await log.head()
    (newest,) = await log.page(position - 1, 1)
    return position, newest.recorded_at


async def told(
    shop: Shop, person: Person, queries: Sequence[str], **parameters: object
) -> list[Any]:
    """What the queries answer, but for cursors, which belong to one query each."""
    answers = [await ask(shop, person, query, **parameters) for query in queries]
    bodies = [(answer.status_code, answer.json()) for answer in answers]
    return [
        [query, status, body.get("items", body), bool(body.get("next"))]
        for query, (status, body) in zip(queries, bodies, strict=True)
    ]


async def seen_by(shop: Shop, person: Person, queries: Sequence[str]) -> Seen:
    """Write down what is told now."""
    await shop.catch_up()
    position, instant = await head(shop)
    return Seen(position, instant, await told(shop, person, queries))


async def must_be_told_again(shop: Shop, person: Person, seen: Seen) -> None:
    """Asked for that moment, the same queries answer the same."""
    queries = [each[0] for each in seen.told]
    for moment in (seen.position, seen.instant.isoformat()):
        again = await told(shop, person, queries, as_of=moment)
        assert again == seen.told, moment
