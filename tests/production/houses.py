"""Tickets, and the local print house with its client, for tests."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import httpx

from adapters.print_houses.book import HousePace
from adapters.print_houses.call_backs import DerivedCallBacks
from adapters.print_houses.local import LocalPrintHouse, create_print_house
from adapters.print_houses.over_http import HttpPrintHouse
from application.ports import PrintTicket, TicketFile
from domain.production import PrintJob
from tests.given import TestClock
from tests.production.examples import LINKS, ORDER

KEY = "the key of the house"
PDF, CARD = b"%PDF-1.6 a cover", "Ayşe\n\nİyi okumalar!\n\nMehmet\n".encode()
AT_ONCE = HousePace(interval_seconds=0, retry_seconds=0)
CALL_BACKS = DerivedCallBacks(LINKS)
Fault = Callable[[httpx.Response], httpx.Response]


def digest_of(content: bytes) -> str:
    return sha256(content).hexdigest()


FILES = {digest_of(PDF): PDF, digest_of(CARD): CARD}


def a_ticket(attempt: int = 1, *, copy: int = 0) -> PrintTicket:
    """A cover of 135 by 210 mm with a message card."""
    job_id = PrintJob.id_of(ORDER, copy)
    return PrintTicket(
        ticket_id=PrintJob.ticket_id_of(job_id, attempt),
        print_job_id=job_id,
        order_number="PK-7F3K-9Q2M",
        title="Gülün Adı <b>& Şiirler</b>",
        copy=copy,
        attempt=attempt,
        reason="damaged" if copy else "",
        trim_width_mm=Decimal(135),
        trim_height_mm=Decimal(210),
        bleed_mm=Decimal(3),
        paper="cover-250",
        copies=1,
        due_on=date(2026, 3, 4),
        files=(
            _file("cover.pdf", PDF, "application/pdf"),
            _file("message-card.txt", CARD, "text/plain; charset=utf-8"),
        ),
    )


def _file(name: str, content: bytes, kind: str) -> TicketFile:
    digest = digest_of(content)
    return TicketFile(name=name, digest=digest, media_type=kind, size_bytes=len(content))


class Shop:
    """Where call-backs arrive; it refuses the first few."""

    def __init__(self, *, refuses: int = 0) -> None:
        self.refuses = refuses
        self.arrived: asyncio.Queue[httpx.Request] = asyncio.Queue()

    async def take(self, request: httpx.Request) -> httpx.Response:
        if self.refuses:
            self.refuses -= 1
            return httpx.Response(503)
        self.arrived.put_nowait(request)
        return httpx.Response(204)

    async def next(self, count: int) -> list[httpx.Request]:
        """So many arrivals, as they come."""
        async with asyncio.timeout(5):
            return [await self.arrived.get() for _ in range(count)]


class FaultyWire(httpx.AsyncBaseTransport):
    """Brings requests to the house; the next answers come back as `faults` make them."""

    def __init__(self, house: LocalPrintHouse) -> None:
        self._inner = httpx.ASGITransport(house)  # type: ignore[arg-type]  # a stricter Scope
        self.faults: deque[Fault | None] = deque()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        await answer.aread()
        fault = self.faults.popleft() if self.faults else None
        return fault(answer) if fault else answer


def time_out(answer: httpx.Response) -> httpx.Response:
    """The house did it, and nobody hears of it."""
    raise httpx.ReadTimeout(f"{answer.status_code} never arrived")


def broken(_answer: httpx.Response) -> httpx.Response:
    return httpx.Response(500, text="Internal Server Error")


def as_page(_answer: httpx.Response) -> httpx.Response:
    return httpx.Response(200, html="<h1>Bakımdayız</h1>")


def truncated(answer: httpx.Response) -> httpx.Response:
    return httpx.Response(answer.status_code, content=answer.content[:-3])


@asynccontextmanager
async def a_house(
    clock: TestClock,
    *,
    pace: HousePace = AT_ONCE,
    file: Path | None = None,
    take: Callable[[httpx.Request], Coroutine[None, None, httpx.Response]] | None = None,
) -> AsyncIterator[LocalPrintHouse]:
    """The local print house at work, with its call-backs going to `take`."""
    transport = httpx.MockTransport(take or Shop().take)
    async with httpx.AsyncClient(transport=transport) as http:
        house = create_print_house(http, clock, key=KEY, file=file, pace=pace)
        async with house.working():
            yield house
        house.book.close()


@asynccontextmanager
async def client_of(
    house: LocalPrintHouse, *, key: str = KEY
) -> AsyncIterator[tuple[HttpPrintHouse, FaultyWire]]:
    """Our side of the same house, and the wire between the two."""
    wire = FaultyWire(house)
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(
        transport=wire, base_url="http://house.test", headers=headers
    ) as http:
        yield HttpPrintHouse(http, CALL_BACKS), wire
