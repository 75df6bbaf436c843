"""What can be asked of an order beside its steps: holds, notes, and other addresses."""

from __future__ import annotations

from uuid import UUID

from application.bus import Command, handles
from application.pricing import price_list
from application.store import Store
from application.terms import Terms
from domain.addresses import AddressIncomplete
from domain.orders import CargoDiffers, HoldKind, Note, NoteReader, Order
from domain.shared.address import Address
from domain.shared.errors import NotFound


class HoldOrder(Command, frozen=True, kw_only=True):
    """Keep an order back from print and parcel; the same `hold_id` counts once."""

    order_id: UUID
    hold_id: UUID
    kind: HoldKind
    reason: str
    by: UUID
    expected_version: int | None = None


class ReleaseOrder(Command, frozen=True, kw_only=True):
    """Let a hold be over; when it was the last one, what was put off is asked for again."""

    order_id: UUID
    hold_id: UUID
    by: UUID
    expected_version: int | None = None


class ChangeDelivery(Command, frozen=True, kw_only=True):
    """Send an order elsewhere for the same cargo price, while nothing is printed. Without a
    `customer_id` staff ask.
    """

    order_id: UUID
    by: UUID
    address: Address
    customer_id: UUID | None = None
    expected_version: int | None = None


class ChangeBilling(Command, frozen=True, kw_only=True):
    """Make the invoice out to somebody else, while nothing is paid. Without a `customer_id` staff
    ask.
    """

    order_id: UUID
    by: UUID
    address: Address
    tax_number: str = ""
    tax_office: str = ""
    customer_id: UUID | None = None
    expected_version: int | None = None


class NoteOrder(Command, frozen=True, kw_only=True):
    """Write something about an order, for staff or for its customer; a `note_id` counts once."""

    order_id: UUID
    note_id: UUID
    by: UUID
    text: str
    shown_to: NoteReader
    expected_version: int | None = None


@handles
async def hold_order(command: HoldOrder, store: Store) -> dict[str, UUID]:
    order = await store.get(Order, command.order_id)
    order.must_be_at(command.expected_version)
    order.hold(command.hold_id, command.kind, by=command.by, reason=command.reason)
    store.save(order)
    return {"hold_id": command.hold_id}


@handles
async def release_order(command: ReleaseOrder, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    order.must_be_at(command.expected_version)
    order.release(command.hold_id, by=command.by)
    store.save(order)


@handles
async def change_delivery(command: ChangeDelivery, store: Store, terms: Terms) -> None:
    order = await _changeable(command, store)
    before = order.particulars.delivery
    if before is not None and order.takes_delivery:
        prices = await price_list(store, terms)
        zones = [prices.zone_of(each.province) for each in (before, command.address)]
        if prices.tariff_of(zones[0]) != prices.tariff_of(zones[1]):
            raise CargoDiffers(before=before.province, after=command.address.province)
    order.change_delivery(command.address, by=command.by)
    store.save(order)


@handles
async def change_billing(command: ChangeBilling, store: Store) -> None:
    order = await _changeable(command, store)
    order.change_billing(
        command.address,
        tax_number=command.tax_number,
        tax_office=command.tax_office,
        by=command.by,
    )
    store.save(order)


@handles
async def note_order(command: NoteOrder, store: Store) -> dict[str, UUID]:
    order = await store.get(Order, command.order_id)
    order.must_be_at(command.expected_version)
    order.note(command.note_id, Note(by=command.by, text=command.text, shown_to=command.shown_to))
    store.save(order)
    return {"note_id": command.note_id}


async def _changeable(command: ChangeDelivery | ChangeBilling, store: Store) -> Order:
    """The order, if it is the asking customer's and stands as they saw it."""
    order = await store.get(Order, command.order_id)
    if command.customer_id not in {None, order.customer_id}:
        raise NotFound(kind="order", id=order.id)
    order.must_be_at(command.expected_version)
    if blank := command.address.blank:
        raise AddressIncomplete(f"/address/{blank[0]}", missing=", ".join(blank))
    return order
