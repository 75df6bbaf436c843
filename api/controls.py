"""Controls over HTTP: what the books promise, and whether the last run of each control held."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import Controller, Response, get
from litestar.params import Parameter
from msgspec import Struct

from api.ask import Ask, Listed
from domain.controls import Finding
from projections.controls import (
    ControlRun,
    control_runs,
    control_standings,
    runs_of_controls,
    standings_of_controls,
)


class ControlAnswer(Struct, frozen=True, kw_only=True):
    """A control after its last run: of so many things `checked`, so many `faults`, the first of
    which are told. `position` is how far of the log the run saw.
    """

    name: str
    passed: bool
    ran_at: datetime
    position: int
    checked: int
    faults: int
    findings: tuple[Finding, ...]
    last_passed_at: datetime | None


class ControlsAnswer(Struct, frozen=True, kw_only=True):
    """Every control that has run; all is well when each has `passed`."""

    passed: bool
    controls: list[ControlAnswer]


class ControlsController(Controller):
    path = "/finance/controls"
    tags = ("finance",)

    @get(operation_id="Controls", summary="How the controls of the books stand")
    async def standings(self, ask: Ask) -> Response[ControlsAnswer]:
        """For finance and admins: each control with the outcome of its last run."""
        ask.must_be("finance", "admin")
        await ask.fresh(control_standings)
        rows = await standings_of_controls(ask.reads)
        controls = [
            ControlAnswer(
                name=row.name,
                passed=row.passed,
                ran_at=row.ran_at,
                position=row.checked_position,
                checked=row.checked,
                faults=row.faults,
                findings=row.findings,
                last_passed_at=row.last_passed_at,
            )
            for row in rows
        ]
        return ask.answer(ControlsAnswer(passed=all(row.passed for row in rows), controls=controls))

    @get("/runs", operation_id="ControlRuns", summary="Runs of controls, newest first")
    async def runs(
        self,
        ask: Ask,
        name: Annotated[str | None, Parameter(max_length=60)] = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[ControlRun]]:
        """For finance and admins: what each run found; of one control if its `name` is given."""
        ask.must_be("finance", "admin")
        page = ask.page(limit, cursor)
        await ask.fresh(control_runs)
        before = page.after[0] if page.after else None
        rows = await runs_of_controls(ask.reads, name, before=before, limit=page.limit + 1)
        return ask.listed(rows, page, key=lambda row: [row.position])
