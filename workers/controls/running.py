"""Running controls: one at a time, each on one state of the database, its outcome as an event."""

from __future__ import annotations

import asyncio
from datetime import datetime

import psycopg
import structlog
from prometheus_client import Gauge

from adapters.postgres.pool import Pool
from application.bus import Bus
from application.controls import RecordControl
from application.ports import Clock
from application.store import LogReader, LogUnavailable
from domain.controls import MOST_FINDINGS
from projections.controls import ControlStanding, standings_of_controls
from projections.reads import Reads
from workers.controls.registry import CONTROLS, Control, Found, NotLevel, Scope

logger = structlog.get_logger()

LOOK_SECONDS = 15.0
"""How often it is asked which controls are due."""
AGAIN_SECONDS = 300.0
"""How soon a control that found something is asked again, unless it is due earlier."""
OVERDUE_INTERVALS = 3
"""After how many intervals without a run a control counts as overdue."""

control_failed = Gauge("control_failed", "1 while the last run of a control found faults", ["name"])
control_age = Gauge("control_age_seconds", "How long ago a control ran last", ["name"])
control_overdue = Gauge(
    "control_overdue", "1 while a control has not run for three of its intervals", ["name"]
)

LEVEL = (
    "SELECT min(position), max(position), count(*) FROM projections"
    " WHERE serving AND state = 'live' AND name = ANY(%s)"
)


class Controls:
    """Runs controls by name. A run changes nothing but that its outcome is recorded."""

    def __init__(self, pool: Pool, log: LogReader, *, reads: Reads, bus: Bus, clock: Clock) -> None:
        self._pool = pool
        self._log = log
        self._reads = reads
        self._bus = bus
        self._clock = clock

    async def standings(self) -> dict[str, ControlStanding]:
        """Every control that has run, by name."""
        return {each.name: each for each in await standings_of_controls(self._reads)}

    async def run(self, name: str, *, whole: bool = False) -> Found:
        """Run a control now and record what it found; `whole` trusts no earlier run.

        Raises `KeyError` for an unknown name, and `NotLevel` when it can't be told now.
        """
        control = CONTROLS[name]
        before = (await self.standings()).get(name)
        passed = before.passed_position if before and not whole else 0
        position, found = await self._checked(control, passed_position=passed)
        await self._bus.execute(
            RecordControl(
                name=name,
                checked_position=position,
                checked=found.checked,
                faults=len(found.findings),
                findings=tuple(found.findings[:MOST_FINDINGS]),
            )
        )
        return found

    async def _checked(self, control: Control, *, passed_position: int) -> tuple[int, Found]:
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            # The pool forbids such plans so that short queries never meet them; here all matter.
            await connection.execute("SET LOCAL enable_seqscan = on")
            position = await _level(connection, control)
            scope = Scope(
                connection=connection,
                log=self._log,
                position=position,
                passed_position=min(passed_position, position),
                now=self._clock.now(),
            )
            return position, await control.check(scope)


async def _level(connection: psycopg.AsyncConnection[tuple[object, ...]], control: Control) -> int:
    if not control.models:
        query = "SELECT coalesce(max(position), 0) FROM events"
        row = await (await connection.execute(query)).fetchone()
        return int(str(row[0])) if row else 0
    cursor = await connection.execute(LEVEL, (list(control.models),))
    low, high, count = (int(str(value or 0)) for value in (await cursor.fetchone()) or (0, 0, 0))
    if count < len(control.models) or low != high:
        raise NotLevel(f"{', '.join(control.models)} do not stand at one position yet")
    return low


class Controlling:
    """Runs each control when it is due, for ever; one process is enough, which leads as such."""

    def __init__(self, controls: Controls, clock: Clock) -> None:
        self._controls = controls
        self._clock = clock
        self._begun_at = clock.now()
        self._ran_at: dict[str, datetime] = {}

    async def run(self) -> None:
        """Go on until cancelled. What was told is then taken back, because another tells it."""
        try:
            while True:
                try:
                    await self.step()
                except (psycopg.Error, OSError, LogUnavailable) as error:
                    logger.warning("controls_wait", error=str(error))
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            for gauge in (control_failed, control_age, control_overdue):
                gauge.clear()

    async def step(self) -> list[str]:
        """Run what is due, and tell how all controls stand; the names of those that ran."""
        standings = await self._controls.standings()
        due = [name for name in CONTROLS if self._is_due(name, standings.get(name))]
        ran = [name for name in due if await self._ran(name, standings.get(name))]
        for name, each in CONTROLS.items():
            standing = standings.get(name)
            if standing and name not in ran:
                control_failed.labels(name).set(not standing.passed)
            last = self._ran_at.get(name) or (standing.ran_at if standing else self._begun_at)
            age = max((self._clock.now() - last).total_seconds(), 0.0)
            control_age.labels(name).set(age)
            control_overdue.labels(name).set(age > OVERDUE_INTERVALS * each.every_seconds)
        return ran

    async def _ran(self, name: str, standing: ControlStanding | None) -> bool:
        # The first run of a day trusts no earlier one: what had passed may have been changed.
        whole = standing is None or standing.ran_at.date() != self._clock.now().date()
        try:
            found = await self._controls.run(name, whole=whole)
        except NotLevel as error:
            logger.info("control_waits", control=name, reason=str(error))
            return False
        except Exception as error:  # noqa: BLE001  # it will be overdue; the others, and the sealer beside them, go on
            logger.warning("control_waits", control=name, reason=repr(error))
            return False
        self._ran_at[name] = self._clock.now()
        control_failed.labels(name).set(bool(found.findings))
        if found.findings:
            shown = [f"{each.subject}: {each.fault}" for each in found.findings[:5]]
            logger.error("control_failed", control=name, faults=len(found.findings), shown=shown)
        return True

    def _is_due(self, name: str, standing: ControlStanding | None) -> bool:
        # The table of standings may be behind; nobody is asked twice because of that.
        ran_at = self._ran_at.get(name)
        if ran_at is not None and (standing is None or standing.ran_at < ran_at):
            age = (self._clock.now() - ran_at).total_seconds()
            return not 0 <= age < AGAIN_SECONDS
        return is_due(name, standing, now=self._clock.now())


def is_due(name: str, standing: ControlStanding | None, *, now: datetime) -> bool:
    """Whether a control is to run now: its interval is over, or it found something a while ago."""
    if standing is None:
        return True
    age = (now - standing.ran_at).total_seconds()
    interval = CONTROLS[name].every_seconds
    # A clock that was set back would silence a control for as long as it was ahead.
    return age < 0 or age >= (interval if standing.passed else min(interval, AGAIN_SECONDS))
