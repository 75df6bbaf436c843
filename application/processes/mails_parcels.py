"""What customers are told of their parcels beside that they left: near, held up, lost, back."""

from __future__ import annotations

from collections.abc import Iterator

from application.notifications import GiveNotice, SendMail
from application.work import Intent, when
from domain.notifications import Notice
from domain.orders import number_of
from domain.shipments import Shipment

_Ended = Shipment.Lost | Shipment.ReturnedToSender


@when(Shipment.StatusReported)
def notice_of_parcel(event: Shipment.StatusReported) -> Iterator[Intent]:
    """Carriers report the same again and again; the customer hears of it once per parcel."""
    said = event.report.status
    if said == "out_for_delivery" and event.stands_at == said:
        yield _notice(event, "parcel_near")
    if said == "exception" and event.stands_at not in {"delivered", "lost", "returned"}:
        yield _notice(event, "parcel_delayed")


@when(Notice.Given)
def mail_notice(event: Notice.Given) -> Iterator[Intent]:
    """What is told once is mailed once."""
    yield SendMail(person_id=event.person_id, template=event.template, facts=event.facts)


@when(Shipment.Lost)
def tell_of_loss(event: Shipment.Lost) -> Iterator[Intent]:
    """Nobody has to find out by waiting."""
    yield _mail(event, "parcel_lost")


@when(Shipment.ReturnedToSender)
def tell_of_coming_back(event: Shipment.ReturnedToSender) -> Iterator[Intent]:
    """The customer hears that it could not be handed over."""
    yield _mail(event, "parcel_returned")


def _notice(event: Shipment.StatusReported, template: str) -> Intent:
    return GiveNotice(
        person_id=event.customer_id,
        template=template,
        about=event.originator_id,
        facts={"number": number_of(event.order_id)},
    )


def _mail(event: _Ended, template: str) -> Intent:
    return SendMail(
        person_id=event.customer_id, template=template, facts={"number": event.order_number}
    )
