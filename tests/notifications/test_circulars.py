"""Mails to all who hold a role: chosen once, and written to each by itself."""

from __future__ import annotations

from uuid import UUID

import pytest

import application.processes.four_eyes  # noqa: F401  # registers what follows from the events
from adapters.memory import MemoryRoles
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from adapters.system import UuidIds
from application.bus import Bus
from application.identity import Claims, RegisterDemoPerson
from application.notifications import RecordCircular, RoleHolders, SendMail, WriteToRole
from domain.notifications import Circular
from projections.identity import ReadRoles, persons
from projections.reads import Reads
from projections.runner import Projector
from tests.core.projecting import catch_up
from tests.given import House, TestClock
from tests.identity.examples import CLAIMS
from workers.jobs import WORKS
from workers.notifications import write_to_role

JOB, MAKER, FIRST, SECOND = (UUID(int=number) for number in (9, 11, 12, 13))
ASK = WriteToRole(role="finance", template="entry_to_check", facts={"credits": "+5000"}, but=MAKER)


@pytest.fixture(params=["memory", "postgres"])
async def holders(
    request: pytest.FixtureRequest, pool: Pool, event_log: PostgresLog, database_url: str
) -> RoleHolders:
    """Both adapters, where three persons hold the role finance and one is an admin."""
    if request.param == "memory":
        roles = MemoryRoles()
        roles.holders = {"finance": {SECOND, MAKER, FIRST}, "admin": {JOB}}
        return roles
    bus = Bus(event_log, {Claims: CLAIMS}, clock=TestClock(), ids=UuidIds())
    for person_id in (SECOND, MAKER, FIRST, JOB):
        await bus.execute(
            RegisterDemoPerson(
                person_id=person_id,
                email=f"{person_id}@polikrami.example",
                name="Deniz",
                language="tr",
                password_hash="x",
                roles=("admin",) if person_id == JOB else ("finance",),
            )
        )
    await catch_up(Projector(pool, event_log, [persons]))
    return ReadRoles(Reads(pool, app_url(database_url)))


async def test_those_who_hold_a_role_are_found_in_order(holders: RoleHolders) -> None:
    assert await holders.holding("finance") == [MAKER, FIRST, SECOND]
    assert await holders.holding("designer") == []


async def test_all_who_hold_the_role_are_written_to_but_one() -> None:
    roles = MemoryRoles()
    roles.holders = {"finance": {MAKER, FIRST, SECOND}}

    class Leased:
        job_id = JOB

    command = await WORKS[WriteToRole].work(ASK, Leased(), roles)
    assert command == RecordCircular(
        circular_id=JOB,
        person_ids=(FIRST, SECOND),
        template="entry_to_check",
        facts={"credits": "+5000"},
    )
    assert write_to_role is WORKS[WriteToRole].work


async def test_a_circular_is_written_once_although_its_job_runs_twice() -> None:
    house = House({})
    for person_ids in ((FIRST, SECOND), (FIRST,)):
        await house.do(
            RecordCircular(
                circular_id=JOB, person_ids=person_ids, template="entry_to_check", facts={}
            )
        )
    assert house.happened() == [Circular.Written]
    mails = [each.intent for each in await house.react() if isinstance(each.intent, SendMail)]
    assert [mail.person_id for mail in mails] == [FIRST, SECOND]
