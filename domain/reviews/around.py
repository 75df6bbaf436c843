"""What is beside reviews: how much one person reports, and that a customer was asked for one."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid5

from domain.reviews.parts import TooManyReports
from domain.shared.aggregate import Aggregate, Created, Event, event

REPORTERS = UUID("a2e1c0f4-91c8-4f8d-b0f7-5d3a6f1f9b42")
INVITATIONS = UUID("4d8f21aa-1f0c-4a6e-9d7b-7c2b5e0d6c53")

REPORTS_A_DAY = 10
"""So many reviews can one person report on one day."""


class Reporter(Aggregate):
    """What one person reported on one day, so that nobody drowns the admins."""

    TOPIC = "review_reporter"

    class Reported(Created, frozen=True, kw_only=True):
        TOPIC = "review_reporter.reported"
        person_id: UUID
        review_id: UUID

    class ReportedMore(Event, frozen=True, kw_only=True):
        TOPIC = "review_reporter.reported_more"
        person_id: UUID
        review_id: UUID

    @staticmethod
    def id_of(person_id: UUID, day: date) -> UUID:
        """The one count of a person on a day in Turkey."""
        return uuid5(REPORTERS, f"{person_id}/{day}")

    def report(self, review_id: UUID, *, seconds_left: int) -> None:
        """One more today; the same review again does not count. Raises `TooManyReports`."""
        if review_id in self.reviews:
            return
        if len(self.reviews) >= REPORTS_A_DAY:
            raise TooManyReports(most=REPORTS_A_DAY, retry_after_seconds=seconds_left)
        self.emit(Reporter.ReportedMore, person_id=self.person_id, review_id=review_id)

    @event(Reported)
    def __init__(self, person_id: UUID, review_id: UUID) -> None:
        self.person_id = person_id
        self.reviews = {review_id}

    @event(ReportedMore)
    def _reported_more(self, review_id: UUID) -> None:
        self.reviews.add(review_id)


class Invitation(Aggregate):
    """That a customer was asked for a review of an order, once."""

    TOPIC = "review_invitation"

    class Made(Created, frozen=True, kw_only=True):
        TOPIC = "review_invitation.made"
        CONCERNS = ("customer_id",)
        SHOWS = ("order_id", "order_number")
        order_id: UUID
        order_number: str
        customer_id: UUID

    @staticmethod
    def id_of(order_id: UUID) -> UUID:
        """The one invitation of an order."""
        return uuid5(INVITATIONS, str(order_id))

    @event(Made)
    def __init__(self, order_id: UUID) -> None:
        self.order_id = order_id
