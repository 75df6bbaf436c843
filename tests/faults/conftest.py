"""One running system that all fault tests break, and the people who use it meanwhile."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from random import Random

import pytest
from msgspec import Struct

from application.identity import RegisterDemoPerson
from application.ports import PasswordHasher
from deploy.bootstrap import running_system
from deploy.seed import PASSWORD
from tests.faults.clients import Client, Crowd, clients_of
from tests.faults.oracle import check
from tests.live import LiveSystem, live_system

SHOPPERS = 6


class Town(Struct, frozen=True):
    """The system, those who use it, and what chance decides."""

    system: LiveSystem
    crowd: Crowd
    admin: Client
    chance: Random

    async def check(self) -> None:
        """Ask the oracle about everything so far."""
        people = (*self.crowd.clients, self.admin)
        await check(self.system, [asked for client in people for asked in client.asked])


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
