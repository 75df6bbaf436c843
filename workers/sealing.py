"""The sealer: seals the log every few seconds, and now and then compares it with what it sealed."""

from __future__ import annotations

import asyncio
from functools import partial

import psycopg
import structlog
from prometheus_client import Counter, Gauge

from adapters.postgres.audit import Chain, ChainBroken, Control, Report, Sealed
from adapters.postgres.leader import process_identity
from application.ports import Noticeboard
from application.store import LogUnavailable

log = structlog.get_logger()

SEAL_SECONDS = 10.0
"""How often what is new is sealed."""
CONTROL_SECONDS = 60.0
"""How often it is asked whether a control is due."""
NEW_SECONDS = 3_600.0
"""How often what was sealed since the last control is compared with the checkpoints."""
ALL_SECONDS = 86_400.0
"""How often the whole log is."""

sealed_position = Gauge("audit_sealed_position", "Up to which position the log is sealed")
seal_lag = Gauge("audit_lag_seconds", "Age of the oldest event that is not sealed")
audit_failed = Gauge(
    "audit_failed",
    "1 while the log is not what was sealed, as the sealer or a control found",
    ["by"],
)
copies_failed = Counter("audit_copies_failed", "Checkpoints that the second place did not take")


class Sealing:
    """Seals and controls as long as it runs; one process is enough, which leads as the sealer."""

    def __init__(self, chain: Chain, board: Noticeboard) -> None:
        self._chain = chain
        self._board = board
        self._name = f"sealer {process_identity()}"

    async def run(self) -> None:
        """Go on for ever; cancel to stop. What was told is then taken back."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._sealing())
                tasks.create_task(self._controlling())
        finally:
            audit_failed.clear()
            seal_lag.set(0)

    async def seal(self) -> Sealed:
        """Seal what is new now. Raises `ChainBroken` if the log is not what was sealed."""
        try:
            sealed = await asyncio.to_thread(self._chain.seal, self._name)
        except ChainBroken as broken:
            audit_failed.labels("sealer").set(1)
            log.error("audit_failed", error=str(broken))  # noqa: TRY400  # where it was raised says nothing
            raise
        audit_failed.labels("sealer").set(0)
        sealed_position.set(sealed.size)
        seal_lag.set(sealed.lag_seconds)
        if sealed.note is not None:
            await self._copy(sealed.note)
        return sealed

    async def control(self) -> Report | None:
        """Do the control that is due, if one is, and tell whether the last one found anything."""
        earlier = await asyncio.to_thread(self._chain.controls)
        if earlier:
            audit_failed.labels("control").set(any(each.fault for each in _current(earlier)))
        after = _due(earlier)
        if after is None:
            return None
        report = await asyncio.to_thread(partial(self._chain.control, after=after))
        if report.is_good:
            log.info("audit_controlled", after=report.after, until=report.until)
        else:
            audit_failed.labels("control").set(1)
            log.error("audit_failed", error=report.fault, first_bad=report.first_bad)
        if after == 0:
            audit_failed.labels("control").set(not report.is_good)
        return report

    async def _copy(self, note: str) -> None:
        # One that is lost here does no harm: the next speaks for all events before it, too.
        try:
            await self._board.post(note)
        except OSError as error:
            copies_failed.inc()
            log.warning("audit_copy_failed", error=str(error))

    async def _sealing(self) -> None:
        while True:
            try:
                while (await self.seal()).lag_seconds > SEAL_SECONDS:
                    pass
            except ChainBroken:
                pass
            except (psycopg.Error, OSError, LogUnavailable) as error:
                log.warning("not_sealed", error=str(error))
            await asyncio.sleep(SEAL_SECONDS)

    async def _controlling(self) -> None:
        while True:
            try:
                await self.control()
            except (psycopg.Error, OSError, LogUnavailable) as error:
                log.warning("audit_not_controlled", error=str(error))
            await asyncio.sleep(CONTROL_SECONDS)


def _current(earlier: list[Control]) -> list[Control]:
    """The last control of everything, and those after it: only such a one takes a fault back."""
    whole = next((n for n, each in enumerate(earlier) if each.after == 0), len(earlier))
    return earlier[: whole + 1]


def _due(earlier: list[Control]) -> int | None:
    """Behind which position a control is due now; None if none is."""
    whole = next((each for each in earlier if each.after == 0), None)
    if whole is None or whole.age_seconds >= ALL_SECONDS:
        return 0
    if earlier[0].age_seconds < NEW_SECONDS:
        return None
    return 0 if earlier[0].fault else earlier[0].until
