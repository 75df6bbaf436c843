"""Live updates: each event once and in order, resumed without loss, ended with the session."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from api.backend import Limits
from application.wallet import OpenWallet
from domain.wallet import Wallet
from tests.api.shop import Person, Shop


class Listener:
    """A client of the stream, driven by hand, so that every chunk is seen when it comes."""

    def __init__(self, shop: Shop, headers: dict[str, str], query: str = "") -> None:
        self.chunks: asyncio.Queue[Any] = asyncio.Queue()
        self.gone = asyncio.Event()
        self._asked = False
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "path": "/api/v1/events",
            "raw_path": b"/api/v1/events",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
            "client": ("192.0.2.7", 1),
            "server": ("cover.test", 443),
            "scheme": "https",
            "root_path": "",
        }
        # A plain dict stands for the framework's closed kind of one
        call: Any = shop.app(scope, self._receive, self.chunks.put)  # type: ignore[arg-type]
        self.task = asyncio.create_task(call)

    async def _receive(self) -> dict[str, Any]:
        if self._asked:
            await self.gone.wait()
            return {"type": "http.disconnect"}
        self._asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def started(self) -> dict[str, str]:
        """The headers of the answer."""
        message = await self._next()
        assert message["status"] == 200, message
        return {name.decode(): text.decode() for name, text in message["headers"]}

    async def chunk(self) -> str:
        """The next piece of the stream; empty at its end."""
        text: str = (await self._next())["body"].decode()
        return text

    async def event(self) -> tuple[str, dict[str, Any]]:
        """The id and the data of the next event."""
        lines = dict(line.split(": ", 1) for line in (await self.chunk()).strip().split("\n"))
        return lines["id"], json.loads(lines["data"])

    async def _next(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            message: dict[str, Any] = await self.chunks.get()
            return message


@asynccontextmanager
async def listening(
    shop: Shop, person: Person, *, query: str = "", **headers: str
) -> AsyncIterator[Listener]:
    extra = {name.replace("_", "-"): text for name, text in headers.items()}
    listener = Listener(shop, person.bearer | extra, query)
    yield listener
    listener.gone.set()
    async with asyncio.timeout(5):
        await listener.task


async def open_wallet(shop: Shop, person: Person) -> None:
    await shop.backend.bus.execute(OpenWallet(customer_id=person.id))
    await shop.catch_up()


async def test_a_person_is_told_what_concerns_them_and_nobody_else(shop: Shop) -> None:
    ayse, mehmet = shop.person(), shop.person()
    async with listening(shop, ayse) as stream:
        headers = await stream.started()
        assert headers["content-type"].startswith("text/event-stream")
        assert headers["x-accel-buffering"] == "no"
        assert "id: 0-0" in await stream.chunk()
        await open_wallet(shop, mehmet)
        await open_wallet(shop, ayse)
        assert await stream.event() == (
            shop.at(3),
            {
                "kind": "wallet.opened",
                "at": "2026-03-01T09:00:00Z",
                "subject_id": str(Wallet.id_of(ayse.id)),
                "facts": {"number": 0},
            },
        )
        assert (await stream.event())[0] == shop.at(4)
        assert (await stream.event())[0] == shop.at(4, 1)


async def test_a_stream_resumes_behind_the_last_event_without_loss(shop: Shop) -> None:
    ayse = shop.person()
    await open_wallet(shop, ayse)
    first, second, third = shop.at(1), shop.at(2), shop.at(2, 1)
    for last, missed in ((first, [second, third]), (second, [third])):
        async with listening(shop, ayse, last_event_id=last) as stream:
            await stream.started()
            assert f"id: {last}" in await stream.chunk()
            assert [(await stream.event())[0] for _ in missed] == missed
    async with listening(shop, ayse, query=f"after={shop.head + 1}") as stream:
        await stream.started()
        await stream.chunk()
        assert (await stream.event())[0] == second


async def test_a_stream_begins_now_and_says_where(shop: Shop) -> None:
    ayse = shop.person()
    await open_wallet(shop, ayse)
    async with listening(shop, ayse) as stream:
        await stream.started()
        assert f"id: {shop.at(2, 1)}" in await stream.chunk()


async def test_a_quiet_stream_has_a_heartbeat_and_ends_with_its_session(shop: Shop) -> None:
    shop.with_limits(Limits(heartbeat_seconds=0.02))
    ayse = shop.person()
    async with listening(shop, ayse) as stream:
        await stream.started()
        await stream.chunk()
        assert await stream.chunk() == ": heartbeat\n\n"
        ayse.standing.ended = True
        while chunk := await stream.chunk():
            assert chunk == ": heartbeat\n\n"


async def test_a_person_has_a_few_streams_at_most(shop: Shop) -> None:
    shop.with_limits(Limits(streams_per_person=1))
    ayse = shop.person()
    async with listening(shop, ayse) as stream:
        await stream.started()
        await stream.chunk()
        answer = await shop.client.get("/events", headers=ayse.bearer)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_streams")
    async with listening(shop, ayse) as stream:
        await stream.started()


async def test_a_place_that_is_none_is_refused(shop: Shop) -> None:
    bearer = shop.person().bearer
    for headers in ({"Last-Event-ID": "x"}, {"Last-Event-ID": "1-2-3"}):
        assert (await shop.client.get("/events", headers=bearer | headers)).status_code == 422
    assert (await shop.client.get("/events?after=-1", headers=bearer)).status_code == 422
