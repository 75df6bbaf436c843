"""The provider's fraud desk looks at a payment: nothing is delivered before it has decided."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from application.notifications import SendMail
from application.orders import CancelOrder, ExpireOrder
from application.payments import AskAboutPayment, StartPayment
from application.ports import Declined, InReview
from application.processes import checkout as _checkout  # noqa: F401  # registers reactions
from application.processes import refunds as _refunds  # noqa: F401  # registers reactions
from application.store import Store
from domain.orders import Order
from domain.payments import SWEEPS, PaymentAttempt
from domain.work_items import WorkItem
from tests.orders.examples import ATTEMPT, CUSTOMER, ORDER, OTHER_ATTEMPT, TOTAL, Shop

NO = Declined(group="NOT_SUFFICIENT_FUNDS", code="10051", message="Declined")


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def sweep(shop: Shop) -> None:
    """The sweeper asks."""
    await shop.do(AskAboutPayment(attempt_id=ATTEMPT, asked_by="sweeper", reference="sweep"))
    await shop.carry_out()


def mails_of(shop: Shop) -> list[str]:
    """What was mailed so far, by template."""
    intents = [each.intent for each in shop.wanted]
    return [each.template for each in intents if isinstance(each, SendMail)]


async def in_review(shop: Shop) -> PaymentAttempt:
    """The provider's fraud desk has the shopper's money and looks at it."""
    attempt = await shop.at_the_page()
    shop.gateway.tell(attempt.token, InReview("1"))
    assert (await shop.till.confirm(ATTEMPT)).state == "in_review"
    return attempt


async def test_a_review_holds_the_order_up_however_long_it_takes(shop: Shop) -> None:
    await in_review(shop)
    for _ in range(3):
        shop.clock.pass_(days=1)
        await shop.till.settle(ORDER, CUSTOMER)
        await shop.do(ExpireOrder(order_id=ORDER))
    order = await shop.order()
    assert (order.state, order.open_attempt) == ("awaiting_payment", ATTEMPT)
    again = StartPayment(attempt_id=OTHER_ATTEMPT, order_id=ORDER, customer_id=CUSTOMER)
    assert (await shop.do(again)).answer == {"attempt_id": str(ATTEMPT)}
    assert not {Order.Paid, PaymentAttempt.Succeeded} & set(shop.happened())


async def test_a_review_that_passes_pays_the_order(shop: Shop) -> None:
    attempt = await in_review(shop)
    shop.clock.pass_(days=2)
    shop.gateway.pay(attempt.token)
    await sweep(shop)
    assert ((await shop.order()).state, (await shop.attempt()).state) == ("paid", "succeeded")


async def test_a_review_without_an_end_is_an_item_for_finance_after_a_month(shop: Shop) -> None:
    attempt = await in_review(shop)
    key = f"{ATTEMPT}/no_end_after_a_month"
    item_id = WorkItem.id_of("payment_alarm", key)
    asked: list[bool] = []
    for moment in SWEEPS:
        shop.clock.set(attempt.form_opened_at + moment)
        await shop.do(
            AskAboutPayment(attempt_id=ATTEMPT, asked_by="sweeper", reference=str(moment))
        )
        await shop.carry_out()
        asked.append(await Store(shop.log, shop.clock.now()).find(WorkItem, item_id) is not None)
    assert (asked.count(True), asked[-1]) == (1, True)


async def test_after_a_review_that_rejects_the_order_may_be_paid_anew(shop: Shop) -> None:
    attempt = await in_review(shop)
    shop.gateway.tell(attempt.token, replace(NO, group="FRAUD_SUSPECT"))
    await sweep(shop)
    assert ((await shop.attempt()).state, (await shop.attempt()).no[0]) == (
        "expired",
        "FRAUD_SUSPECT",
    )
    assert (await shop.order()).open_attempt is None
    second = await shop.paying(OTHER_ATTEMPT)
    shop.gateway.pay(second.token)
    await shop.till.confirm(OTHER_ATTEMPT)
    assert (await shop.order()).paid_attempt == OTHER_ATTEMPT


async def test_whoever_waits_for_a_review_is_mailed_its_rejection(shop: Shop) -> None:
    attempt = await in_review(shop)
    shop.gateway.tell(attempt.token, replace(NO, group="FRAUD_SUSPECT"))
    await sweep(shop)
    assert mails_of(shop) == ["order_placed", "payment_rejected"]


async def test_a_refused_card_is_no_reason_for_a_mail(shop: Shop) -> None:
    attempt = await shop.at_the_page()
    shop.gateway.tell(attempt.token, NO)
    await sweep(shop)
    assert mails_of(shop) == ["order_placed"]


async def test_a_review_that_passes_after_the_order_was_cancelled_goes_back(shop: Shop) -> None:
    attempt = await in_review(shop)
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    shop.gateway.pay(attempt.token)
    await sweep(shop)
    assert (await shop.attempt()).surplus == "order_cancelled"
    assert shop.gateway.given_back == TOTAL
