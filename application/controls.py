"""What can be asked of controls: that the outcome of a run is recorded."""

from __future__ import annotations

from application.bus import Command, handles
from application.store import Store
from domain.controls import Control, Finding


class RecordControl(Command, frozen=True, kw_only=True):
    """A control ran, and found so many faults among what it checked; these are the first ones."""

    name: str
    checked_position: int
    checked: int
    faults: int
    findings: tuple[Finding, ...]


@handles
async def record_control(command: RecordControl, store: Store) -> None:
    control = await store.find(Control, Control.id_of(command.name))
    if control is None:
        control = Control.begin_as(command.name, now=store.now)
    control.record(
        checked_position=command.checked_position,
        checked=command.checked,
        faults=command.faults,
        findings=command.findings,
    )
    store.save(control)
