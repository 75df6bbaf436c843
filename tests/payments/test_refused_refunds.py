"""What is done about refunds that are not done at once: nobody's money is kept, lost or doubled."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from application.bus import Command
from application.orders import CancelOrder
from application.payments import (
    CancelPayment,
    RecordCancelOutcome,
    RecordPaidOutside,
    RecordRefundOutcome,
    RefundLine,
    RefundOrder,
    RetryRefund,
)
from application.payments.refunds import CreditsComeBackFirst
from application.ports import (
    Declined,
    Invalid,
    Misconfigured,
    Pending,
    RateLimited,
    Refunded,
    RefundOutcome,
    Unavailable,
    Unknown,
)
from application.store import Store
from application.work import Later
from application.work_items import ResolveWorkItem
from domain.orders import CreditPurchase, Order
from domain.payments import (
    PaymentAttempt,
    RefundNotRefused,
    RefundPart,
    RefundTooLarge,
    UnknownRefund,
)
from domain.shared.four_eyes import NotFinance
from domain.shared.money import Money
from domain.work_items import WorkItem, WorkItemKind
from tests.orders import credits
from tests.orders.credits import CreditShop
from tests.orders.examples import ATTEMPT, CUSTOMER, LINES, ORDER, STRANGER, TOTAL, Shop
from tests.payments.commands import BY, OUTSIDE, REFUND, REFUND_ID, REQUEST, RETRY, told

NO = Declined(group="NOT_PERMITTED", code="5093", message="no")
COVER = LINES[0].gross
KEYS_REFUSED = Misconfigured("1001", "no such key")


@pytest.fixture
async def shop() -> Shop:
    """A paid order, and somebody in finance."""
    return await paid_in(Shop())


async def paid_in(shop: Shop) -> Shop:
    """The customer has paid an order just now."""
    attempt = await shop.at_the_page()
    await shop.staff("finance")
    shop.gateway.pay(attempt.token)
    await shop.till.confirm(ATTEMPT)
    await shop.react()
    return shop


async def item(
    shop: Shop, key: str = str(REFUND_ID), *, kind: WorkItemKind = "refund_refused"
) -> WorkItem | None:
    """What finance has to look at."""
    return await Store(shop.log, shop.clock.now()).find(WorkItem, WorkItem.id_of(kind, key))


async def refused(shop: Shop) -> None:
    """A refund of the cover was asked for, and the provider said no."""
    shop.gateway.next_refunds.append(NO)
    await shop.do(REFUND)
    await shop.carry_out()


async def questions(shop: Shop) -> list[Later]:
    """Timers that ask about refunds."""
    await shop.react()
    timers = [wish.intent for wish in shop.wanted if isinstance(wish.intent, Later)]
    return [each for each in timers if type(each.command).__name__ == "AskAboutRefund"]


async def test_cancelling_an_order_on_its_day_calls_the_payment_off(shop: Shop) -> None:
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    await shop.carry_out()
    order, attempt = await shop.order(), await shop.attempt()
    assert (order.refund_state, order.refunded, attempt.is_settled) == ("fully", TOTAL, True)
    assert (shop.gateway.given_back, shop.gateway.refunds) == (TOTAL, {})
    assert shop.happened().count(Order.MoneyReturned) == 2


@pytest.mark.parametrize("no", [NO, Invalid("5002", "no such payment")])
async def test_what_can_not_be_called_off_is_refunded_without_anybody_asking(
    shop: Shop, no: Declined | Invalid
) -> None:
    shop.gateway.next_cancels.append(no)
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    await shop.carry_out()
    assert (await shop.order()).refund_state == "fully"
    assert (len(shop.gateway.refunds), shop.gateway.given_back) == (2, TOTAL)


@pytest.mark.parametrize("answer", [Unknown("timeout"), RateLimited(), KEYS_REFUSED])
async def test_a_cancel_that_nobody_knows_of_is_asked_for_again(
    shop: Shop, answer: Unknown | RateLimited | Misconfigured
) -> None:
    shop.gateway.next_cancels.append(answer)
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    with pytest.raises(Unavailable):
        await shop.carry_out()
    assert (await shop.attempt()).refunds == {}
    again = await shop.cancel(CancelPayment(attempt_id=ATTEMPT, cancel_id=ORDER))
    assert again
    await shop.do(again)
    assert (await shop.order()).refund_state == "fully"
    assert await shop.cancel(CancelPayment(attempt_id=ATTEMPT, cancel_id=ORDER)) is None


@pytest.mark.parametrize("no", [NO, Invalid("5001", "no such transaction")])
async def test_a_refusal_becomes_an_item_for_finance(shop: Shop, no: RefundOutcome) -> None:
    shop.gateway.next_refunds.append(no)
    await shop.do(REFUND)
    await shop.carry_out()
    await shop.react()
    found = await item(shop)
    assert found
    assert (found.state, found.amount, found.attempt_id) == ("open", COVER, ATTEMPT)
    assert dict(found.facts)["code"] in {"5093", "5001"}


async def test_finance_tries_again_and_the_item_is_resolved(shop: Shop) -> None:
    await refused(shop)
    await shop.react()
    await shop.do(RETRY)
    await shop.do(RETRY)
    await shop.carry_out()
    assert (await shop.order()).refunded == COVER
    found = await item(shop)
    assert found
    assert (found.state, found.ended[1]) == ("resolved", "tried_again")
    assert shop.gateway.given_back == COVER


async def test_a_part_that_is_tried_again_goes_back_once_whoever_else_decides(shop: Shop) -> None:
    part = RefundPart(line_id=LINES[0].line_id, amount=Money.of("50.00"))
    shop.gateway.next_refunds.append(NO)
    await shop.do(replace(REFUND, parts=(part,)))
    await shop.carry_out()
    await shop.react()
    await shop.do(RETRY)
    await shop.refuses(RefundNotRefused, replace(RETRY, request_id=UUID(int=77)))
    await shop.refuses(RefundNotRefused, OUTSIDE)
    await shop.carry_out()
    assert (await shop.order()).refunded == shop.gateway.given_back == part.amount


async def test_finance_pays_by_bank_and_the_item_is_resolved(shop: Shop) -> None:
    await refused(shop)
    await shop.react()
    await shop.do(OUTSIDE)
    await shop.do(OUTSIDE)
    order, attempt, found = await shop.order(), await shop.attempt(), await item(shop)
    assert (order.refunded, attempt.refunds[REFUND_ID].state) == (COVER, "outside")
    assert found
    assert (found.state, found.ended[1]) == ("resolved", "paid_from_bank")
    assert shop.gateway.given_back == Money.of(0)
    await shop.refuses(RefundNotRefused, RETRY)


async def test_only_finance_decides_about_a_refusal_and_only_of_a_refused_one(shop: Shop) -> None:
    await shop.do(REFUND)
    await shop.refuses(RefundNotRefused, RETRY)
    await shop.refuses(RefundNotRefused, OUTSIDE)
    customer = replace(BY, person_id=CUSTOMER)
    await shop.refuses(NotFinance, replace(RETRY, by=customer))
    await shop.refuses(NotFinance, replace(OUTSIDE, by=customer))
    await shop.refuses(UnknownRefund, replace(OUTSIDE, refund_id=STRANGER))
    await shop.refuses(UnknownRefund, replace(RETRY, refund_id=STRANGER))


async def test_a_refusal_that_nobody_had_opened_an_item_for_is_decided_all_the_same(
    shop: Shop,
) -> None:
    await shop.do(REFUND)
    await shop.do(told(NO))
    await shop.do(OUTSIDE)
    assert (await shop.order()).refunded == COVER


async def test_first_refused_and_then_done_is_done(shop: Shop) -> None:
    """Two workers report one refund; the second one knows better."""
    await refused(shop)
    await shop.react()
    await shop.do(told(Refunded("late")))
    await shop.react()
    order, found = await shop.order(), await item(shop)
    assert (order.refunded, (await shop.attempt()).refunds[REFUND_ID].state) == (COVER, "refunded")
    assert found
    assert found.state == "lapsed"
    assert await item(shop, kind="refund_contradicted") is None


@pytest.mark.parametrize("otherwise", [OUTSIDE, RETRY])
async def test_money_that_went_twice_is_an_item_and_never_the_orders(
    shop: Shop, otherwise: Command
) -> None:
    await refused(shop)
    await shop.react()
    await shop.do(otherwise)
    await shop.carry_out()
    await shop.do(told(Refunded("late")))
    await shop.react()
    order, found = await shop.order(), await item(shop, kind="refund_contradicted")
    assert (order.refunded, order.refund_state) == (COVER, "partly")
    assert found
    assert (found.state, found.amount) == ("open", COVER)


@pytest.mark.parametrize("otherwise", ["tried_again", "given_otherwise", "not_owed"])
async def test_a_part_that_is_done_after_finance_decided_otherwise_is_told(
    shop: Shop, otherwise: str
) -> None:
    """More is left of the line, so that the payment itself sees nothing wrong."""
    part = RefundPart(line_id=LINES[0].line_id, amount=Money.of("50.00"))
    shop.gateway.next_refunds.append(NO)
    await shop.do(replace(REFUND, parts=(part,)))
    await shop.carry_out()
    await shop.react()
    refusal = WorkItem.id_of("refund_refused", str(REFUND_ID))
    decided = ResolveWorkItem(item_id=refusal, by=BY, resolution=otherwise, note="as agreed")
    await shop.do(RETRY if otherwise == "tried_again" else decided)
    await shop.carry_out()
    for _ in range(2):
        await shop.do(told(Refunded("late")))
        await shop.react()
    found = await item(shop, kind="refund_contradicted")
    assert found
    assert (found.state, found.amount) == ("open", part.amount)


async def test_what_must_go_back_after_a_year_is_paid_by_finance(shop: Shop) -> None:
    """An artist's order may be called off when the provider gives nothing back any more."""
    shop.clock.pass_(days=366)
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    await shop.carry_out()
    await shop.carry_out()
    attempt = await shop.attempt()
    assert {each.state for each in attempt.refunds.values()} == {"failed"}
    assert shop.gateway.refunds == {}
    for number, refund_id in enumerate(attempt.refunds):
        found = await item(shop, str(refund_id))
        assert found
        assert dict(found.facts)["group"] == "TOO_LATE"
        paid = RecordPaidOutside(
            attempt_id=ATTEMPT, refund_id=refund_id, reference=f"EFT {number}", by=BY
        )
        await shop.do(paid)
    order, attempt = await shop.order(), await shop.attempt()
    assert (order.refund_state, order.is_settled, attempt.is_settled) == ("fully", True, True)


async def test_credits_and_money_are_never_both_kept_when_a_cancel_is_done_after_all() -> None:
    shop = CreditShop()
    await shop.only_bought()
    shop.gateway.next_cancels.append(NO)
    shop.gateway.next_refunds.append(NO)
    await shop.do(credits.REFUND)
    await shop.carry_out()
    assert (await shop.wallet()).balance == credits.CREDITS
    late = RecordCancelOutcome(
        attempt_id=ATTEMPT, cancel_id=credits.REFUND.request_id, outcome=Refunded("late")
    )
    await shop.do(late)
    await shop.react()
    found = await item(shop, str(credits.REFUND_ID), kind="refund_contradicted")
    assert found
    assert (found.state, found.amount) == ("open", credits.PRICE)


async def test_credits_and_money_are_never_both_kept_without_a_word() -> None:
    shop = CreditShop()
    await shop.only_bought()
    shop.gateway.next_cancels.append(NO)
    shop.gateway.next_refunds.append(NO)
    await shop.do(credits.REFUND)
    await shop.carry_out()
    assert (await shop.wallet()).balance == credits.CREDITS
    late = RecordRefundOutcome(
        attempt_id=ATTEMPT, refund_id=credits.REFUND_ID, outcome=Refunded("late")
    )
    await shop.do(late)
    await shop.react()
    found = await item(shop, str(credits.REFUND_ID), kind="refund_contradicted")
    assert found
    assert (found.state, found.amount) == ("open", credits.PRICE)


async def test_credits_stay_taken_when_their_money_has_gone_meanwhile() -> None:
    shop = CreditShop()
    await shop.only_bought()
    await shop.do(credits.REFUND)
    shop.gateway.next_cancels.append(NO)
    job = CancelPayment(attempt_id=ATTEMPT, cancel_id=credits.REFUND.request_id)
    command = await shop.cancel(job)
    assert command
    await shop.do(command)
    for outcome in (NO, Refunded("late")):
        said = RecordRefundOutcome(attempt_id=ATTEMPT, refund_id=credits.REFUND_ID, outcome=outcome)
        await shop.do(said)
    await shop.react()
    assert CreditPurchase.GivenBack not in shop.happened()
    assert (await shop.wallet()).balance == 0


async def test_refused_money_of_credits_is_not_paid_beside_the_credits() -> None:
    shop = CreditShop()
    await shop.only_bought()
    await shop.staff("finance")
    shop.gateway.next_cancels.append(NO)
    shop.gateway.next_refunds.append(NO)
    await shop.do(credits.REFUND)
    await shop.carry_out()
    paid_outside = RecordPaidOutside(
        attempt_id=ATTEMPT, refund_id=credits.REFUND_ID, reference="EFT 1", by=BY
    )
    retried = RetryRefund(
        attempt_id=ATTEMPT, refund_id=credits.REFUND_ID, request_id=REQUEST, by=BY
    )
    await shop.refuses(CreditsComeBackFirst, paid_outside)
    await shop.refuses(CreditsComeBackFirst, retried)


async def test_what_the_provider_does_later_is_asked_about_daily_until_it_is_done(
    shop: Shop,
) -> None:
    shop.gateway.next_refunds.extend([Pending("p-1"), Pending("p-1")])
    await shop.do(REFUND)
    await shop.carry_out()
    assert (await shop.attempt()).refunds[REFUND_ID].state == "pending"
    assert (await shop.order()).refunded == Money.of(0)
    for _ in range(2):
        timer = (await questions(shop))[-1]
        assert timer.due_at == shop.clock.now() + timedelta(days=1)
        shop.clock.set(timer.due_at)
        await shop.do(timer.command)
        await shop.carry_out()
    assert (await shop.attempt()).refunds[REFUND_ID].state == "refunded"
    assert (await shop.order()).refunded == COVER
    assert shop.happened().count(PaymentAttempt.RefundPending) == 1


async def test_what_the_provider_was_to_do_and_can_not_is_refused(shop: Shop) -> None:
    await shop.do(REFUND)
    await shop.do(told(Pending("p-1")))
    await shop.do(told(NO))
    await shop.react()
    found = await item(shop)
    assert found
    assert found.state == "open"


async def test_our_own_account_hinders_refunds_and_refuses_none(shop: Shop) -> None:
    shop.gateway.next_refunds.append(KEYS_REFUSED)
    await shop.do(REFUND)
    await shop.carry_out()
    await shop.react()
    found = await item(shop, "1001", kind="provider_misconfigured")
    assert found
    assert found.state == "open"
    assert (await shop.attempt()).refunds[REFUND_ID].state == "requested"
    timer = (await questions(shop))[-1]
    assert timer.due_at == shop.clock.now() + timedelta(hours=1)
    shop.clock.set(timer.due_at)
    await shop.do(timer.command)
    await shop.carry_out()
    assert (await shop.order()).refunded == COVER


@pytest.mark.parametrize("answer", [Unknown("timeout"), RateLimited()])
async def test_a_refund_without_an_answer_is_neither_done_nor_refused(
    shop: Shop, answer: Unknown | RateLimited
) -> None:
    shop.gateway.next_refunds.append(answer)
    await shop.do(REFUND)
    with pytest.raises(Unavailable):
        await shop.carry_out()
    assert (await shop.attempt()).refunds[REFUND_ID].state == "requested"
    again = await shop.refund(RefundLine(attempt_id=ATTEMPT, refund_id=REFUND_ID))
    assert again
    await shop.do(again)
    assert (await shop.order()).refunded == COVER


async def test_alarms_on_payments_are_items_for_finance() -> None:
    shop = Shop()
    await shop.at_the_page()
    await shop.told(Unknown("wrong_signature", alarm=True))
    await shop.told(Unknown("timeout"))
    await shop.told(KEYS_REFUSED)
    await shop.told(Invalid("11", "no such thing"))
    await shop.react()
    alarm = await item(shop, f"{ATTEMPT}/wrong_signature", kind="payment_alarm")
    assert alarm
    assert (alarm.state, alarm.attempt_id, alarm.order_id) == ("open", ATTEMPT, ORDER)
    for key in ("misconfigured_1001", "invalid_11"):
        assert await item(shop, key, kind="provider_misconfigured")
    assert await item(shop, f"{ATTEMPT}/timeout", kind="payment_alarm") is None


async def test_a_page_that_our_account_does_not_get_is_an_item_too() -> None:
    shop = Shop()
    await shop.registered()
    await shop.placed()
    shop.gateway.next_checkouts.append(KEYS_REFUSED)
    assert (await shop.paying()).state == "failed"
    await shop.react()
    assert await item(shop, "misconfigured_1001", kind="provider_misconfigured")


async def test_more_than_is_left_is_not_paid_by_bank(shop: Shop) -> None:
    await refused(shop)
    whole = RefundOrder(order_id=ORDER, request_id=UUID(int=77), reason="damaged")
    await shop.do(whole)
    await shop.carry_out()
    await shop.refuses(RefundTooLarge, OUTSIDE)
    await shop.refuses(RefundTooLarge, RETRY)
