"""Our book and the provider's beside each other: the real gateway against the emulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from adapters.iyzico.emulator.shopper import NO_FUNDS, PAYS, PAYS_AFTER_BANK_PAGE
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from application.orders import CancelOrder
from application.payments import RefundLine
from application.ports import Unavailable
from application.processes import checkout as _checkout  # noqa: F401  # registers reactions
from domain.payments import PaymentAttempt
from projections.reads import Reads
from projections.replay import verify
from tests.payments.checkout import MODELS, Checkout
from tests.payments.till import Till
from workers.payments import refund_line


@pytest.fixture
async def shop(
    pool: Pool, event_log: PostgresLog, database_url: str, till: Till
) -> AsyncIterator[Checkout]:
    """A shop whose provider is the emulator."""
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    try:
        opened = Checkout(pool, event_log, reads, provider=till.gateway)
        await opened.catch_up()
        yield opened
    finally:
        await reads.stop()


async def page_of_an_order(shop: Checkout) -> PaymentAttempt:
    customer = await shop.customer()
    order_id = await shop.ordered(customer)
    answer = await shop.pay_page(customer, order_id)
    return await shop.attempt(UUID(answer.json()["attempt_id"]))


async def bring_back(shop: Checkout, till: Till, attempt: PaymentAttempt, card: str) -> int:
    """Pay by a card and let the browser come back to where the provider's page sends it."""
    screen = await till.shopper.pay(attempt.page_url, card)
    assert screen.form
    path = urlsplit(screen.form.action).path.removeprefix("/api/v1")
    return (await shop.client.post(path, data=screen.form.fields)).status_code


async def booked(till: Till, shop: Checkout, attempt: PaymentAttempt) -> dict[str, Any]:
    capture = (await shop.attempt(attempt.id)).capture
    assert capture
    return await till.booked(capture.payment_id)


async def agree(shop: Checkout) -> None:
    """Each read table is what the log adds up to."""
    await shop.catch_up()
    for model in MODELS:
        verdict = await verify(
            shop.backend.pool, shop.log, model=model, tell=lambda _progress: None
        )
        wrong = (*verdict.missing, *verdict.unexpected, *verdict.different)
        assert wrong == (), model.name


@pytest.mark.parametrize("card", [PAYS, PAYS_AFTER_BANK_PAGE])
async def test_a_card_pays_through_the_providers_own_pages(
    shop: Checkout, till: Till, card: str
) -> None:
    attempt = await page_of_an_order(shop)
    assert await bring_back(shop, till, attempt, card) == 303
    assert (await shop.order(attempt.order_id)).state == "paid"
    await agree(shop)


async def test_a_declined_card_is_followed_by_a_good_one_on_the_same_page(
    shop: Checkout, till: Till
) -> None:
    attempt = await page_of_an_order(shop)
    screen = await till.shopper.pay(attempt.page_url, NO_FUNDS)
    assert screen.alert
    await shop.come_back(attempt.id, attempt.token)
    assert (await shop.attempt(attempt.id)).state == "declined"
    assert await bring_back(shop, till, attempt, PAYS) == 303
    assert (await shop.order(attempt.order_id)).state == "paid"


async def test_the_money_of_a_cancelled_order_leaves_the_providers_book_too(
    shop: Checkout, till: Till
) -> None:
    attempt = await page_of_an_order(shop)
    await bring_back(shop, till, attempt, PAYS)
    await shop.backend.bus.execute(_cancel(attempt))
    await shop.carry_out()
    order = await shop.order(attempt.order_id)
    assert (order.refund_state, (await booked(till, shop, attempt))["cancelled"]) == ("fully", True)
    assert "payment.cancelled" in [each.event.TOPIC for each in await shop.log.page(0, 1000)]
    await agree(shop)


async def test_what_the_provider_can_not_call_off_goes_back_line_by_line(
    shop: Checkout, till: Till
) -> None:
    attempt = await page_of_an_order(shop)
    await bring_back(shop, till, attempt, PAYS)
    # The provider's day ends, and ours has not
    await till.control("clock", advance_seconds=86_400)
    await shop.backend.bus.execute(_cancel(attempt))
    await shop.carry_out()
    order, theirs = await shop.order(attempt.order_id), await booked(till, shop, attempt)
    assert (order.refund_state, theirs["cancelled"], theirs["refunded"]) == (
        "fully",
        False,
        "1290.00",
    )
    await agree(shop)


async def test_a_refund_whose_answer_was_lost_is_given_once(shop: Checkout, till: Till) -> None:
    attempt = await page_of_an_order(shop)
    await bring_back(shop, till, attempt, PAYS)
    shop.clock.pass_(days=1)
    await shop.backend.bus.execute(_cancel(attempt))
    await till.control("faults", call="refund", kind="reset_after")
    with pytest.raises(Unavailable):
        await shop.carry_out()
    for refund_id in (await shop.attempt(attempt.id)).refunds:
        job = RefundLine(attempt_id=attempt.id, refund_id=refund_id)
        command: Any = await refund_line(job, till.gateway, shop.log, clock=shop.clock)
        await shop.backend.bus.execute(command)
    order = await shop.order(attempt.order_id)
    assert (order.refund_state, (await booked(till, shop, attempt))["refunded"]) == (
        "fully",
        "1290.00",
    )


@pytest.mark.parametrize("fault", ["reset_after", "http_500", "html", "truncated", "rate_limit"])
async def test_a_return_that_the_provider_does_not_answer_is_made_up_for_later(
    shop: Checkout, till: Till, fault: str
) -> None:
    attempt = await page_of_an_order(shop)
    for call in ("retrieve", "detail"):
        await till.control("faults", call=call, kind=fault)
    assert await bring_back(shop, till, attempt, PAYS) == 303
    assert (await shop.attempt(attempt.id)).state == "unknown"
    await shop.come_back(attempt.id, attempt.token)
    assert (await shop.order(attempt.order_id)).state == "paid"


@pytest.mark.parametrize("fault", ["wrong_signature", "wrong_amount", "wrong_basket"])
async def test_an_answer_that_contradicts_the_order_raises_an_alarm_and_pays_nothing(
    shop: Checkout, till: Till, fault: str
) -> None:
    attempt = await page_of_an_order(shop)
    await till.control("faults", call="retrieve", kind=fault)
    await bring_back(shop, till, attempt, PAYS)
    assert (await shop.attempt(attempt.id)).alarms
    assert (await shop.order(attempt.order_id)).state == "awaiting_payment"
    await agree(shop)


def _cancel(attempt: PaymentAttempt) -> CancelOrder:
    return CancelOrder(order_id=attempt.order_id, customer_id=attempt.customer_id)
