"""How the controls stand: the last run of each, and when it last found nothing."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from uuid import UUID

from msgspec import Struct

from application.store import Recorded
from domain.controls import Control, Finding
from projections.base import Fold, Lines
from projections.reads import Reads


class ControlStanding(Struct, frozen=True, kw_only=True):
    """A control after its last run; it `passed` when there were no faults."""

    name: str
    control_id: UUID
    ran_at: datetime
    checked_position: int
    checked: int
    faults: int
    findings: tuple[Finding, ...]
    last_passed_at: datetime | None
    passed_position: int
    position: int

    @property
    def passed(self) -> bool:
        return self.faults == 0


class ControlRun(Struct, frozen=True, kw_only=True):
    """One run of a control."""

    position: int
    name: str
    ran_at: datetime
    checked: int
    faults: int
    findings: tuple[Finding, ...]


control_standings = Fold("control_standings", ControlStanding, version=1, key=["name"])
control_runs = Lines(
    "control_runs", ControlRun, version=1, key=["position"], indexes=["name, position"]
)


@control_standings.on(Control.Ran, key=attrgetter("name"))
def stood(row: ControlStanding | None, event: Control.Ran, at: Recorded) -> ControlStanding:
    passed = event.faults == 0
    before = row.last_passed_at if row else None
    reached = row.passed_position if row else 0
    return ControlStanding(
        name=event.name,
        control_id=event.originator_id,
        ran_at=event.timestamp,
        checked_position=event.checked_position,
        checked=event.checked,
        faults=event.faults,
        findings=event.findings,
        last_passed_at=event.timestamp if passed else before,
        passed_position=event.checked_position if passed else reached,
        position=at.position,
    )


@control_runs.on(Control.Ran)
def ran(event: Control.Ran, at: Recorded) -> list[ControlRun]:
    return [
        ControlRun(
            position=at.position,
            name=event.name,
            ran_at=event.timestamp,
            checked=event.checked,
            faults=event.faults,
            findings=event.findings,
        )
    ]


async def standings_of_controls(reads: Reads) -> list[ControlStanding]:
    """Every control that has run, by name."""
    return await reads.all(ControlStanding, "SELECT * FROM read.control_standings ORDER BY name")


async def runs_of_controls(
    reads: Reads, name: str | None, *, before: int | None, limit: int
) -> list[ControlRun]:
    """The newest runs before a position, of one control or of all, newest first."""
    return await reads.all(
        ControlRun,
        "SELECT * FROM read.control_runs"
        " WHERE (%(name)s::text IS NULL OR name = %(name)s)"
        " AND (%(before)s::bigint IS NULL OR position < %(before)s)"
        " ORDER BY position DESC LIMIT %(limit)s",
        {"name": name, "before": before, "limit": limit},
    )
