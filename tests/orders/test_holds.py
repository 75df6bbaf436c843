"""Holds, notes and other addresses: what they keep back, what they refuse, and how it goes on."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from msgspec.structs import replace

from application.orders import (
    CancelOrder,
    ChangeBilling,
    ChangeDelivery,
    HoldOrder,
    NoteOrder,
    RecordShipped,
    RefuseOrder,
    ReleaseOrder,
    StartProduction,
)
from application.pricing import SchedulePrice
from application.processes import checkout as _checkout  # noqa: F401  # registers reactions
from application.processes import fulfilment as _fulfilment  # noqa: F401  # registers reactions
from application.processes import holds as _holds  # noqa: F401  # registers reactions
from application.production import MakePrintFile, RecordPrintFileMade
from domain.addresses import AddressIncomplete
from domain.orders import (
    HOLDABLE,
    BillingFixed,
    CargoDiffers,
    DeliveryFixed,
    HoldKind,
    Note,
    NoteEmpty,
    NothingToHold,
    Order,
    OrderCannotMove,
    OrderHeld,
    ReasonMissing,
    TooManyNotes,
    UnknownOrderHold,
)
from domain.orders.parts import MOST_NOTES
from domain.payments import PaymentAttempt
from domain.pricing import CargoPrice, CargoZone
from domain.production import PrintJob
from domain.shared.errors import NotFound, StaleVersion
from domain.shared.money import Money
from tests.given import given
from tests.orders.examples import (
    ADDRESS,
    CUSTOMER,
    FINANCE,
    ORDER,
    STRANGER,
    Shop,
    an_order,
    paid_outcome,
    pay,
)
from tests.orders.test_orders import SHIPMENT, cancel, deliver, produce, ship
from tests.production.commands import FACTS

HOLD, OTHER_HOLD, NOTE = (UUID(int=number) for number in (31, 32, 33))
ELSEWHERE = replace(ADDRESS, line="Atatürk Bulvarı 7", district="Çankaya", province="Ankara")
WHY = "Kartın sahibi alıcı değil"


def hold(order: Order) -> None:
    order.hold(HOLD, "fraud", by=FINANCE, reason=WHY)


def hold_again(order: Order) -> None:
    order.hold(OTHER_HOLD, "address", by=FINANCE, reason=WHY)


def release(order: Order) -> None:
    order.release(HOLD, by=FINANCE)


def release_again(order: Order) -> None:
    order.release(OTHER_HOLD, by=FINANCE)


def move(order: Order) -> None:
    order.change_delivery(ELSEWHERE, by=CUSTOMER)


def bill(order: Order) -> None:
    order.change_billing(ELSEWHERE, tax_number="1234567890", tax_office="Çankaya", by=CUSTOMER)


def note(order: Order) -> None:
    order.note(NOTE, Note(by=FINANCE, text="Aradık", shown_to="customer"))


def asked_to_hold(kind: HoldKind = "fraud", hold_id: UUID = HOLD) -> HoldOrder:
    return HoldOrder(order_id=ORDER, hold_id=hold_id, kind=kind, reason=WHY, by=FINANCE)


def asked_to_release(hold_id: UUID = HOLD) -> ReleaseOrder:
    return ReleaseOrder(order_id=ORDER, hold_id=hold_id, by=FINANCE)


ASKED_TO_MOVE = ChangeDelivery(order_id=ORDER, by=CUSTOMER, address=ELSEWHERE, customer_id=CUSTOMER)


def test_a_held_order_is_not_printed_until_every_hold_is_over() -> None:
    given(an_order(), pay, hold).when(produce).refused(OrderHeld, kinds="fraud")
    given(an_order(), pay, hold, hold_again, release).when(produce).refused(
        OrderHeld, kinds="address"
    )
    given(an_order(), pay, hold, hold_again, release, release_again).when(produce).then(
        Order.ProductionStarted
    )


def test_a_held_order_may_be_paid_and_cancelled() -> None:
    given(an_order(), hold).when(pay).then(Order.Paid)
    given(an_order(), pay, hold).when(cancel).then(Order.Cancelled)


def test_what_the_carrier_has_is_a_fact_though_a_hold_came_too_late() -> None:
    given(an_order(), pay, produce, hold).when(ship).then(Order.Shipped)


def test_each_hold_and_each_release_counts_once() -> None:
    given(an_order(), hold).when(hold).ignored()
    given(an_order(), hold, release).when(release).ignored()
    given(an_order(), hold, release).when(hold).ignored()
    given(an_order()).when(release).refused(UnknownOrderHold, hold_id=HOLD)


def test_a_hold_says_why() -> None:
    def silent(order: Order) -> None:
        order.hold(HOLD, "other", by=FINANCE, reason=" \u200b")

    given(an_order()).when(silent).refused(ReasonMissing)


@pytest.mark.parametrize("past", [(pay, produce, ship), (pay, produce, ship, deliver), (cancel,)])
def test_what_is_away_or_over_is_not_held(past: tuple[Callable[[Order], None], ...]) -> None:
    given(an_order(), *past).when(hold).refused(NothingToHold)


def test_an_order_that_is_over_is_held_no_more() -> None:
    order = an_order()
    hold(order)
    assert order.is_held
    cancel(order)
    assert (order.is_held, order.state in HOLDABLE) == (False, False)


def test_the_delivery_address_changes_until_the_cover_is_printed() -> None:
    given(an_order()).when(move).then(Order.DeliveryChanged)
    given(an_order(), pay).when(move).then(Order.DeliveryChanged)
    given(an_order(), pay, move).when(move).ignored()
    given(an_order(), pay, produce).when(move).refused(DeliveryFixed, state="in_production")
    given(an_order(), cancel).when(move).refused(DeliveryFixed, state="cancelled")


def test_the_bill_is_somebody_elses_until_it_is_paid() -> None:
    given(an_order()).when(bill).then(Order.BillingChanged)
    given(an_order(), bill).when(bill).ignored()
    given(an_order(), pay).when(bill).refused(BillingFixed, state="paid")


def test_another_address_leaves_everything_else_as_it_was() -> None:
    order = an_order()
    before = order.particulars
    move(order)
    bill(order)
    assert order.particulars == replace(
        before,
        delivery=ELSEWHERE,
        billing=ELSEWHERE,
        tax_number="1234567890",
        tax_office="Çankaya",
    )


def test_a_note_is_written_once_and_says_something() -> None:
    def silent(order: Order) -> None:
        order.note(NOTE, Note(by=FINANCE, text="\n", shown_to="staff"))

    def many(order: Order) -> None:
        for number in range(MOST_NOTES + 1):
            order.note(UUID(int=number), Note(by=FINANCE, text="!", shown_to="staff"))

    given(an_order()).when(note).then(Order.Noted)
    given(an_order(), note).when(note).ignored()
    given(an_order(), cancel).when(note).then(Order.Noted)
    given(an_order()).when(silent).refused(NoteEmpty)
    given(an_order()).when(many).refused(TooManyNotes, most=MOST_NOTES)


@pytest.fixture
async def shop() -> Shop:
    """An order that was just paid; nothing has followed from it yet."""
    shop = Shop()
    await shop.at_the_page()
    await shop.told(paid_outcome())
    return shop


async def test_what_is_held_before_its_file_is_asked_for_is_asked_for_later(shop: Shop) -> None:
    await shop.do(asked_to_hold())
    wanted = await shop.react()
    assert PrintJob.Requested not in shop.happened()
    await shop.do(asked_to_release())
    wanted = await shop.react()
    assert MakePrintFile(order_id=ORDER) in [each.intent for each in wanted]


async def test_what_is_held_while_its_file_is_made_is_printed_later(shop: Shop) -> None:
    await shop.react()
    await shop.do(asked_to_hold())
    await shop.do(RecordPrintFileMade(order_id=ORDER, facts=FACTS))
    await shop.react()
    assert (await shop.order()).state == "paid"
    await shop.do(asked_to_hold("address", OTHER_HOLD))
    await shop.do(asked_to_release())
    await shop.react()
    assert (await shop.order()).state == "paid"
    await shop.do(asked_to_release(OTHER_HOLD))
    await shop.react()
    assert (await shop.order()).state == "in_production"


async def test_a_held_order_gives_its_money_back_when_it_is_cancelled(shop: Shop) -> None:
    await shop.do(asked_to_hold())
    await shop.do(RefuseOrder(order_id=ORDER))
    await shop.carry_out()
    assert (await shop.order()).refund_state == "fully"
    await shop.do(asked_to_release())
    await shop.react()
    assert PrintJob.Requested not in shop.happened()


async def test_whoever_is_first_wins_when_an_order_is_cancelled_and_begun(shop: Shop) -> None:
    version = (await shop.order()).version
    await shop.do(StartProduction(order_id=ORDER, print_digest="00"))
    await shop.refuses(StaleVersion, RefuseOrder(order_id=ORDER, expected_version=version))
    await shop.refuses(OrderCannotMove, CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    await shop.carry_out()
    assert PaymentAttempt.RefundRequested not in shop.happened()
    assert PaymentAttempt.CancelRequested not in shop.happened()


async def test_a_parcel_that_left_in_spite_of_a_hold_is_told_of(shop: Shop) -> None:
    await shop.do(StartProduction(order_id=ORDER, print_digest="00"))
    await shop.do(asked_to_hold())
    await shop.do(RecordShipped(order_id=ORDER, shipment_id=SHIPMENT))
    assert (await shop.order()).state == "shipped"


async def test_nobody_changes_the_address_of_anothers_order(shop: Shop) -> None:
    await shop.refuses(NotFound, replace(ASKED_TO_MOVE, customer_id=STRANGER))
    await shop.do(replace(ASKED_TO_MOVE, customer_id=None, by=FINANCE))
    delivery = (await shop.order()).particulars.delivery
    assert delivery == ELSEWHERE


async def test_a_parcel_needs_a_whole_address(shop: Shop) -> None:
    blank = replace(ELSEWHERE, district=" ")
    refusal = await shop.refuses(AddressIncomplete, replace(ASKED_TO_MOVE, address=blank))
    assert refusal.facts["missing"] == "district"


async def test_an_order_goes_only_where_cargo_costs_the_same(shop: Shop) -> None:
    dear = CargoPrice(zone="east", up_to_grams=5_000, price=Money.of(90))
    for entry in (CargoZone(province="Van", zone="east"), dear):
        await shop.do(SchedulePrice(entry=entry, since=None, by=FINANCE))
    shop.clock.pass_(hours=1)
    van = replace(ELSEWHERE, province="Van")
    refusal = await shop.refuses(CargoDiffers, replace(ASKED_TO_MOVE, address=van))
    assert refusal.facts == {"before": "İstanbul", "after": "Van"}
    await shop.do(ASKED_TO_MOVE)
    assert (await shop.order()).particulars.delivery == ELSEWHERE


@pytest.mark.parametrize(
    "second",
    [
        replace(ASKED_TO_MOVE, expected_version=1),
        replace(asked_to_hold(), expected_version=1),
        NoteOrder(
            order_id=ORDER, note_id=NOTE, by=FINANCE, text="!", shown_to="staff", expected_version=1
        ),
        ChangeBilling(order_id=ORDER, by=CUSTOMER, address=ELSEWHERE, expected_version=1),
    ],
)
async def test_of_two_who_saw_the_same_order_one_is_told_to_look_again(second: object) -> None:
    shop = Shop()
    await shop.placed()
    await shop.do(replace(asked_to_hold("other", OTHER_HOLD), expected_version=1))
    await shop.refuses(StaleVersion, second)  # type: ignore[arg-type]  # each is a command
