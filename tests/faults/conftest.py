"""One running system that all fault tests break, and the people who use it meanwhile."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from random import Random
from typing import LiteralString

import httpx
import pytest
from msgspec import Struct

from application.identity import RegisterDemoPerson
from application.ports import PasswordHasher
from deploy.bootstrap import running_system
from deploy.seed import PASSWORD
from tests.faults.clients import Client, Crowd, clients_of
from tests.faults.oracle import DRAIN_SECONDS, check, emulator_url
from tests.live import LiveSystem, live_system
from tests.waiting import eventually

SHOPPERS = 6


class Town(Struct, frozen=True):
    """The system, those who use it, and what chance decides."""

    system: LiveSystem
    crowd: Crowd
    admin: Client
    chance: Random

    @property
    def shopper(self) -> Client:
        """One of the customers."""
        return self.chance.choice(self.crowd.clients)

    async def check(self, *, seconds: float = DRAIN_SECONDS) -> None:
        """Ask the oracle about everything so far."""
        people = (*self.crowd.clients, self.admin)
        asked = [each for client in people for each in client.asked]
        await check(self.system, asked, seconds=seconds)

    async def kill(self, name: str) -> None:
        """Kill a process and start it again; what it held on lease is free at once, so that
        nobody has to wait for the leases to end.
        """
        process_id = await self.crash(name)
        self.system.query(
            "UPDATE jobs SET leased_until = now() WHERE state = 'leased' AND leased_by LIKE %s",
            f"%-{process_id}-%",
        )

    async def crash(self, name: str) -> int:
        """Kill a process and start it again; return the process id of the one that died."""
        program = self.system.programs[name]
        assert program.process is not None
        process_id = program.process.pid
        await asyncio.to_thread(self.system.kill, name)
        self.system.restart(name)
        return process_id

    async def until(self, query: LiteralString, *parameters: object) -> None:
        """Wait until a query of the database gives true."""
        await asyncio.to_thread(
            eventually,
            lambda: self.system.query(query, *parameters)[0][0],
            seconds=DRAIN_SECONDS,
            what=query,
        )

    async def sweep(self, attempt_id: str) -> None:
        """Make the next question about a payment due now."""
        about = f"%{attempt_id}%"
        waiting = (
            "FROM jobs WHERE kind = 'AskAboutPayment' AND state = 'due'"
            " AND convert_from(body, 'UTF8') LIKE %s"
        )
        await self.until(f"SELECT count(*) > 0 {waiting}", about)
        self.system.query(
            "UPDATE jobs SET due_at = now(), not_before = NULL"
            " WHERE kind = 'AskAboutPayment' AND state = 'due'"
            " AND convert_from(body, 'UTF8') LIKE %s",
            about,
        )

    async def provider(self, order: str, **what: object) -> None:
        """Give the emulated payment provider an order."""
        async with httpx.AsyncClient(base_url=emulator_url(self.system)) as http:
            answer = await http.post(f"/_control/{order}", json=what)
        assert answer.is_success, answer.text


@pytest.fixture(scope="session")
def broken_system() -> Iterator[LiveSystem]:
    """Every process of the system, in a folder of its own."""
    with live_system() as system:
        yield system


@pytest.fixture(scope="session")
def seed() -> int:
    """What all chance follows from; `FAULT_SEED` repeats a run."""
    return int(os.environ.get("FAULT_SEED") or int.from_bytes(os.urandom(4)))


@pytest.fixture(scope="session")
async def people(
    broken_system: LiveSystem, seed: int
) -> AsyncIterator[tuple[list[Client], Client]]:
    """Shoppers with confirmed accounts, and an admin; all are logged in."""
    emails = [f"okur{number}@faults.example" for number in range(SHOPPERS)]
    async with running_system(broken_system.settings, name="tests", pool_size=2) as connected:
        password_hash = await connected.ports.of(PasswordHasher).hash(PASSWORD)
        for email in emails:
            await connected.bus.execute(
                RegisterDemoPerson(
                    person_id=connected.ids.new(),
                    email=email,
                    name="Ayşe Yılmaz",
                    language="tr",
                    password_hash=password_hash,
                )
            )
    everybody = [*emails, "yonetici@polikrami.example"]
    async with clients_of(broken_system, everybody, seed=seed) as found:
        yield found[:-1], found[-1]


@pytest.fixture
def town(
    broken_system: LiveSystem,
    people: tuple[list[Client], Client],
    seed: int,
    request: pytest.FixtureRequest,
) -> Town:
    """A town at peace."""
    print(f"FAULT_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    shoppers, admin = people
    chance = Random(f"{seed}/{request.node.name}")  # noqa: S311 - repeatable
    return Town(broken_system, Crowd(shoppers), admin, chance)
