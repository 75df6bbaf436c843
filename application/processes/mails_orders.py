"""What customers are told of their orders beside the till: holds, changes, printing, money back."""

from __future__ import annotations

from collections.abc import Iterator

from application.notifications import MailedFile, SendMail
from application.work import Intent, when
from domain.bank import BankTransfer
from domain.invoices import ReturnDocument
from domain.orders import Order, number_of
from domain.production import PrintJob
from domain.shared.days import TURKEY

_Changed = Order.DeliveryChanged | Order.BillingChanged


@when(Order.Held)
def tell_of_hold(event: Order.Held) -> Iterator[Intent]:
    """Who waits hears that it takes longer; why is told only where they can do something about it,
    and never in the words of those who hold it.
    """
    yield SendMail(
        person_id=event.customer_id,
        template="order_held_address" if event.kind == "address" else "order_held",
        facts={"number": number_of(event.originator_id)},
    )


@when(Order.DeliveryChanged)
def tell_of_other_delivery(event: Order.DeliveryChanged) -> Iterator[Intent]:
    """No parcel goes elsewhere without a word; the address itself is in no mail."""
    yield _mail(event, "delivery_changed")


@when(Order.BillingChanged)
def tell_of_other_billing(event: Order.BillingChanged) -> Iterator[Intent]:
    """No invoice is made out to somebody else without a word."""
    yield _mail(event, "billing_changed")


@when(Order.Noted)
def tell_of_note(event: Order.Noted) -> Iterator[Intent]:
    """A note for the customer waits where they are signed in."""
    if event.shown_to == "customer":
        yield SendMail(
            person_id=event.customer_id,
            template="order_noted",
            facts={"number": number_of(event.originator_id)},
        )


@when(Order.ProductionStarted)
def tell_of_production(event: Order.ProductionStarted) -> Iterator[Intent]:
    """From now on it can't be cancelled any more, nor go elsewhere."""
    yield SendMail(
        person_id=event.customer_id,
        template="production_started",
        facts={"number": event.number},
    )


@when(PrintJob.Requested)
def tell_of_reprint(event: PrintJob.Requested) -> Iterator[Intent]:
    """Another copy is under way, whatever the first one met with."""
    if event.copy:
        yield SendMail(
            person_id=event.customer_id,
            template="reprint_started",
            facts={"number": event.order_number},
        )


@when(ReturnDocument.DocumentMade)
def tell_of_money_back(event: ReturnDocument.DocumentMade) -> Iterator[Intent]:
    """What was asked back together has gone, and the document says so."""
    pdf = MailedFile(name=f"{event.number}.pdf", media_type="application/pdf", digest=event.digest)
    yield SendMail(
        person_id=event.customer_id,
        template="money_returned",
        facts={
            "number": event.order_number,
            "document": event.number,
            "invoice": event.invoice_number,
        },
        amount=event.returned,
        attachments=(pdf,),
    )


@when(BankTransfer.CameOtherwise)
def tell_of_misfit(event: BankTransfer.CameOtherwise) -> Iterator[Intent]:
    """Who sent another amount hears that it does not count, while there is time for the right one."""
    yield SendMail(
        person_id=event.customer_id,
        template="transfer_misfit",
        facts={
            "number": number_of(event.order_id),
            "reference": event.reference,
            "until": f"{event.until.astimezone(TURKEY):%d.%m.%Y}",
        },
        worded={
            "tr": {"came": event.amount.written("tr"), "awaited": event.awaited.written("tr")},
            "en": {"came": event.amount.written("en"), "awaited": event.awaited.written("en")},
        },
    )


def _mail(event: _Changed, template: str) -> Intent:
    return SendMail(person_id=event.customer_id, template=template, facts={"number": event.number})
