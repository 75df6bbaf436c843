"""Whom an event concerns, and what they are told of it."""

from __future__ import annotations

from uuid import UUID, uuid4

from application.store import Recorded
from domain.shared.aggregate import EVENTS, Event, Metadata
from domain.shared.money import Money
from projections.activity import ActivityLine, _told, activities, listen_to_all_events
from tests.given import NOW

AYSE, MEHMET = UUID(int=1), UUID(int=2)


class Shared(Event, frozen=True, kw_only=True):
    """Something that concerns several persons."""

    TOPIC = "test_shared"
    CONCERNS = ("owner_id", "helper_id", "others")
    SHOWS = ("price", "others")
    owner_id: UUID
    helper_id: UUID | None
    others: tuple[UUID, ...]
    price: Money
    secret: str


def lines(*, helper_id: UUID | None, others: tuple[UUID, ...]) -> list[ActivityLine]:
    event = Shared(
        originator_id=uuid4(),
        originator_version=1,
        timestamp=NOW,
        owner_id=AYSE,
        helper_id=helper_id,
        others=others,
        price=Money.of("12.5"),
        secret="hidden",
    )
    metadata = Metadata(command_id=uuid4(), command="Test", correlation_id=uuid4())
    return list(_told(event, Recorded(9, event, metadata)))


def test_each_person_whom_it_concerns_is_told_once() -> None:
    told = lines(helper_id=MEHMET, others=(AYSE, MEHMET))
    assert [(line.person_id, line.cursor.text) for line in told] == [(AYSE, "9-0"), (MEHMET, "9-1")]


def test_who_is_not_there_is_not_told() -> None:
    assert [line.person_id for line in lines(helper_id=None, others=())] == [AYSE]


def test_only_what_may_be_shown_is_told_as_json_has_it() -> None:
    (line,) = lines(helper_id=None, others=())
    assert line.facts == {"price": {"amount": "12.50", "currency": "TRY"}, "others": []}


def test_every_kind_of_event_that_concerns_somebody_is_told() -> None:
    listen_to_all_events()
    concerning = {kind for kind in EVENTS.values() if kind.CONCERNS}
    assert concerning == activities.handlers.keys()
