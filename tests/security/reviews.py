"""A review in the town, of a designer who plays no part there."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from application.store import Append
from deploy.bootstrap import System
from domain.reviews import Author, Opinion, Review, Reviewed
from domain.shared.aggregate import Event, Metadata


async def review_of(system: System, order_id: str, person_id: str) -> str:
    """The id of the review that a person wrote about an order."""
    now = system.clock.now()
    about = Reviewed(
        order_id=UUID(order_id),
        order_number="PK-7Q2M",
        designer_id=UUID(int=71),
        designer_person_id=UUID(int=72),
    )
    review = Review.write(
        about,
        Author(person_id=UUID(person_id), shown_name="Ayşe Y."),
        opinion=Opinion(rating=4, text=""),
        changeable_until=now + timedelta(days=30),
        now=now,
    )
    metadata = Metadata(command_id=review.id, command="Test", correlation_id=review.id)
    events = [each for each in review.collect_events() if isinstance(each, Event)]
    await system.event_log.append(Append(events=events, metadata=metadata))
    return str(review.id)
