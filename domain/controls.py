"""Controls: rules that are checked by the clock, and what each check found."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from msgspec import Struct

from domain.shared.aggregate import Aggregate, Created, Event, event

CONTROLS = UUID("5b0a7f3e-8f61-4a1b-9c57-2a6f3c1d9e01")

MOST_FINDINGS = 20
"""How many of the faults of one run are recorded; all of them are counted."""


class Finding(Struct, frozen=True):
    """One thing that is not as it should be: which, by its id or number, and how it differs."""

    subject: str
    fault: str


class Control(Aggregate):
    """One control, whose runs are its history. It stands by its last run."""

    TOPIC = "control"
    SNAPSHOTS = True
    name: str
    faults: int

    class Begun(Created, frozen=True, kw_only=True):
        TOPIC = "control.begun"
        name: str

    class Ran(Event, frozen=True, kw_only=True):
        TOPIC = "control.ran"
        name: str
        checked_position: int
        checked: int
        faults: int
        findings: tuple[Finding, ...]

    @staticmethod
    def id_of(name: str) -> UUID:
        """The one control of this name."""
        return uuid5(CONTROLS, name)

    @classmethod
    def begin_as(cls, name: str, *, now: datetime) -> Control:
        """A control that has not run yet."""
        return cls.begin(cls.Begun, id=cls.id_of(name), now=now, name=name)

    def record(
        self, *, checked_position: int, checked: int, faults: int, findings: tuple[Finding, ...]
    ) -> None:
        """A run is over: it saw the log up to `checked_position`, and so many things."""
        self.emit(
            Control.Ran,
            name=self.name,
            checked_position=checked_position,
            checked=checked,
            faults=faults,
            findings=findings[:MOST_FINDINGS],
        )

    @event(Begun)
    def __init__(self, name: str) -> None:
        self.name = name
        self.faults = 0

    @event(Ran)
    def _ran(self, faults: int) -> None:
        self.faults = faults
