"""What a manual entry is made of, and its limits."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec import Struct

from domain.manual_entries.reasons import must_be_a_reason
from domain.shared.errors import Invalid
from domain.shared.four_eyes import Party
from domain.shared.text import is_blank


class EntryOutOfRange(Invalid):
    """An entry is about at least 1 credit and at most `most`. Facts: `credits` and `most`."""


class NoteMissing(Invalid):
    """A note says why in words of one's own; it is no blank."""


class EntryRules(Struct, frozen=True, kw_only=True):
    """Credits up to `alone` are booked by one person, counted by maker and customer over a day;
    `most` is the most that one entry may be about, and `lifetime` how long a proposal waits.
    """

    alone: int
    most: int
    lifetime: timedelta


class EntryOrder(Struct, frozen=True, kw_only=True):
    """What is to be done: credits to give, or to take when negative, and why.

    `effective_on` is the day that it is about when that is not the day of booking; if its month is
    closed, `posts_late` says that it is posted as a correction to the earliest open one.
    """

    maker: Party
    customer: Party
    credits: int
    reason: str
    note: str
    effective_on: date | None = None
    posts_late: bool = False

    def must_be_fit(self, rules: EntryRules) -> None:
        """Raises `NotFinance`, `OwnBenefit`, `EntryOutOfRange`, `UnknownReason`, `ReasonNotFit` or
        `NoteMissing`.
        """
        self.maker.must_be_finance()
        self.maker.must_not_benefit(self.customer)
        if not 1 <= abs(self.credits) <= rules.most:
            raise EntryOutOfRange("/credits", credits=self.credits, most=rules.most)
        must_be_a_reason(self.reason, self.credits)
        if is_blank(self.note):
            raise NoteMissing("/note")
