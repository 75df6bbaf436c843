"""Orders as they are asked for: commit, cancel, expire, and what other stories tell of them."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from application.drafts import ChangeBook, StartDraft
from application.notifications import SendMail
from application.orders import (
    AttachFinalArtwork,
    CancelOrder,
    CommitDraft,
    ExpireOrder,
    GiveUpOrder,
    RecordDelivered,
    RecordShipped,
    StartDesign,
    StartProduction,
)
from application.processes import checkout as _checkout  # noqa: F401  # registers reactions
from application.store import Append
from application.work import Later
from domain.drafts import Addresses, Book, Draft, DraftFrozen, DraftIncomplete
from domain.orders import Order, OrderCannotMove, OrderNumber, number_of
from domain.payments import PaymentAttempt
from domain.shared.aggregate import Aggregate, Event, Metadata
from domain.shared.errors import NotFound
from domain.shared.money import Money
from tests.orders.examples import (
    ARTWORK,
    CUSTOMER,
    DESIGNER,
    DRAFT,
    ORDER,
    PAY_BY,
    STRANGER,
    TOTAL,
    Shop,
    an_order,
    paid_outcome,
    pay,
)

SHIPMENT = UUID(int=41)
COMMIT = CommitDraft(draft_id=DRAFT, customer_id=CUSTOMER)


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def record(shop: Shop, *aggregates: Aggregate) -> None:
    """Let these have happened."""
    metadata = Metadata(command_id=CUSTOMER, command="Test", correlation_id=CUSTOMER)
    events = [e for a in aggregates for e in a.collect_events() if isinstance(e, Event)]
    await shop.log.append(Append(events=events, metadata=metadata))


async def test_a_commit_freezes_the_draft_and_its_prices(shop: Shop) -> None:
    await shop.draft()
    receipt = await shop.do(COMMIT)
    order = await shop.order()
    assert receipt.answer == {
        "order_id": str(ORDER),
        "number": number_of(ORDER),
        "total": {"amount": "1290.00", "currency": "TRY"},
    }
    assert [(line.kind, line.gross) for line in order.lines] == [
        ("cover", Money.of(1260)),
        ("cargo", Money.of(30)),
    ]
    assert (order.total, order.artwork, order.pay_by) == (TOTAL, ARTWORK, PAY_BY)
    await shop.refuses(
        DraftFrozen,
        ChangeBook(draft_id=DRAFT, customer_id=CUSTOMER, book=Book(title="A", author="B")),
    )


async def test_a_second_commit_answers_with_the_order_that_exists(shop: Shop) -> None:
    await shop.draft()
    first, second = await shop.do(COMMIT), await shop.do(COMMIT)
    assert (second.id, second.version, second.answer) == (first.id, first.version, first.answer)
    assert shop.happened().count(Order.Placed) == 1


async def test_fifty_commits_at_once_give_one_order(shop: Shop) -> None:
    await shop.draft()
    receipts = await asyncio.gather(*(shop.do(COMMIT) for _ in range(50)))
    assert {receipt.id for receipt in receipts} == {ORDER}
    assert shop.happened().count(Order.Placed) == 1


async def test_an_unfinished_draft_is_not_committed(shop: Shop) -> None:
    await shop.do(StartDraft(draft_id=DRAFT, customer_id=CUSTOMER, method="upload"))
    await shop.refuses(DraftIncomplete, COMMIT)


async def test_nobody_commits_or_cancels_what_is_anothers(shop: Shop) -> None:
    await shop.placed()
    await shop.refuses(NotFound, CommitDraft(draft_id=DRAFT, customer_id=STRANGER))
    await shop.refuses(NotFound, CancelOrder(order_id=ORDER, customer_id=STRANGER))


async def test_a_number_that_is_taken_gives_way_to_the_next(shop: Shop) -> None:
    await shop.draft()
    await record(shop, OrderNumber.take(number_of(ORDER), STRANGER, now=shop.clock.now()))
    await shop.do(COMMIT)
    assert (await shop.order()).number == number_of(ORDER, 1)


async def test_the_artists_fee_is_a_line_of_its_own(shop: Shop) -> None:
    await shop.draft()
    other = UUID(int=51)
    draft = Draft.start(other, customer_id=CUSTOMER, method="artist", now=shop.clock.now())
    draft.change_book(Book(title="A", author="B"))
    order = an_order()
    draft.give_addresses(_addresses(order))
    draft.choose_designer(DESIGNER, Money.of(900))
    await record(shop, draft)
    receipt = await shop.do(CommitDraft(draft_id=other, customer_id=CUSTOMER))
    assert receipt.answer["total"] == {"amount": "2190.00", "currency": "TRY"}


async def test_an_unpaid_order_expires_by_its_timer(shop: Shop) -> None:
    await shop.placed()
    timers = [each.intent for each in await shop.react() if isinstance(each.intent, Later)]
    assert Later(ExpireOrder(order_id=ORDER), PAY_BY) in timers
    await shop.do(ExpireOrder(order_id=ORDER))
    assert (await shop.order()).state == "awaiting_payment"
    shop.clock.pass_(hours=24)
    await shop.do(ExpireOrder(order_id=ORDER))
    assert (await shop.order()).state == "expired"


async def test_an_open_attempt_holds_up_the_end_of_an_order_until_it_ends(shop: Shop) -> None:
    await shop.at_the_page()
    shop.clock.pass_(hours=24)
    await shop.do(ExpireOrder(order_id=ORDER))
    assert (await shop.order()).state == "awaiting_payment"
    await shop.till.confirm((await shop.attempt()).id)
    await shop.react()
    assert (await shop.order()).state == "expired"


async def test_a_cancelled_order_is_told_of_and_money_goes_back_only_if_there_was_some(
    shop: Shop,
) -> None:
    await shop.placed()
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    wanted = await shop.react()
    assert PaymentAttempt.RefundRequested not in shop.happened()
    mails = [each.intent.template for each in wanted if isinstance(each.intent, SendMail)]
    assert mails == ["order_placed", "order_cancelled"]


async def test_a_paid_order_is_mailed_about(shop: Shop) -> None:
    await shop.at_the_page()
    await shop.told(paid_outcome())
    mails = [each.intent for each in await shop.react() if isinstance(each.intent, SendMail)]
    assert mails[1] == SendMail(
        person_id=CUSTOMER,
        template="order_paid",
        facts={"number": number_of(ORDER)},
        amount=TOTAL,
    )


async def test_what_others_tell_of_an_order_moves_it_on(shop: Shop) -> None:
    order = an_order()
    pay(order)
    await record(shop, order)
    await shop.do(StartProduction(order_id=ORDER, print_digest="00"))
    await shop.do(RecordShipped(order_id=ORDER, shipment_id=SHIPMENT))
    await shop.do(RecordDelivered(order_id=ORDER))
    assert (await shop.order()).state == "delivered"


async def test_an_artists_order_waits_for_the_final_artwork(shop: Shop) -> None:
    order = an_order("artist")
    pay(order)
    await record(shop, order)
    await shop.do(StartDesign(order_id=ORDER))
    await shop.do(StartProduction(order_id=ORDER, print_digest="00"))
    assert (await shop.order()).state == "in_design"
    await shop.do(AttachFinalArtwork(order_id=ORDER, artwork=ARTWORK))
    await shop.do(StartProduction(order_id=ORDER, print_digest="00"))
    assert (await shop.order()).state == "in_production"


async def test_news_that_come_too_late_or_too_early_change_nothing(shop: Shop) -> None:
    await shop.placed()
    head = await shop.log.head()
    for command in (
        StartDesign(order_id=ORDER),
        AttachFinalArtwork(order_id=ORDER, artwork=ARTWORK),
        StartProduction(order_id=ORDER, print_digest="00"),
        RecordShipped(order_id=ORDER, shipment_id=SHIPMENT),
        RecordDelivered(order_id=ORDER),
    ):
        await shop.do(command)
    assert await shop.log.head() == head


async def test_an_order_that_nobody_will_make_is_given_up_until_it_is_printed(shop: Shop) -> None:
    order = an_order()
    pay(order)
    await record(shop, order)
    await shop.do(GiveUpOrder(order_id=ORDER, reason="designer"))
    assert (await shop.order()).state == "cancelled"
    await shop.do(GiveUpOrder(order_id=ORDER, reason="designer"))
    assert shop.happened().count(Order.Cancelled) == 1


async def test_a_customer_does_not_cancel_what_is_being_printed(shop: Shop) -> None:
    order = an_order()
    pay(order)
    await record(shop, order)
    await shop.do(StartProduction(order_id=ORDER, print_digest="00"))
    await shop.refuses(OrderCannotMove, CancelOrder(order_id=ORDER, customer_id=CUSTOMER))


def _addresses(order: Order) -> Addresses:
    assert order.particulars.delivery
    return Addresses(delivery=order.particulars.delivery, billing=order.particulars.billing)
