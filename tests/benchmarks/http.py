"""What one API process on one core answers, at 16 requests in flight, signed in and limited."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from uuid import uuid4

import msgspec
import uvloop
from msgspec import Struct

from deploy.bootstrap import running_system
from tests.benchmarks.http_client import Line, Told
from tests.benchmarks.http_served import LOOPBACK, Served, Server, Used, served
from tests.benchmarks.http_town import Customer, Town
from tests.benchmarks.measure import Figure, Latencies, machine, ratio, table

CLIENTS = 16
CUSTOMERS = 256
PAINTED = 16
"""Drafts that each customer has painted: fewer than the limit of a minute."""
UPLOADS = 192
WEBHOOKS = 256
START = b'{"method":"ai"}'
WISH = b'{"prompt":"deniz"}'
BASE = "/api/v1"


class Asked(Struct, frozen=True):
    """What is measured: one list of requests for each connection, and how often it is repeated."""

    name: str
    lines: Sequence[Sequence[bytes]]
    times: int
    status: int
    peer: str


async def http_figures() -> list[Figure]:
    """The rates of the HTTP API beside a bare Litestar in the same run."""
    return await asyncio.to_thread(_measure)


def _measure() -> list[Figure]:
    figures: list[Figure] = []
    with served() as town:
        where = "one core" if town.on_own_core else "shared cores"

        def measure(server: Server, wanted: Sequence[Asked], where: str = where) -> None:
            for asked in wanted:
                figures.extend(_figures(asked, *_run(server, asked), peers=figures, where=where))

        looks, commands = uvloop.run(_wanted(town))
        with town.bare() as server:
            measure(server, _bare())
        with town.api(processes=2) as server:
            name = f"{looks[0].name}_2_processes"
            measure(server, [msgspec.structs.replace(looks[0], name=name)], "all cores")
        with town.api() as server:
            measure(server, looks)
            with town.without_projector():
                measure(server, commands)
            figures.append(_memory(server))
    return figures


def _bare() -> list[Asked]:
    get = [[request("GET", "/wallet")]] * CLIENTS
    post = [[request("POST", "/drafts", body=START)]] * CLIENTS
    return [
        Asked("http_bare_get", get, times=600, status=200, peer=""),
        Asked("http_bare_post", post, times=600, status=201, peer=""),
    ]


async def _wanted(served: Served) -> tuple[list[Asked], list[Asked]]:
    """Fill the log, and say what to look at and what to have done."""
    async with running_system(served.settings, name="benchmark") as system:
        town = Town(system)
        customers = await town.customers(CUSTOMERS, lookers=CLIENTS)
        lookers = customers[:CLIENTS]
        commands = [
            _starts(lookers),
            await _commits(town, lookers),
            await _generations(town, customers),
            await _webhooks(town, lookers[0]),
        ]
        await town.seen()
    return _looks(lookers), commands


def _looks(lookers: Sequence[Customer]) -> list[Asked]:
    looks = (
        ("wallet_balance", "/wallet", 600),
        ("wallet_history", "/wallet/history?limit=20", 500),
    )
    return [
        Asked(
            f"http_{name}",
            [[request("GET", path, looker)] for looker in lookers],
            times=times,
            status=200,
            peer="http_bare_get",
        )
        for name, path, times in (*looks, ("orders_page", "/orders?limit=10", 400))
    ]


def _starts(lookers: Sequence[Customer]) -> Asked:
    lines = [[request("POST", "/drafts", looker, body=START)] for looker in lookers]
    return _command("draft_create", lines, times=400)


async def _commits(town: Town, lookers: Sequence[Customer]) -> Asked:
    lines = []
    for looker in lookers:
        drafts = await town.drafts(looker.person_id, UPLOADS, method="upload")
        lines.append([request("POST", f"/drafts/{draft}/commit", looker) for draft in drafts])
    return _command("draft_commit", lines)


async def _generations(town: Town, customers: Sequence[Customer]) -> Asked:
    lines: list[list[bytes]] = [[] for _ in range(CLIENTS)]
    for number, customer in enumerate(customers):
        lines[number % CLIENTS] += [
            request("POST", f"/drafts/{draft}/generations", customer, body=WISH, key=True)
            for draft in await town.drafts(customer.person_id, PAINTED, method="ai")
        ]
    return _command("generation_request", lines, status=202)


async def _webhooks(town: Town, customer: Customer) -> Asked:
    told = [
        request("POST", "/webhooks/iyzico", body=body, sign=sign)
        for body, sign in await town.webhooks(customer.person_id, CLIENTS * WEBHOOKS)
    ]
    return _command("webhook", [told[first::CLIENTS] for first in range(CLIENTS)], status=200)


def _command(
    name: str, lines: Sequence[Sequence[bytes]], *, times: int = 1, status: int = 201
) -> Asked:
    return Asked(f"http_{name}", lines, times=times, status=status, peer="http_bare_post")


def request(
    method: str,
    path: str,
    customer: Customer | None = None,
    *,
    body: bytes = b"",
    sign: str = "",
    key: bool = False,
) -> bytes:
    """A request as it goes over the wire."""
    head = [f"{method} {BASE}{path} HTTP/1.1", f"Host: {LOOPBACK}", "Accept: application/json"]
    if customer:
        head.append(f"Authorization: Bearer {customer.token}")
    if body:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    elif method == "POST":
        head.append("Content-Length: 0")
    if sign:
        head.append(f"X-IYZ-SIGNATURE-V3: {sign}")
    if key:
        head.append(f"Idempotency-Key: {uuid4()}")
    return "\r\n".join([*head, "", ""]).encode() + body


def _run(server: Server, asked: Asked) -> tuple[Told, Used]:
    # Addresses of their own, because limits are counted by address too.
    lines = [
        Line(f"127.0.0.{number}", list(requests), asked.times)
        for number, requests in enumerate(asked.lines, 1)
    ]
    told, used = server.load(lines)
    assert told.statuses.keys() == {asked.status}, f"{asked.name}: {told.statuses}"
    return told, used


def _figures(
    asked: Asked, told: Told, used: Used, *, peers: Sequence[Figure], where: str
) -> list[Figure]:
    latencies = Latencies()
    latencies.each, latencies.whole = told.each, told.whole
    rate = latencies.per_second
    beside = f"{asked.peer}_per_s" if asked.peer else f"{CLIENTS} in flight, {where}"
    peer = next((each.value for each in peers if each.name == beside), None)
    return [
        Figure(
            name=f"{asked.name}_per_s",
            value=rate,
            unit="requests/s",
            beside=beside,
            ratio=ratio(rate, peer) if peer else None,
        ),
        Figure(name=f"{asked.name}_p50_ms", value=latencies.percentile_ms(50), unit="ms"),
        Figure(name=f"{asked.name}_p99_ms", value=latencies.percentile_ms(99), unit="ms"),
        Figure(
            name=f"{asked.name}_cpu_us",
            value=used.seconds / len(told.each) * 1e6,
            unit="µs",
            beside="processor time of the server for each request",
        ),
    ]


def _memory(server: Server) -> Figure:
    return Figure(
        name="http_api_memory_mb",
        value=server.memory_mb(),
        unit="MB",
        beside="after all of these loads",
    )


def main() -> int:
    """Measure, and print."""
    sys.stdout.write(f"{machine()}\n\n{table(uvloop.run(http_figures()))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
