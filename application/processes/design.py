"""What follows in the artist's workflow: roles, offers, time limits, mails, calling off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from application.design import (
    ApproveUnanswered,
    CloseDesignJob,
    LapseOffer,
    OfferDesignJob,
    RemindOfPreview,
)
from application.designers import StopTakingWork
from application.identity import GrantRole
from application.notifications import SendMail
from application.work import Intent, Later, when
from domain.design import DesignJob
from domain.designers import Designer
from domain.identity import User
from domain.orders import Order
from domain.shared.days import TURKEY

ToCustomer = (
    DesignJob.Accepted | DesignJob.Declined | DesignJob.PreviewSent | DesignJob.CustomerReminded
)
ToDesigner = DesignJob.Offered | DesignJob.RevisionRequested


@when(Designer.Approved)
def grant_designer_role(event: Designer.Approved) -> Iterator[Intent]:
    """Whoever is approved may do what designers do."""
    yield GrantRole(person_id=event.person_id, role="designer")


@when(User.RoleTaken)
def stop_taking_work(event: User.RoleTaken) -> Iterator[Intent]:
    """Nobody is offered to customers who is no designer any more."""
    if event.role == "designer":
        yield StopTakingWork(person_id=event.originator_id)


@when(Order.Paid)
def offer_design_job(event: Order.Paid) -> Iterator[Intent]:
    """A paid order for an artist is offered to the one who was chosen."""
    if event.method == "artist":
        yield OfferDesignJob(order_id=event.originator_id)


@when(Order.Cancelled)
def close_design_job(event: Order.Cancelled) -> Iterator[Intent]:
    """Nobody goes on with an order that is off."""
    yield CloseDesignJob(order_id=event.originator_id)


@when(DesignJob.Offered)
def await_answer(event: DesignJob.Offered) -> Iterator[Intent]:
    """The designer hears of the offer, which lapses when they do not answer."""
    yield _mail_designer(event, "design_offered", until=_day(event.answer_by))
    yield Later(LapseOffer(job_id=event.originator_id, offer=event.offer), event.answer_by)


@when(DesignJob.Accepted)
def tell_of_acceptance(event: DesignJob.Accepted) -> Iterator[Intent]:
    """The customer hears that somebody works on it."""
    yield _mail_customer(event, "design_accepted")


@when(DesignJob.Declined)
def tell_of_refusal(event: DesignJob.Declined) -> Iterator[Intent]:
    """The customer chooses somebody else, or has the money back."""
    yield _mail_customer(event, "design_declined")


@when(DesignJob.PreviewSent)
def await_approval(event: DesignJob.PreviewSent) -> Iterator[Intent]:
    """The customer hears of the preview, is reminded of it, and at last their silence counts."""
    job_id, preview = event.originator_id, event.preview
    yield _mail_customer(event, "design_preview", until=_day(event.approves_at))
    yield Later(ApproveUnanswered(job_id=job_id, preview=preview), event.approves_at)
    for reminder, due_at in enumerate(event.remind_at, 1):
        yield Later(RemindOfPreview(job_id=job_id, preview=preview, reminder=reminder), due_at)


@when(DesignJob.CustomerReminded)
def mail_reminder(event: DesignJob.CustomerReminded) -> Iterator[Intent]:
    """The customer reads until when they can still say something."""
    yield _mail_customer(event, "design_reminder", until=_day(event.approves_at))


@when(DesignJob.RevisionRequested)
def tell_of_revision(event: DesignJob.RevisionRequested) -> Iterator[Intent]:
    """The designer hears that the customer wants a change."""
    yield _mail_designer(event, "design_revision", revision=str(event.revision))


def _mail_customer(event: ToCustomer, template: str, **facts: str) -> Intent:
    return SendMail(
        person_id=event.customer_id, template=template, facts={"number": event.number, **facts}
    )


def _mail_designer(event: ToDesigner, template: str, **facts: str) -> Intent:
    return SendMail(
        person_id=event.designer_person_id,
        template=template,
        facts={"number": event.number, **facts},
    )


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(TURKEY):%d.%m.%Y}"
