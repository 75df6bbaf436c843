"""The erasure of a person, from the destroyed key to the certificate of what is gone and stays."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid5

from msgspec import Struct

from domain.shared.aggregate import Aggregate, Created, Event, event

ERASURES = UUID("c1f6a0d4-6b5e-4b0f-9a55-0f9d8b7c2e41")


class Destroyed(Struct, frozen=True, kw_only=True):
    """How much of a kind is gone; the kinds are those of `wording/erasure.toml`."""

    kind: str
    count: int


class Kept(Struct, frozen=True, kw_only=True):
    """What stays, under which law, and until when; None is for good, as it names nobody."""

    kind: str
    reference: str
    law: str
    until: date | None


class Erasure(Aggregate):
    """One per person; the wish itself is an event of the person's account."""

    TOPIC = "erasure"

    class KeyDestroyed(Created, frozen=True, kw_only=True):
        TOPIC = "erasure.key_destroyed"
        person_id: UUID
        asked_at: datetime

    class Completed(Event, frozen=True, kw_only=True):
        TOPIC = "erasure.completed"
        person_id: UUID
        destroyed: tuple[Destroyed, ...]
        kept: tuple[Kept, ...]

    @staticmethod
    def id_of(person_id: UUID) -> UUID:
        """The one erasure of a person."""
        return uuid5(ERASURES, str(person_id))

    @classmethod
    def begin_with_key(cls, person_id: UUID, *, asked_at: datetime, now: datetime) -> Erasure:
        """The key is destroyed, so nothing that was encrypted with it is readable any more."""
        return cls.begin(
            cls.KeyDestroyed,
            id=cls.id_of(person_id),
            now=now,
            person_id=person_id,
            asked_at=asked_at,
        )

    def complete(self, destroyed: tuple[Destroyed, ...], kept: tuple[Kept, ...]) -> None:
        """Nothing readable is left anywhere else; a second time changes nothing."""
        if not self.completed:
            self.emit(Erasure.Completed, person_id=self.person_id, destroyed=destroyed, kept=kept)

    @event(KeyDestroyed)
    def __init__(self, person_id: UUID) -> None:
        self.person_id = person_id
        self.completed = False

    @event(Completed)
    def _completed(self) -> None:
        self.completed = True
