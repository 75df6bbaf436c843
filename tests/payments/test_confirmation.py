"""One payment, confirmed from three sides, in any order, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest

from adapters.gateways import OneGateway
from application.notifications import SendMail
from application.orders import CancelOrder
from application.payments import (
    AskAboutPayment,
    RecordCheckoutFailed,
    RecordCheckoutForm,
    RecordRefundOutcome,
    RefundLine,
    RefundOrder,
    RefundPayment,
    StartPayment,
    ask_provider,
)
from application.ports import (
    CheckoutForm,
    CheckoutOutcome,
    CheckoutRequest,
    Declined,
    InReview,
    Invalid,
    Misconfigured,
    NotFinal,
    Refunded,
    Unavailable,
    Unknown,
)
from application.processes import checkout as _checkout  # noqa: F401  # registers reactions
from application.work import Later, reactions_to
from domain.orders import Order, OrderNotPayable
from domain.payments import NothingCaptured, PaymentAttempt, RefundPart
from domain.shared.errors import NotFound
from domain.shared.money import Money
from tests.given import NOW
from tests.orders.examples import (
    ATTEMPT,
    CUSTOMER,
    LINES,
    ORDER,
    OTHER_ATTEMPT,
    SHOPPER,
    STRANGER,
    TOTAL,
    Shop,
    paid_outcome,
)

NO = Declined(group="NOT_SUFFICIENT_FUNDS", code="10051", message="Declined")
REQUEST = UUID(int=61)


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def hint(shop: Shop, reference: str, attempt_id: UUID = ATTEMPT) -> None:
    """A webhook comes in, and is followed up."""
    await shop.do(AskAboutPayment(attempt_id=attempt_id, asked_by="webhook", reference=reference))
    await shop.carry_out()


async def sweep(shop: Shop) -> None:
    """The sweeper asks."""
    await shop.do(AskAboutPayment(attempt_id=ATTEMPT, asked_by="sweeper", reference="sweep"))
    await shop.carry_out()


async def test_the_page_is_opened_once_with_everything_the_provider_needs(shop: Shop) -> None:
    attempt = await shop.at_the_page()
    assert (await shop.till.open_form(ATTEMPT, SHOPPER)).page_url == attempt.page_url
    (request,) = shop.gateway.requests.values()
    assert (request.total, request.order_id, request.attempt_id) == (TOTAL, ORDER, ATTEMPT)
    assert (request.buyer.given_name, request.buyer.family_name) == ("Ayşe", "Yılmaz")
    assert request.callback_url == f"https://shop.test/api/v1/payments/{ATTEMPT}/return"
    assert attempt.expires_at == NOW + timedelta(minutes=30)


async def test_a_second_start_leads_to_the_attempt_that_is_open(shop: Shop) -> None:
    await shop.at_the_page()
    receipt = await shop.do(
        StartPayment(attempt_id=OTHER_ATTEMPT, order_id=ORDER, customer_id=CUSTOMER)
    )
    assert receipt.answer == {"attempt_id": str(ATTEMPT)}


async def test_nobody_pays_what_is_anothers_or_over(shop: Shop) -> None:
    await shop.at_the_page()
    start = StartPayment(attempt_id=OTHER_ATTEMPT, order_id=ORDER, customer_id=STRANGER)
    await shop.refuses(NotFound, start)
    with pytest.raises(NotFound):
        await shop.till.settle(ORDER, STRANGER)
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    await shop.refuses(
        OrderNotPayable,
        StartPayment(attempt_id=OTHER_ATTEMPT, order_id=ORDER, customer_id=CUSTOMER),
    )


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Unknown("timeout"), "timeout"),
        (Misconfigured("1001", "no such key"), "misconfigured_1001"),
        (Invalid("11", "no such thing"), "invalid_11"),
        (NO, "10051"),
    ],
)
async def test_an_attempt_that_got_no_page_makes_room_for_the_next(
    shop: Shop, outcome: CheckoutOutcome, reason: str
) -> None:
    await shop.registered()
    await shop.placed()
    shop.gateway.next_checkouts.append(outcome)
    assert (await shop.paying()).state == "failed"
    failed = shop.log.recorded[-2].event
    assert isinstance(failed, PaymentAttempt.Failed)
    assert failed.reason == reason
    assert (await shop.paying(OTHER_ATTEMPT)).state == "form_opened"


async def test_an_attempt_whose_opener_died_is_ended_by_its_timer(shop: Shop) -> None:
    await shop.placed()
    await shop.do(StartPayment(attempt_id=ATTEMPT, order_id=ORDER, customer_id=CUSTOMER))
    timers = [each.intent for each in await shop.react() if isinstance(each.intent, Later)]
    end = RecordCheckoutFailed(attempt_id=ATTEMPT, reason="abandoned")
    assert Later(end, NOW + timedelta(minutes=30)) in timers
    await shop.do(end)
    assert (await shop.order()).open_attempt is None


class SlowGateway:
    """While it opens a page, the attempt is ended by others."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    async def open_checkout(self, _request: CheckoutRequest) -> CheckoutOutcome:
        await self.shop.do(RecordCheckoutFailed(attempt_id=ATTEMPT, reason="abandoned"))
        return CheckoutForm("late", "https://pay.test/late", 1800)


async def test_a_page_that_comes_too_late_is_shown_to_nobody(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.registered()
    await shop.placed()
    monkeypatch.setattr(shop.gateway, "open_checkout", SlowGateway(shop).open_checkout)
    attempt = await shop.paying()
    assert (attempt.state, attempt.page_url) == ("failed", "")


async def test_a_paid_page_pays_the_order(shop: Shop) -> None:
    attempt = await shop.at_the_page()
    shop.gateway.pay(attempt.token)
    confirmed = await shop.till.confirm(ATTEMPT)
    order = await shop.order()
    assert (confirmed.state, order.state, order.paid) == ("succeeded", "paid", TOTAL)
    assert order.open_attempt is None
    assert await ask_provider(ATTEMPT, shop.gateways, log=shop.log, clock=shop.clock) is None


async def test_three_sides_confirm_at_once_and_it_is_paid_once(shop: Shop) -> None:
    attempt = await shop.at_the_page()
    paid = shop.gateway.pay(attempt.token)
    barrier = asyncio.Barrier(3)

    class Behind:
        async def outcome(self, *_arguments: object) -> object:
            await barrier.wait()
            return paid

    shop.till._gateways = OneGateway(Behind())  # type: ignore[arg-type]  # only asks
    await asyncio.gather(*(shop.till.confirm(ATTEMPT) for _ in range(3)))
    kinds = shop.happened()
    assert (kinds.count(Order.Paid), kinds.count(PaymentAttempt.Succeeded)) == (1, 1)
    assert PaymentAttempt.FoundSurplus not in kinds


SIDES = ("return", "webhook_success", "webhook_failure", "sweeper")


@pytest.mark.parametrize("order_of_news", list(permutations(SIDES)))
async def test_news_in_any_order_end_in_the_same_state(
    shop: Shop, order_of_news: tuple[str, ...]
) -> None:
    attempt = await shop.at_the_page()
    shop.gateway.pay(attempt.token)
    for news in order_of_news:
        match news:
            case "return":
                await shop.till.confirm(ATTEMPT)
            case "sweeper":
                await sweep(shop)
            case _:
                await hint(shop, news)
        await shop.carry_out()
    order, attempt = await shop.order(), await shop.attempt()
    assert (order.state, order.refund_state, attempt.state) == ("paid", "none", "succeeded")
    assert shop.happened().count(Order.Paid) == 1


OUTCOMES = (paid_outcome(), NO, NotFinal("INIT_THREEDS"), Unknown("timeout"), InReview("1"))


@pytest.mark.parametrize("outcomes", list(permutations(range(len(OUTCOMES)))))
async def test_answers_in_any_order_end_in_the_same_state(
    shop: Shop, outcomes: tuple[int, ...]
) -> None:
    await shop.at_the_page()
    for index in outcomes:
        await shop.told(OUTCOMES[index])
    order, attempt = await shop.order(), await shop.attempt()
    assert (order.state, attempt.state) == ("paid", "succeeded")
    assert (order.paid, order.refunded) == (TOTAL, Money.of(0))


async def test_fifty_equal_webhooks_ask_once(shop: Shop) -> None:
    await shop.at_the_page()
    same = AskAboutPayment(attempt_id=ATTEMPT, asked_by="webhook", reference="same")
    await asyncio.gather(*(shop.do(same) for _ in range(50)))
    assert shop.happened().count(PaymentAttempt.OutcomeAsked) == 1


async def test_a_webhook_that_never_comes_is_made_up_for_by_the_sweeper(shop: Shop) -> None:
    attempt = await shop.at_the_page()
    timers = [each.intent for each in await shop.react() if isinstance(each.intent, Later)]
    first = next(timer for timer in timers if isinstance(timer.command, AskAboutPayment))
    assert first.due_at == NOW + timedelta(minutes=1)
    shop.gateway.pay(attempt.token)
    shop.clock.pass_(minutes=1)
    await shop.do(first.command)
    await shop.carry_out()
    assert (await shop.order()).state == "paid"


async def test_sweeps_follow_each_other_until_the_form_has_ended(shop: Shop) -> None:
    await shop.at_the_page()
    minutes = []
    while timers := [
        each.intent
        for each in await shop.react()
        if isinstance(each.intent, Later) and isinstance(each.intent.command, AskAboutPayment)
    ]:
        shop.clock.pass_(seconds=(timers[0].due_at - shop.clock.now()).total_seconds())
        minutes.append((timers[0].due_at - NOW).total_seconds() / 60)
        await shop.do(timers[0].command)
        await shop.till.confirm(ATTEMPT)
    assert minutes == [1, 5, 15, 35, 60]
    assert shop.happened().count(PaymentAttempt.OutcomeAsked) == 4
    assert (await shop.attempt()).state == "expired"


async def test_after_a_decline_the_same_page_takes_another_card(shop: Shop) -> None:
    attempt = await shop.at_the_page()
    shop.gateway.decline(attempt.token)
    assert (await shop.till.confirm(ATTEMPT)).state == "declined"
    assert (await shop.order()).open_attempt == ATTEMPT
    shop.gateway.pay(attempt.token)
    assert (await shop.till.confirm(ATTEMPT)).state == "succeeded"
    assert (await shop.order()).state == "paid"


async def test_after_the_page_has_ended_a_new_attempt_pays(shop: Shop) -> None:
    attempt = await shop.at_the_page()
    shop.gateway.decline(attempt.token)
    await shop.till.settle(ORDER, CUSTOMER)
    assert (await shop.order()).open_attempt == ATTEMPT
    shop.clock.pass_(minutes=34)
    await shop.till.settle(ORDER, CUSTOMER)
    await shop.till.settle(ORDER, CUSTOMER)
    second = await shop.paying(OTHER_ATTEMPT)
    shop.gateway.pay(second.token)
    await shop.till.confirm(OTHER_ATTEMPT)
    assert (await shop.order()).paid_attempt == OTHER_ATTEMPT


async def test_what_is_unknown_is_asked_until_it_is_known(shop: Shop) -> None:
    attempt = await shop.at_the_page()
    shop.gateway.pay(attempt.token)
    shop.gateway.next_outcomes.append(Unknown("timeout"))
    assert (await shop.till.confirm(ATTEMPT)).state == "unknown"
    assert (await shop.order()).open_attempt == ATTEMPT
    assert (await shop.till.confirm(ATTEMPT)).state == "succeeded"


@pytest.mark.parametrize(
    "answer", [Unknown("wrong_signature", alarm=True), Misconfigured("1001", "no such key")]
)
async def test_an_answer_that_contradicts_what_was_asked_pays_nothing_and_is_told(
    shop: Shop, answer: Unknown | Misconfigured
) -> None:
    await shop.at_the_page()
    assert await shop.told(answer) == "unknown"
    alarms = [
        e.event for e in shop.log.recorded if isinstance(e.event, PaymentAttempt.OutcomeUnknown)
    ]
    assert [alarm.alarm for alarm in alarms] == [True]
    assert (await shop.order()).state == "awaiting_payment"


async def test_a_second_success_on_one_order_goes_back(shop: Shop) -> None:
    first = await shop.at_the_page()
    shop.clock.pass_(minutes=34)
    await shop.till.settle(ORDER, CUSTOMER)
    second = await shop.paying(OTHER_ATTEMPT)
    for attempt in (second, first):
        shop.gateway.pay(attempt.token)
        await hint(shop, "late", attempt.id)
    order = await shop.order()
    assert (order.paid_attempt, order.refund_state) == (OTHER_ATTEMPT, "none")
    assert (await shop.attempt(ATTEMPT)).surplus == "double_payment"
    assert shop.gateway.given_back == TOTAL


async def test_a_success_after_cancelling_goes_back(shop: Shop) -> None:
    attempt = await shop.at_the_page()
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    shop.gateway.pay(attempt.token)
    await sweep(shop)
    attempt, order = await shop.attempt(), await shop.order()
    assert (attempt.surplus, order.state, order.open_attempt) == (
        "order_cancelled",
        "cancelled",
        None,
    )
    assert {refund.state for refund in attempt.refunds.values()} == {"refunded"}


async def test_a_payment_that_goes_back_is_told_of_once(shop: Shop) -> None:
    attempt = await shop.at_the_page()
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    shop.gateway.pay(attempt.token)
    await sweep(shop)
    recorded = await shop.log.page(0, 1000)
    told = [each.intent for one in recorded for each in reactions_to(one)]
    mail = SendMail(person_id=CUSTOMER, template="payment_goes_back", facts={})
    assert told.count(mail) == 1


async def test_a_success_after_the_order_expired_goes_back(shop: Shop) -> None:
    attempt = await shop.at_the_page()
    shop.clock.pass_(hours=24)
    await shop.till.confirm(ATTEMPT)
    await shop.carry_out()
    assert (await shop.order()).state == "expired"
    shop.gateway.pay(attempt.token)
    await hint(shop, "late")
    assert (await shop.attempt()).surplus == "order_expired"
    assert shop.gateway.given_back == TOTAL


async def paid(shop: Shop, *, days_ago: int = 0) -> None:
    attempt = await shop.at_the_page()
    shop.gateway.pay(attempt.token)
    await shop.till.confirm(ATTEMPT)
    shop.clock.pass_(days=days_ago)


async def test_cancelling_a_paid_order_gives_all_of_it_back(shop: Shop) -> None:
    await paid(shop, days_ago=1)
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    await shop.carry_out()
    order = await shop.order()
    assert (order.state, order.refund_state, order.refunded) == ("cancelled", "fully", TOTAL)
    assert len(shop.gateway.refunds) == 2
    job = RefundLine(attempt_id=ATTEMPT, refund_id=next(iter(shop.gateway.refunds)))
    assert await shop.refund(job) is None


async def test_a_part_of_an_order_goes_back_once_for_each_request(shop: Shop) -> None:
    await paid(shop, days_ago=1)
    part = RefundPart(line_id=LINES[1].line_id, amount=Money.of("10.00"))
    command = RefundOrder(order_id=ORDER, request_id=REQUEST, reason="damaged", parts=(part,))
    await shop.do(command)
    await shop.do(command)
    await shop.carry_out()
    assert ((await shop.order()).refunded, (await shop.order()).refund_state) == (
        Money.of("10.00"),
        "partly",
    )


async def test_nothing_goes_back_of_an_order_that_was_not_paid(shop: Shop) -> None:
    await shop.at_the_page()
    await shop.refuses(NotFound, RefundOrder(order_id=ORDER, request_id=REQUEST, reason=""))
    await shop.refuses(
        NothingCaptured, RefundPayment(attempt_id=ATTEMPT, request_id=REQUEST, reason="")
    )


async def test_a_refund_that_nobody_knows_of_is_tried_again(shop: Shop) -> None:
    await paid(shop, days_ago=1)
    await shop.do(RefundOrder(order_id=ORDER, request_id=REQUEST, reason="damaged"))
    shop.gateway.next_refunds.append(Unknown("timeout"))
    with pytest.raises(Unavailable):
        await shop.carry_out()
    states = {refund.state for refund in (await shop.attempt()).refunds.values()}
    assert states == {"requested"}


async def test_a_refund_that_was_refused_for_good_stays_visible(shop: Shop) -> None:
    await paid(shop, days_ago=1)
    await shop.do(RefundOrder(order_id=ORDER, request_id=REQUEST, reason="damaged"))
    shop.gateway.next_refunds.append(NO)
    await shop.carry_out()
    assert shop.happened().count(PaymentAttempt.RefundFailed) == 1
    assert (await shop.order()).refunded == Money.of("30.00")


async def test_a_refund_told_twice_counts_once(shop: Shop) -> None:
    await paid(shop, days_ago=1)
    await shop.do(RefundOrder(order_id=ORDER, request_id=REQUEST, reason="damaged"))
    refund_id = next(iter((await shop.attempt()).refunds))
    told = RecordRefundOutcome(attempt_id=ATTEMPT, refund_id=refund_id, outcome=Refunded("r"))
    await shop.do(told)
    await shop.do(told)
    assert shop.happened().count(Order.MoneyReturned) == 1


async def test_a_form_told_twice_is_the_first_one(shop: Shop) -> None:
    attempt = await shop.at_the_page()
    await shop.do(
        RecordCheckoutForm(
            attempt_id=ATTEMPT, token="another", page_url="https://pay.test", expires_at=NOW
        )
    )
    assert (await shop.attempt()).token == attempt.token
