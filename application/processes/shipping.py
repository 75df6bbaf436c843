"""What follows when parcels are held up, cancelled, lost or brought back."""

from __future__ import annotations

from collections.abc import Iterator

from application.orders import RecordParcelGone
from application.shipments import CancelAtCarrier, CreateParcel
from application.work import Intent, when
from application.work_items import LapseWorkItem, OpenWorkItem
from domain.shipments import Shipment
from domain.work_items import WorkItemKind

_Gone = Shipment.Lost | Shipment.ReturnedToSender


@when(Shipment.HeldBack)
def report_refused(event: Shipment.HeldBack) -> Iterator[Intent]:
    """Somebody puts right what the carrier does not take; a hold is looked after already."""
    if event.reason == "refused":
        yield OpenWorkItem(
            kind="parcel_refused",
            key=str(event.originator_id),
            order_id=event.order_id,
            facts=(("code", event.code),),
        )


@when(Shipment.AskedAgain)
def announce_again(event: Shipment.AskedAgain) -> Iterator[Intent]:
    """It is announced once more; whatever hindered it is taken to be put right."""
    yield LapseWorkItem(
        kind="parcel_refused", key=str(event.originator_id), reason="announced_again"
    )
    yield CreateParcel(shipment_id=event.originator_id)


@when(Shipment.CancelRequested)
def stop_parcel(event: Shipment.CancelRequested) -> Iterator[Intent]:
    """The carrier is asked to stop it."""
    yield CancelAtCarrier(shipment_id=event.originator_id)


@when(Shipment.Cancelled)
def count_cancelled(event: Shipment.Cancelled) -> Iterator[Intent]:
    """The order does not wait for it, and nobody has to make the carrier take it."""
    yield RecordParcelGone(
        order_id=event.order_id, shipment_id=event.originator_id, end="cancelled"
    )
    yield LapseWorkItem(kind="parcel_refused", key=str(event.originator_id), reason="cancelled")


@when(Shipment.Lost)
def report_lost(event: Shipment.Lost) -> Iterator[Intent]:
    """An admin decides whether it is sent again, printed again, or paid back."""
    yield RecordParcelGone(order_id=event.order_id, shipment_id=event.originator_id, end="lost")
    yield _item("parcel_lost", event)


@when(Shipment.ReturnedToSender)
def report_returned(event: Shipment.ReturnedToSender) -> Iterator[Intent]:
    """It is back; an admin decides as about a lost one, which it is no more."""
    yield RecordParcelGone(order_id=event.order_id, shipment_id=event.originator_id, end="returned")
    yield LapseWorkItem(kind="parcel_lost", key=str(event.originator_id), reason="returned")
    yield _item("parcel_returned", event)


@when(Shipment.Arrived)
def forget_loss(event: Shipment.Arrived) -> Iterator[Intent]:
    """What was lost has been found."""
    yield LapseWorkItem(kind="parcel_lost", key=str(event.originator_id), reason="arrived")


@when(Shipment.Decided)
def follow_decision(event: Shipment.Decided) -> Iterator[Intent]:
    """What is sent or printed again needs nobody any more; money is given back by finance, who
    resolves the item.
    """
    kind: WorkItemKind = "parcel_lost" if event.status == "lost" else "parcel_returned"
    if event.decision == "refund":
        yield OpenWorkItem(
            kind=kind,
            key=str(event.originator_id),
            order_id=event.order_id,
            facts=(("decision", event.decision),),
        )
        return
    yield LapseWorkItem(kind=kind, key=str(event.originator_id), reason=event.decision)


def _item(kind: WorkItemKind, event: _Gone) -> OpenWorkItem:
    return OpenWorkItem(
        kind=kind,
        key=str(event.originator_id),
        order_id=event.order_id,
        facts=(("carrier", event.carrier), ("carrier_reference", event.carrier_reference)),
    )
