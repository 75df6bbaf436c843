"""From the money to the reader's door: the invoice, the print, the parcel, and telling of it."""

from __future__ import annotations

from collections.abc import Iterator

from application.invoices import IssueInvoice, PrintInvoice
from application.notifications import MailedFile, MailedLink, SendMail
from application.orders import RecordDelivered, RecordShipped, StartProduction
from application.production import HandToPrintHouse, MakePrintFile, RequestPrint
from application.shipments import TRACKING, TRACKING_PAGE, CreateParcel, RequestShipment
from application.work import Intent, when
from domain.invoices import Invoice
from domain.orders import Order
from domain.production import PrintJob
from domain.shipments import Shipment


@when(Order.Paid)
def invoice(event: Order.Paid) -> Iterator[Intent]:
    """Money that was taken is invoiced at once."""
    yield IssueInvoice(order_id=event.originator_id, paid_at=event.timestamp)


@when(Order.Paid, Order.ArtworkAttached)
def print_cover(event: Order.Paid | Order.ArtworkAttached) -> Iterator[Intent]:
    """A paid order is printed as soon as its artwork is there; an artist's order has none yet."""
    yield RequestPrint(order_id=event.originator_id)


@when(Invoice.Issued)
def set_invoice(event: Invoice.Issued) -> Iterator[Intent]:
    """An issued invoice is set in type."""
    yield PrintInvoice(invoice_id=event.originator_id)


@when(Invoice.DocumentMade)
def mail_invoice(event: Invoice.DocumentMade) -> Iterator[Intent]:
    """The customer gets the invoice by mail."""
    pdf = MailedFile(name=f"{event.number}.pdf", media_type="application/pdf", digest=event.digest)
    yield SendMail(
        person_id=event.customer_id,
        template="invoice" if event.goods else "invoice_credits",
        facts={"order_number": event.order_number, "invoice_number": event.number},
        attachments=(pdf,),
    )


@when(PrintJob.Requested)
def make_print_file(event: PrintJob.Requested) -> Iterator[Intent]:
    """The sheet is made."""
    yield MakePrintFile(order_id=event.order_id, copy=event.copy)


@when(PrintJob.FileMade)
def start_production(event: PrintJob.FileMade) -> Iterator[Intent]:
    """Production starts, unless the customer has cancelled by now."""
    if event.copy == 0:
        yield StartProduction(order_id=event.order_id, print_digest=event.facts.digest)


@when(Order.ProductionStarted)
def hand_over(event: Order.ProductionStarted) -> Iterator[Intent]:
    """The file goes to the print house when the order can't be cancelled any more."""
    yield HandToPrintHouse(order_id=event.originator_id)


@when(PrintJob.HandedOver)
def ship(event: PrintJob.HandedOver) -> Iterator[Intent]:
    """A house that tells nothing back has printed what it has."""
    if not event.tells_back:
        yield RequestShipment(order_id=event.order_id, parcel=event.copy)


@when(PrintJob.Printed)
def ship_printed(event: PrintJob.Printed) -> Iterator[Intent]:
    """What is printed is sent."""
    yield RequestShipment(order_id=event.order_id, parcel=event.copy)


@when(Shipment.Requested)
def create_parcel(event: Shipment.Requested) -> Iterator[Intent]:
    """The carrier hears of the parcel."""
    yield CreateParcel(shipment_id=event.originator_id)


@when(Shipment.Dispatched)
def tell_shipped(event: Shipment.Dispatched) -> Iterator[Intent]:
    """The order is on its way, and the customer can follow it."""
    yield RecordShipped(order_id=event.order_id, shipment_id=event.originator_id)
    yield SendMail(
        person_id=event.customer_id,
        template="shipped",
        facts={"order_number": event.order_number, "carrier_reference": event.carrier_reference},
        link=MailedLink(path=TRACKING_PAGE, purpose=TRACKING, subject_id=event.originator_id),
    )


@when(Shipment.Arrived)
def tell_delivered(event: Shipment.Arrived) -> Iterator[Intent]:
    """The order has arrived, if this was the last parcel of it."""
    yield RecordDelivered(order_id=event.order_id, shipment_id=event.originator_id)


@when(Order.Delivered)
def mail_delivered(event: Order.Delivered) -> Iterator[Intent]:
    """The customer hears when all is there; credits are there as soon as they are paid."""
    if any(line.kind != "credits" for line in event.earned):
        yield SendMail(
            person_id=event.customer_id,
            template="delivered",
            facts={"order_number": event.number},
        )
