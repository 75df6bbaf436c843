"""What follows where two people decide: time limits, mails to checkers, and to the customer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from application.manual_entries import ExpireManualEntry
from application.notifications import SendMail, WriteToRole
from application.periods import ExpireReopening
from application.work import Intent, Later, when
from domain.manual_entries import REASONS, ManualEntry
from domain.notifications import Circular
from domain.periods import Periods
from domain.shared.days import TURKEY
from domain.shared.four_eyes import CHECKING_ROLE


@when(ManualEntry.Made)
def ask_for_approval(event: ManualEntry.Made) -> Iterator[Intent]:
    """Those who may approve hear of an entry that waits, which ends if nobody decides."""
    if event.needs_second:
        yield WriteToRole(
            role=CHECKING_ROLE,
            template="entry_to_check",
            facts={"credits": f"{event.credits:+d}", "until": _moment(event.expires_at)},
            but=event.made_by,
        )
        yield Later(ExpireManualEntry(entry_id=event.originator_id), event.expires_at)


@when(Periods.ReopeningProposed)
def ask_for_reopening(event: Periods.ReopeningProposed) -> Iterator[Intent]:
    """Those who may approve hear of a month that is to be opened again, and it waits no longer
    than its time.
    """
    yield WriteToRole(
        role=CHECKING_ROLE,
        template="reopening_to_check",
        facts={"month": event.month, "until": _moment(event.expires_at)},
        but=event.made_by,
    )
    yield Later(ExpireReopening(proposal_id=event.proposal_id), event.expires_at)


@when(Circular.Written)
def send_circular(event: Circular.Written) -> Iterator[Intent]:
    """Each of them gets a mail of their own."""
    for person_id in event.person_ids:
        yield SendMail(person_id=person_id, template=event.template, facts=event.facts)


@when(ManualEntry.Booked)
def tell_customer(event: ManualEntry.Booked) -> Iterator[Intent]:
    """The customer reads what was given or taken by hand, and why."""
    reason = REASONS[event.reason]
    yield SendMail(
        person_id=event.customer_id,
        template="credits_given" if event.credits > 0 else "credits_taken",
        facts={"credits": str(abs(event.credits))},
        worded={"tr": {"reason": reason.tr}, "en": {"reason": reason.en}},
    )


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(TURKEY):%d.%m.%Y %H:%M}"
