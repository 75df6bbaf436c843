"""Refunds of credits: only what is unspent, for its money, credits and request in one step."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from msgspec.structs import replace

from application.notifications import SendMail
from application.orders import GiveCreditsBack, RefundCredits
from application.payments import RefundOrder
from application.payments.refunds import CreditsComeBackFirst
from application.ports import Declined
from domain.orders import CreditPurchase, NothingUnspent, Order
from domain.payments import PaymentAttempt
from domain.shared.errors import NotFound
from domain.shared.money import Money, total
from domain.wallet import InsufficientCredits, Wallet
from tests.orders.credits import (
    BUY,
    CREDITS,
    HOLD,
    LINE,
    NET,
    ORDER,
    OTHER_REFUND,
    PRICE,
    REFUND,
    REFUND_ID,
    CreditShop,
    held,
    spent,
)
from tests.orders.examples import CUSTOMER, DRAFT, STRANGER

NO = Declined(group="refund", code="5093", message="no")


def refuse(shop: CreditShop) -> None:
    """The provider neither calls the payment off nor gives it back."""
    shop.gateway.next_cancels.append(NO)
    shop.gateway.next_refunds.append(NO)


@pytest.fixture
async def shop() -> CreditShop:
    """The customer has bought credits, and no others are left."""
    shop = CreditShop()
    await shop.only_bought()
    return shop


async def test_unspent_credits_are_refunded_in_full(shop: CreditShop) -> None:
    receipt = await shop.do(REFUND)
    assert receipt.answer == {
        "refund_id": str(REFUND_ID),
        "credits": CREDITS,
        "amount": {"amount": "80.00", "currency": "TRY"},
    }
    await shop.carry_out()
    wallet, order = await shop.wallet(), await shop.order()
    assert (wallet.balance, wallet.lots[LINE].value) == (0, Money.of(0))
    assert (order.refunded, order.refund_state) == (PRICE, "fully")
    assert shop.gateway.given_back == PRICE


async def test_a_refund_after_spending_gives_back_the_unspent_part_only(shop: CreditShop) -> None:
    await shop.uses(spent(123))
    await shop.do(REFUND)
    taken = (await shop.purchase()).taken[REFUND_ID]
    assert (taken.credits, taken.amount) == (377, Money.of("60.32"))
    assert taken.net == NET - Money.of("16.40")
    assert (await shop.wallet()).balance == 0


async def test_credits_that_are_set_aside_are_not_refunded(shop: CreditShop) -> None:
    await shop.uses(held(200))
    await shop.do(REFUND)
    assert (await shop.purchase()).taken[REFUND_ID].credits == 300
    wallet = await shop.wallet()
    assert (wallet.balance, wallet.held, wallet.available) == (200, 200, 0)
    await shop.refuses(NothingUnspent, OTHER_REFUND)
    await shop.uses(lambda wallet: wallet.release(HOLD, reason="cancelled"))
    await shop.do(OTHER_REFUND)
    await shop.carry_out()
    assert total(amount for _, amount in shop.gateway.refunds.values()) == PRICE


async def test_spending_after_a_refund_finds_nothing(shop: CreditShop) -> None:
    await shop.do(REFUND)
    with pytest.raises(InsufficientCredits):
        await shop.uses(spent(1))


async def test_nothing_is_refunded_when_all_is_spent(shop: CreditShop) -> None:
    await shop.uses(spent(CREDITS))
    await shop.refuses(NothingUnspent, REFUND)


async def test_welcome_credits_are_never_turned_into_money() -> None:
    shop = CreditShop()
    await shop.bought()
    await shop.uses(spent(300))
    await shop.do(REFUND)
    wallet = await shop.wallet()
    assert (await shop.purchase()).taken[REFUND_ID].amount == PRICE
    assert wallet.balance == 200
    assert {lot.credit_class for lot in wallet.lots.values() if lot.remaining} == {"promotional"}


async def test_two_refunds_never_take_the_same_credit_back_twice(shop: CreditShop) -> None:
    outcomes = await asyncio.gather(
        shop.do(REFUND),
        shop.do(OTHER_REFUND),
        *(shop.do(replace(OTHER_REFUND, request_id=UUID(int=n))) for n in range(1, 9)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, NothingUnspent) for each in outcomes) == 9
    assert shop.happened().count(Wallet.CreditsClawedBack) == 1
    assert shop.happened().count(PaymentAttempt.CancelRequested) == 1
    await shop.carry_out()
    assert shop.gateway.given_back == PRICE


async def test_a_refund_is_one_step_of_wallet_purchase_and_payment(shop: CreditShop) -> None:
    await shop.do(REFUND)
    kinds = [type(event) for event in shop.log.appended[-1].events]
    assert kinds == [
        CreditPurchase.TakenBack,
        Wallet.CreditsClawedBack,
        PaymentAttempt.CancelRequested,
    ]


async def test_money_of_an_order_of_credits_goes_back_against_credits_only(
    shop: CreditShop,
) -> None:
    await shop.refuses(
        CreditsComeBackFirst, RefundOrder(order_id=ORDER, request_id=DRAFT, reason="goodwill")
    )


async def test_nobody_has_anothers_credits_refunded(shop: CreditShop) -> None:
    await shop.refuses(NotFound, replace(REFUND, customer_id=STRANGER))
    await shop.refuses(NotFound, replace(REFUND, order_id=DRAFT))


async def test_what_was_not_granted_yet_is_not_refunded() -> None:
    shop = CreditShop()
    await shop.opened()
    await shop.do(BUY)
    await shop.refuses(NotFound, REFUND)
    await shop.pays()
    await shop.refuses(NotFound, REFUND)


async def test_no_credits_are_taken_back_without_a_word(shop: CreditShop) -> None:
    await shop.do(REFUND)
    mails = [each.intent for each in await shop.react() if isinstance(each.intent, SendMail)]
    facts = {"number": (await shop.order()).number, "credits": "500"}
    assert mails[-1] == SendMail(
        person_id=CUSTOMER, template="credits_taken_back", facts=facts, amount=Money.of(80)
    )


async def test_credits_come_back_when_the_provider_refuses_the_refund(shop: CreditShop) -> None:
    await shop.uses(spent(100))
    shop.gateway.next_refunds.append(NO)
    await shop.do(REFUND)
    await shop.carry_out()
    wallet, order = await shop.wallet(), await shop.order()
    back = wallet.lots[CreditPurchase.lot_given_back(REFUND_ID)]
    assert (wallet.balance, back.granted, back.order_id) == (400, 400, ORDER)
    assert total(lot.value for lot in wallet.lots.values()) == NET - Money.of("13.33")
    assert (order.refunded, order.refund_state) == (Money.of(0), "none")
    assert (await shop.attempt()).refunds[REFUND_ID].state == "failed"
    templates = [w.intent.template for w in shop.wanted if isinstance(w.intent, SendMail)]
    assert templates[-1] == "credits_given_back"
    head = await shop.log.head()
    await shop.do(GiveCreditsBack(order_id=ORDER, refund_id=REFUND_ID))
    assert await shop.log.head() == head


async def test_a_request_that_was_refused_by_the_provider_is_no_second_one(
    shop: CreditShop,
) -> None:
    refuse(shop)
    answer = (await shop.do(REFUND)).answer
    await shop.carry_out()
    head = await shop.log.head()
    assert (await shop.do(REFUND)).answer == answer
    assert (await shop.log.head(), (await shop.purchase()).gone) == (head, 0)


async def test_a_refund_can_be_asked_again_after_it_was_refused(shop: CreditShop) -> None:
    refuse(shop)
    await shop.do(REFUND)
    await shop.carry_out()
    await shop.do(OTHER_REFUND)
    await shop.carry_out()
    assert (await shop.order()).refunded == PRICE
    wallet = await shop.wallet()
    assert (wallet.balance, total(lot.value for lot in wallet.lots.values())) == (0, Money.of(0))


async def test_a_refund_of_covers_that_fails_gives_no_credits() -> None:
    shop = CreditShop()
    await shop.opened()
    await shop.placed()
    await shop.do(GiveCreditsBack(order_id=Order.id_of(DRAFT), refund_id=REFUND_ID))
    assert CreditPurchase.GivenBack not in shop.happened()


async def test_credits_that_a_generation_gives_back_can_be_refunded_later(
    shop: CreditShop,
) -> None:
    await shop.uses(spent(200))
    await shop.do(REFUND)
    await shop.uses(
        lambda wallet: wallet.refund_capture(UUID(int=5), hold_id=HOLD, reason="unusable")
    )
    await shop.do(OTHER_REFUND)
    await shop.carry_out()
    assert (await shop.order()).refunded == PRICE


async def test_the_house_may_ask_for_a_refund_too(shop: CreditShop) -> None:
    asked = RefundCredits(order_id=ORDER, request_id=DRAFT, reason="finance")
    assert (await shop.do(asked)).answer["credits"] == CREDITS
