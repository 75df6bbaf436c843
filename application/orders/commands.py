"""What can be asked of an order: from the commit of a draft to the reader's door."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from application.bus import Command, handles
from application.orders.numbers import free_number
from application.pricing import Basket, basket_of, take_coupons
from application.store import Store
from application.terms import Terms
from domain.designers import Designer
from domain.drafts import Draft
from domain.orders import (
    CancelReason,
    Order,
    ParcelEnd,
    Particulars,
    Purchase,
)
from domain.pricing import PriceChanged
from domain.shared.artwork import Artwork
from domain.shared.errors import NotFound
from domain.shared.money import Money


class CommitDraft(Command, frozen=True, kw_only=True):
    """Make an order of a draft; the order that exists is the answer to every further commit.

    `expected_total` is what the customer was shown, if that is to be held on to.
    """

    draft_id: UUID
    customer_id: UUID
    expected_version: int | None = None
    expected_total: Money | None = None


class CancelOrder(Command, frozen=True, kw_only=True):
    """The customer wants it no more; possible until it is in production."""

    order_id: UUID
    customer_id: UUID
    expected_version: int | None = None


class RefuseOrder(Command, frozen=True, kw_only=True):
    """The house does not make it: cancel as its seller; possible until it is in production."""

    order_id: UUID
    expected_version: int | None = None


class GiveUpOrder(Command, frozen=True, kw_only=True):
    """Nobody will make it: cancel, unless it is too late for that."""

    order_id: UUID
    reason: CancelReason


class ExpireOrder(Command, frozen=True, kw_only=True):
    """End an order that nobody paid in time."""

    order_id: UUID


class StartDesign(Command, frozen=True, kw_only=True):
    """An artist has begun; ignored where that is no step of the order."""

    order_id: UUID


class AttachFinalArtwork(Command, frozen=True, kw_only=True):
    """What the artist made and the customer approved; ignored where it comes too late."""

    order_id: UUID
    artwork: Artwork


class StartProduction(Command, frozen=True, kw_only=True):
    """It is being printed from this file; ignored where that is no step of the order."""

    order_id: UUID
    print_digest: str


class RecordShipped(Command, frozen=True, kw_only=True):
    """The carrier has it; ignored where that is no step of the order."""

    order_id: UUID
    shipment_id: UUID


class RecordDelivered(Command, frozen=True, kw_only=True):
    """The reader has this parcel, or the one with which it was shipped; the order is delivered when
    no other is awaited.
    """

    order_id: UUID
    shipment_id: UUID | None = None


class RecordParcelGone(Command, frozen=True, kw_only=True):
    """A parcel will not arrive: it was cancelled, was lost, or has come back."""

    order_id: UUID
    shipment_id: UUID
    end: ParcelEnd


@handles
async def commit_draft(command: CommitDraft, store: Store, terms: Terms) -> dict[str, Any]:
    draft = await store.get(Draft, command.draft_id)
    if draft.customer_id != command.customer_id:
        raise NotFound(kind="draft", id=draft.id)
    order_id = Order.id_of(draft.id)
    order = await store.find(Order, order_id)
    if order is None:
        draft.must_be_at(command.expected_version)
        draft.commit(order_id)
        if draft.designer_id and (designer := await store.find(Designer, draft.designer_id)):
            designer.must_take_work_from(draft.customer_id)
        basket = await basket_of(draft, store, terms=terms)
        basket.must_stand()
        if command.expected_total not in {None, basket.total}:
            raise PriceChanged(shown=command.expected_total, price=basket.total)
        number = await free_number(store, order_id)
        pay_by = store.now + timedelta(hours=terms.payment_hours)
        order = Order.place(
            draft.customer_id,
            _purchase(draft, basket, pay_by=pay_by),
            number=number.number,
            particulars=_particulars(draft),
            now=store.now,
        )
        store.save(order, draft, number)
        await take_coupons(basket, draft, store=store)
    store.save(order)
    return {"order_id": order.id, "number": order.number, "total": order.total}


@handles
async def cancel_order(command: CancelOrder, store: Store) -> None:
    order = await own_order(store, command.order_id, customer_id=command.customer_id)
    order.must_be_at(command.expected_version)
    order.cancel("customer")
    store.save(order)


@handles
async def refuse_order(command: RefuseOrder, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    order.must_be_at(command.expected_version)
    order.cancel("seller")
    store.save(order)


@handles
async def give_up_order(command: GiveUpOrder, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    if order.may_move_to("cancelled"):
        order.cancel(command.reason)
    store.save(order)


@handles
async def expire_order(command: ExpireOrder, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    order.expire()
    store.save(order)


@handles
async def start_design(command: StartDesign, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    if order.may_move_to("in_design"):
        order.start_design()
    store.save(order)


@handles
async def attach_final_artwork(command: AttachFinalArtwork, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    if order.takes_artwork:
        order.attach_final_artwork(command.artwork)
    store.save(order)


@handles
async def start_production(command: StartProduction, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    if order.may_move_to("in_production"):
        order.start_production(command.print_digest)
    store.save(order)


@handles
async def record_shipped(command: RecordShipped, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    if order.has_edge_to("shipped"):
        order.ship(command.shipment_id)
    store.save(order)


@handles
async def record_delivered(command: RecordDelivered, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    if shipment_id := command.shipment_id or order.shipment_id:
        order.end_parcel(shipment_id, "arrived")
    store.save(order)


@handles
async def record_parcel_gone(command: RecordParcelGone, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    order.end_parcel(command.shipment_id, command.end)
    store.save(order)


async def own_order(store: Store, order_id: UUID, *, customer_id: UUID) -> Order:
    """The customer's order. Raises `NotFound`, also when it is another's."""
    order = await store.get(Order, order_id)
    if order.customer_id != customer_id:
        raise NotFound(kind="order", id=order_id)
    return order


def _purchase(draft: Draft, basket: Basket, *, pay_by: datetime) -> Purchase:
    return Purchase(
        draft_id=draft.id,
        method=draft.method,
        lines=basket.lines,
        artwork=draft.artwork,
        designer_id=draft.designer_id,
        pay_by=pay_by,
        coupons=basket.coupons,
        size=basket.options.size,
        paper=basket.options.paper,
    )


def _particulars(draft: Draft) -> Particulars:
    assert draft.book  # a draft without them is not committed
    assert draft.addresses
    return Particulars(
        title=draft.book.title,
        author=draft.book.author,
        delivery=draft.addresses.delivery,
        billing=draft.addresses.billing,
        tax_number=draft.addresses.tax_number,
        tax_office=draft.addresses.tax_office,
    )
