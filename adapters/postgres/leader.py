"""Leader election: of all processes that could do a work, one does it, and another takes over."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import psycopg
import structlog
from prometheus_client import Counter, Gauge
from psycopg import AsyncConnection

log = structlog.get_logger()

Connection = AsyncConnection[tuple[Any, ...]]

BEAT_SECONDS = 0.4
"""How often a leader shows that it is alive."""
FROZEN_SECONDS = 1.2
"""How long PostgreSQL waits for a beat before it ends the leader's session."""
UNHEARD_SECONDS = 5.0
"""How long a leader waits for the answer to a beat. A slow server takes nobody's lock away, so this
is long; it ends the work of a leader whose server can't be reached."""
ASK_SECONDS = 0.25
"""How often a standby asks whether it may lead."""
LOCKS = 706_574_627
"""The class of the advisory locks by which leaders exclude each other."""

leading = Gauge("leader", "1 while this process leads in a role", ["role"])
elections = Counter("leader_elections", "Times that this process began to lead", ["role"])

PREVIOUS = "SELECT holder FROM leaders WHERE role = %s"
ELECTED = (
    "INSERT INTO leaders (role, holder) VALUES (%s, %s) ON CONFLICT (role) DO UPDATE"
    " SET holder = excluded.holder, started_at = clock_timestamp(), beat_at = clock_timestamp()"
)
BEAT = "UPDATE leaders SET beat_at = clock_timestamp() WHERE role = %s AND holder = %s"
RESIGNED = "UPDATE leaders SET holder = '', beat_at = clock_timestamp() WHERE role = %s"


def process_identity() -> str:
    """Names this process among all others, at most 40 characters, without spaces.

    A process that wants to lead ends the `application_name` of its database sessions with it, as in
    `polikrami projector <identity>`: whoever takes over from it ends those sessions first.
    """
    return f"{os.uname().nodename[:20]}-{os.getpid()}-{_token(os.getpid())}".replace(" ", "_")


class Leadership:
    """One process's bid for a role, such as `projector`, `reactor` or `sealer`.

    `database_url` is the URL in the role of the running system (`System.database_url`). The leader
    holds an advisory lock in a session of its own, in which it beats every 0.4 s. When it is
    killed, the session and the lock go with it; when it is frozen, PostgreSQL ends the session
    after 1.2 s. A standby asks every 0.25 s, so that somebody leads again within 2 s. Before it
    begins it ends what sessions the former holder still has: their transactions are undone, and the
    former holder, should it wake up, finds itself disconnected.
    """

    def __init__(self, database_url: str, role: str, *, holder: str | None = None) -> None:
        self.role = role
        self.holder = holder or process_identity()
        self._url = database_url
        self._beaten_at = 0.0
        leading.labels(role).set(0)

    async def lead(self, work: Callable[[], Awaitable[None]]) -> None:
        """Wait for the leadership, do `work` while it lasts, and wait for it again.

        `work` is called afresh each time this process is elected, and is cancelled when the
        leadership is lost (by a broken connection, or by having been frozen), so it keeps nothing
        from one call to the next. Returns when `work` returns, and raises what it raises. When this
        is cancelled, `work` is cancelled, and the leadership is handed over at once.

        A loss is noticed after the fact: what `work` commits must compare the position that it
        believes in with the stored one in the same transaction.
        """
        while True:
            session = await self._elected()
            leading.labels(self.role).set(1)
            elections.labels(self.role).inc()
            log.info("leading", role=self.role, holder=self.holder)
            try:
                if await self._while_leading(session, work):
                    return
            finally:
                leading.labels(self.role).set(0)
                await session.close()
            log.warning("leadership_lost", role=self.role, holder=self.holder)

    async def _elected(self) -> Connection:
        """A session that holds the lock."""
        session: Connection | None = None
        try:
            while True:
                try:
                    session = session or await self._connected()
                    if await self._ask(session):
                        elected, session = session, None
                        return elected
                except (psycopg.OperationalError, OSError) as error:
                    log.warning("election_waits", role=self.role, error=str(error))
                    if session:
                        await session.close()
                    session = None
                await asyncio.sleep(ASK_SECONDS)
        finally:
            if session:
                await session.close()

    async def _connected(self) -> Connection:
        return await AsyncConnection.connect(
            self._url,
            autocommit=True,
            connect_timeout=5,
            application_name=f"polikrami leader {self.holder}",
        )

    async def _ask(self, session: Connection) -> bool:
        cursor = await session.execute(
            "SELECT pg_try_advisory_lock(%s, hashtext(%s))", (LOCKS, self.role)
        )
        row = await cursor.fetchone()
        if not row or not row[0]:
            return False
        cursor = await session.execute(PREVIOUS, (self.role,))
        previous = await cursor.fetchone()
        if previous and previous[0] not in {"", self.holder}:
            await self._end_sessions(session, previous[0])
        # A beat that is lost in a crash of the server does no harm, so it waits for no disk.
        await session.execute("SET synchronous_commit = off")
        await session.execute(ELECTED, (self.role, self.holder))
        await session.execute(f"SET idle_session_timeout = {int(FROZEN_SECONDS * 1000)}")
        self._beaten_at = asyncio.get_running_loop().time()
        return True

    async def _end_sessions(self, session: Connection, holder: str) -> None:
        try:
            cursor = await session.execute("SELECT end_sessions(%s)", (holder,))
        except psycopg.errors.InsufficientPrivilege as error:
            # Its transactions may then hold up ours, until its connections break.
            log.warning("sessions_not_ended", role=self.role, holder=holder, error=str(error))
            return
        row = await cursor.fetchone()
        log.warning("took_over", role=self.role, former=holder, sessions=row[0] if row else 0)

    async def _while_leading(
        self, session: Connection, work: Callable[[], Awaitable[None]]
    ) -> bool:
        """Whether the work ended by itself; False when the leadership was lost."""
        loop = asyncio.get_running_loop()
        working = asyncio.ensure_future(work())
        beating = loop.create_task(self._beat(session), name=f"beat-{self.role}")
        lost = False
        try:
            while not working.done() and not lost:
                await asyncio.wait(
                    {working, beating}, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                lost = beating.done() or loop.time() - self._beaten_at > UNHEARD_SECONDS
        finally:
            beating.cancel()
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            if lost:
                await session.close()
                await asyncio.wait({beating}, timeout=1.0)
            else:
                await asyncio.gather(beating, return_exceptions=True)
                await self._resign(session)
        if working.cancelled():
            return False
        working.result()
        return True

    async def _beat(self, session: Connection) -> None:
        """Show for ever that this process is alive; ends when it can't."""
        loop = asyncio.get_running_loop()
        while True:
            began_at = loop.time()
            try:
                await session.execute(BEAT, (self.role, self.holder))
            except (psycopg.Error, OSError) as error:
                log.warning("beat_failed", role=self.role, error=str(error))
                return
            self._beaten_at = began_at
            await asyncio.sleep(BEAT_SECONDS)

    async def _resign(self, session: Connection) -> None:
        try:
            await session.execute(RESIGNED, (self.role,))
        except (psycopg.Error, OSError) as error:
            log.warning("resigned_unheard", role=self.role, error=str(error))


@cache
def _token(_process_id: int) -> str:
    return secrets.token_hex(4)
