"""How a session stands is remembered, and forgotten as soon as it may be different."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from adapters.postgres.lines import Lines
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from api.auth import SessionStanding
from api.standings import MODELS, KeptStandings
from application.store import Append
from domain.identity import Session, User
from domain.shared.aggregate import Aggregate, Event, Metadata
from projections.identity import persons, session_standing, sessions
from projections.lined import LinedReads
from projections.reads import Reads
from projections.runner import Projector
from tests.api.shop import Shop, Standing
from tests.given import NOW


class Town:
    """Somebody with a session, on a real database that a projector follows."""

    def __init__(self, pool: Pool, event_log: PostgresLog, reads: Reads) -> None:
        self.asked = 0
        self.reads = reads
        self.person_id, self.session_id = uuid4(), uuid4()
        self._log = event_log
        self._projector = Projector(pool, event_log, [persons, sessions])
        self._kept = KeptStandings(self._ask)

    async def stands(self) -> SessionStanding | None:
        """How the session stands, perhaps from memory."""
        return await self._kept(self.reads, self.session_id)

    async def see(self, *aggregates: Aggregate) -> None:
        """Note what happened, and wait until a caller here would see it."""
        events = [
            each
            for aggregate in aggregates
            for each in aggregate.collect_events()
            if isinstance(each, Event)
        ]
        metadata = Metadata(command_id=uuid4(), command="Test", correlation_id=uuid4())
        position = await self._log.append(Append(events=events, metadata=metadata))
        while await self._projector.step():
            pass
        assert await self.reads.reach(MODELS, position, timeout_seconds=5)

    async def _ask(self, reads: Reads, session_id: UUID, /) -> SessionStanding | None:
        self.asked += 1
        return await session_standing(reads, session_id)


@pytest.fixture
async def town(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Town]:
    url = app_url(database_url)
    reads = LinedReads(pool, url, Lines(url))
    await reads.start()
    made = Town(pool, event_log, reads)
    await made._projector.prepare()
    yield made
    await reads.stop()


def a_person(town: Town) -> User:
    return User.begin(
        User.Registered,
        id=town.person_id,
        now=NOW,
        email="ayse@example.org",
        name="Ayşe",
        password_hash="plain",
        language="tr",
        terms_version="1",
        privacy_version="1",
    )


def a_session(town: Town) -> Session:
    return Session.begin(
        Session.Started,
        id=town.session_id,
        now=NOW,
        person_id=town.person_id,
        epoch=0,
        token_hash="x",
        expires_at=NOW,
        user_agent="",
        address="",
    )


async def test_who_has_seen_a_session_end_does_not_meet_it_again(town: Town) -> None:
    person, session = a_person(town), a_session(town)
    await town.see(person, session)
    for _ in range(3):
        standing = await town.stands()
        assert standing is not None
        assert not standing.ended
    assert town.asked == 1
    session.end("logged_out")
    await town.see(session)
    standing = await town.stands()
    assert standing is not None
    assert standing.ended


async def test_rights_that_were_given_count_as_soon_as_they_are_seen(town: Town) -> None:
    person = a_person(town)
    await town.see(person, a_session(town))
    assert await town.stands()
    person.grant("designer", by=None)
    await town.see(person)
    standing = await town.stands()
    assert standing is not None
    assert "designer" in standing.roles


async def test_a_session_that_is_not_there_yet_is_asked_for_again(town: Town) -> None:
    await town.see(a_person(town))
    assert await town.stands() is None
    assert await town.stands() is None
    assert town.asked == 2


async def test_without_word_from_the_projector_every_request_asks(shop: Shop) -> None:
    asked = []

    async def ask(_reads: Reads, session_id: UUID, /) -> Standing:
        asked.append(session_id)
        return Standing(session_id, [])

    kept = KeptStandings(ask)
    unheard = Reads(shop.backend.pool, "")
    session_id = uuid4()
    for _ in range(2):
        assert await kept(unheard, session_id)
    assert asked == [session_id] * 2
