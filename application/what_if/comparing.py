"""A person's history by the present rules and by changed ones, and whether the books agree."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from application.what_if.booked import Booked
from application.what_if.facts import AnyFact
from application.what_if.figures import FIGURES, Figures
from application.what_if.life import Life
from application.what_if.rules import Rules


class Deviation(Struct, frozen=True):
    """A figure that the present rules do not give as it was booked."""

    figure: str
    booked: str
    present: str


class Outcome(Struct, frozen=True, kw_only=True):
    """One person: what the present rules give, what the changed ones do, and where the books
    differ from the present rules.
    """

    person: UUID
    present: Figures
    changed: Figures
    deviations: tuple[Deviation, ...]


class Question(Struct, frozen=True, kw_only=True):
    """Changed rules that hold from `since` on (None: from ever), asked of history up to `until`."""

    present: Rules
    changed: Rules
    since: datetime | None = None
    until: datetime

    def changed_at(self, moment: datetime) -> Rules:
        """The rules that would have held at a moment."""
        return self.present if self.since and moment < self.since else self.changed

    def present_at(self, _moment: datetime) -> Rules:
        """The rules that hold now, whenever it was."""
        return self.present


class Comparison:
    """The facts of one person go in, in their order."""

    def __init__(self, person: UUID, question: Question) -> None:
        self._person = person
        self._until = question.until
        self._booked = Booked()
        self._present = Life(question.present_at, person)
        self._changed = Life(question.changed_at, person)

    def take(self, fact: AnyFact) -> None:
        """Let the next thing happen. Raises `NotReckoned`."""
        self._booked.take(fact)
        self._present.take(fact)
        self._changed.take(fact)

    def outcome(self) -> Outcome:
        """What all of it came to."""
        booked, present = self._booked.figures(), self._present.figures(self._until)
        return Outcome(
            person=self._person,
            present=present,
            changed=self._changed.figures(self._until),
            deviations=tuple(
                Deviation(name, str(was), str(would))
                for name, was, would in zip(FIGURES, booked.values, present.values, strict=True)
                if was != would
            ),
        )
