"""Registering at once, and what the API reads of persons and sessions, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from application.bus import Bus, Command
from application.identity import (
    ChangePassword,
    EndSession,
    GrantRole,
    LogOutEverywhere,
    RegisterDemoPerson,
    TakeRole,
)
from domain.identity import Session, User
from domain.shared.claims import EmailClaim
from projections.identity import (
    OpenSession,
    SessionStanding,
    open_sessions,
    people,
    person,
    persons,
    session_standing,
    sessions,
)
from projections.reads import Reads
from projections.runner import Projector
from tests.identity.examples import ADMIN, AYSE, OTHER_PASSWORD, People, refresh_token

PHONE, LAPTOP = UUID(int=501), UUID(int=502)


class PostgresPeople(People):
    """The same house on a real log, with the two read models behind it."""

    def __init__(self, pool: Pool, event_log: PostgresLog, reads: Reads) -> None:
        super().__init__()
        self.reads = reads
        self.projector = Projector(pool, event_log, [persons, sessions])
        self.postgres = event_log
        self.bus = Bus(event_log, self.ports, clock=self.clock, ids=self.ids)
        self.log = event_log  # type: ignore[assignment]  # keeps the same promises

    async def project(self) -> None:
        while await self.projector.step():
            continue

    async def standing(self, session_id: UUID) -> SessionStanding | None:
        await self.project()
        return await session_standing(self.reads, session_id)

    async def open(self) -> list[OpenSession]:
        await self.project()
        return await open_sessions(self.reads, AYSE, now=self.clock.now(), before=None, limit=10)


@pytest.fixture
async def house(pool: Pool, event_log: PostgresLog, database_url: str) -> PostgresPeople:
    made = PostgresPeople(pool, event_log, Reads(pool, app_url(database_url)))
    await made.projector.prepare()
    return made


async def ayse(house: PostgresPeople) -> None:
    await house.do(
        RegisterDemoPerson(
            person_id=AYSE,
            email="ayse@example.com",
            name="Ayşe",
            language="tr",
            password_hash=await house.hash(),
        )
    )


async def test_fifty_who_register_an_address_at_once_make_one_account(
    house: PostgresPeople,
) -> None:
    commands: list[Command] = [
        await house.registration(UUID(int=1000 + number)) for number in range(50)
    ]
    await asyncio.gather(*(house.do(command) for command in commands))
    happened = [type(each.event) for each in await house.postgres.page(0, 1000)]
    assert happened.count(EmailClaim.Claimed) == 1
    assert happened.count(User.Registered) == 1
    await house.project()
    assert len(await people(house.reads, before=None, limit=100)) == 1


async def test_what_is_known_of_a_person(house: PostgresPeople) -> None:
    await ayse(house)
    await house.project()
    found = await person(house.reads, AYSE)
    assert found is not None
    assert (found.email, found.name, found.roles) == ("ayse@example.com", "Ayşe", ("customer",))
    assert found.email_confirmed
    assert await person(house.reads, UUID(int=1)) is None
    assert await people(house.reads, before=AYSE, limit=5) == []


async def test_a_role_counts_from_the_next_request_on(house: PostgresPeople) -> None:
    await ayse(house)
    await house.somebody(ADMIN, "admin")
    await house.log_in(PHONE)
    await house.do(GrantRole(person_id=AYSE, role="finance", by=ADMIN))
    standing = await house.standing(PHONE)
    assert standing == SessionStanding(
        person_id=AYSE, roles=("customer", "finance"), language="tr", ended=False
    )
    await house.do(TakeRole(person_id=AYSE, role="finance", by=ADMIN))
    standing = await house.standing(PHONE)
    assert standing is not None
    assert standing.roles == ("customer",)


async def test_a_session_that_never_was_has_no_standing(house: PostgresPeople) -> None:
    assert await house.standing(PHONE) is None


async def test_an_ended_session_does_not_stand(house: PostgresPeople) -> None:
    await ayse(house)
    await house.log_in(PHONE)
    await house.log_in(LAPTOP)
    await house.do(EndSession(person_id=AYSE, session_id=LAPTOP))
    ended = await house.standing(LAPTOP)
    assert ended is not None
    assert ended.ended
    assert [each.session_id for each in await house.open()] == [PHONE]


async def test_logging_out_everywhere_counts_for_every_session(house: PostgresPeople) -> None:
    await ayse(house)
    for session_id in (PHONE, LAPTOP):
        await house.log_in(session_id)
    await house.do(LogOutEverywhere(person_id=AYSE, session_id=PHONE))
    for session_id in (PHONE, LAPTOP):
        standing = await house.standing(session_id)
        assert standing is not None
        assert standing.ended
    assert await house.open() == []


async def test_a_changed_password_leaves_one_session(house: PostgresPeople) -> None:
    await ayse(house)
    for session_id in (PHONE, LAPTOP):
        await house.log_in(session_id)
    await house.do(
        ChangePassword(
            proof=await house.proof(),
            session_id=PHONE,
            password_hash=await house.hash(OTHER_PASSWORD),
        )
    )
    kept, other = await house.standing(PHONE), await house.standing(LAPTOP)
    assert kept is not None
    assert other is not None
    assert (kept.ended, other.ended) == (False, True)
    assert [each.session_id for each in await house.open()] == [PHONE]


async def test_the_list_of_sessions_shows_their_last_use_and_forgets_the_old(
    house: PostgresPeople,
) -> None:
    await ayse(house)
    answer = await house.log_in(PHONE)
    house.clock.pass_(days=3)
    await house.refresh(refresh_token(answer))
    [shown] = await house.open()
    assert shown.last_used_at - shown.started_at == timedelta(days=3)
    assert (shown.user_agent, shown.address) == ("Firefox", "192.0.2.1")
    house.clock.pass_(days=30)
    assert await house.open() == []


async def test_what_is_stored_of_persons_can_not_be_read_without_their_keys(
    house: PostgresPeople, pool: Pool
) -> None:
    await ayse(house)
    await house.log_in(PHONE)
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT convert_from(payload, 'UTF8') FROM events")
        stored = " ".join(str(row[0]) for row in await cursor.fetchall())
    assert str(AYSE) in stored
    for said in ("ayse@example.com", "Ayşe", "plain$", "Firefox", "192.0.2.1"):
        assert said not in stored
    history = await house.postgres.load(PHONE)
    assert isinstance(history[0].event, Session.Started)
    assert history[0].event.user_agent == "Firefox"
