"""The read model of activities, with the wallet's events for those that concern somebody."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from application.store import Recorded
from domain.wallet import Wallet
from projections.activity import ActivityLine
from projections.base import Lines


def told_activities() -> Lines[ActivityLine]:
    """Credits make two lines of one event, so that a stream can break off between them."""
    model = Lines("activities", ActivityLine, version=1, key=["person_id", "position", "number"])

    @model.on(Wallet.Opened)
    def opened(event: Wallet.Opened, at: Recorded) -> Iterator[ActivityLine]:
        yield _line(event.customer_id, at, number=0)

    @model.on(Wallet.CreditsGranted)
    def granted(event: Wallet.CreditsGranted, at: Recorded) -> Iterator[ActivityLine]:
        yield _line(event.customer_id, at, number=0)
        yield _line(event.customer_id, at, number=1)

    return model


def _line(person_id: UUID, at: Recorded, *, number: int) -> ActivityLine:
    return ActivityLine(
        person_id=person_id,
        position=at.position,
        number=number,
        at=at.event.timestamp,
        kind=at.event.TOPIC,
        subject_id=at.event.originator_id,
        facts={"number": number},
    )
