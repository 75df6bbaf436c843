"""Buying credits: one order for one request, paid like any other, granted once, invoiced."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest
from msgspec.structs import replace

from application.addresses import AddAddress
from application.bus import Call
from application.invoices import IssueInvoice
from application.notifications import SendMail
from application.orders import (
    BuyCredits,
    CancelOrder,
    ExpireOrder,
    GrantCredits,
    RecordDelivered,
    StartProduction,
)
from application.orders.purchases import (
    AmountNotOffered,
    BillingMissing,
    PackageOrAmount,
)
from application.production import RequestPrint
from application.terms import Terms
from domain.addresses import AddressIncomplete, UnknownAddress
from domain.invoices import Invoice
from domain.orders import CreditPurchase, Order
from domain.payments import PaymentAttempt
from domain.pricing import CreditPackage, PriceChanged
from domain.shared.money import Money
from domain.wallet import Wallet
from tests.orders.credits import (
    BUY,
    CREDITS,
    LINE,
    NET,
    ORDER,
    PRICE,
    REQUEST,
    START,
    WELCOME,
    CreditShop,
)
from tests.orders.examples import ADDRESS, ATTEMPT, CUSTOMER, SHOPPER, STRANGER

SAVED = UUID(int=71)


@pytest.fixture
def shop() -> CreditShop:
    return CreditShop()


async def test_an_order_of_credits_freezes_what_it_brings_and_costs(shop: CreditShop) -> None:
    receipt = await shop.do(BUY)
    order = await shop.order()
    assert receipt.answer == {
        "order_id": str(ORDER),
        "number": order.number,
        "credits": CREDITS,
        "total": {"amount": "80.00", "currency": "TRY"},
    }
    [line] = order.lines
    assert (line.kind, line.credits, line.gross, line.kdv_rate) == (
        "credits",
        CREDITS,
        PRICE,
        Decimal(20),
    )
    assert line.name == "500 kapak üretim kredisi"
    assert (order.method, order.draft_id, order.particulars.delivery) == ("credits", None, None)
    assert order.particulars.billing == ADDRESS


async def test_paid_credits_are_in_the_wallet_with_what_was_paid_for_them(
    shop: CreditShop,
) -> None:
    await shop.bought()
    wallet = await shop.wallet()
    assert (wallet.balance, wallet.available) == (WELCOME + CREDITS, WELCOME + CREDITS)
    lot = wallet.lots[LINE]
    assert (lot.credit_class, lot.origin, lot.granted, lot.value) == (
        "purchased",
        "purchase",
        CREDITS,
        NET,
    )
    assert (lot.order_id, lot.expires_at) == (ORDER, None)
    [granted] = [
        each.event
        for each in shop.log.recorded
        if isinstance(each.event, Wallet.CreditsGranted) and each.event.order_id
    ]
    assert (granted.paid, granted.kdv_rate) == (PRICE, Decimal(20))
    assert (await shop.order()).state == "delivered"


async def test_bought_credits_expire_only_if_that_is_configured(shop: CreditShop) -> None:
    shop.goes_by(Terms(purchased_days=30))
    await shop.bought()
    lot = (await shop.wallet()).lots[LINE]
    assert lot.expires_at is not None
    assert (lot.expires_at - shop.clock.now()).days == 30


async def test_a_wallet_is_opened_for_credits_if_there_is_none(shop: CreditShop) -> None:
    await shop.registered()
    await shop.do(BUY)
    await shop.pays()
    await shop.react()
    assert (await shop.wallet()).balance == CREDITS


async def test_buying_twice_with_one_key_buys_once(shop: CreditShop) -> None:
    call = Call(key="k", caller="c", request_hash=b"same")
    asked = [replace(BUY, request_id=UUID(int=900 + number)) for number in range(50)]
    receipts = await asyncio.gather(*(shop.do(command, call) for command in asked))
    assert len({receipt.id for receipt in receipts}) == 1
    assert shop.happened().count(Order.Placed) == 1


async def test_a_request_that_is_repeated_without_a_key_is_one_order(shop: CreditShop) -> None:
    await asyncio.gather(*(shop.do(BUY) for _ in range(50)))
    assert shop.happened().count(Order.Placed) == 1


async def test_credits_are_granted_once_however_often_it_is_asked(shop: CreditShop) -> None:
    await shop.bought()
    head = await shop.log.head()
    await asyncio.gather(*(shop.do(GrantCredits(order_id=ORDER)) for _ in range(20)))
    assert await shop.log.head() == head


async def test_unpaid_and_cancelled_orders_bring_no_credits(shop: CreditShop) -> None:
    await shop.opened()
    await shop.do(BUY)
    await shop.do(GrantCredits(order_id=ORDER))
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    await shop.do(GrantCredits(order_id=ORDER))
    await shop.react()
    assert (await shop.wallet()).balance == WELCOME
    assert CreditPurchase.Granted not in shop.happened()


async def test_an_unpaid_order_of_credits_expires(shop: CreditShop) -> None:
    await shop.do(BUY)
    shop.clock.pass_(hours=24)
    await shop.do(ExpireOrder(order_id=ORDER))
    assert (await shop.order()).state == "expired"


async def test_money_that_comes_after_the_cancelling_goes_back_and_brings_nothing(
    shop: CreditShop,
) -> None:
    await shop.opened()
    await shop.do(BUY)
    await shop.do(START)
    attempt = await shop.till.open_form(ATTEMPT, SHOPPER)
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    shop.gateway.pay(attempt.token)
    await shop.till.confirm(ATTEMPT)
    await shop.carry_out()
    assert shop.gateway.given_back == PRICE
    assert (await shop.wallet()).balance == WELCOME


async def test_cancelling_between_payment_and_grant_gives_money_or_credits_and_never_both(
    shop: CreditShop,
) -> None:
    await shop.opened()
    await shop.do(BUY)
    await shop.pays()
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    await shop.carry_out()
    assert shop.gateway.given_back == PRICE
    assert (await shop.wallet()).balance == WELCOME
    assert (await shop.order()).refund_state == "fully"


async def test_prices_that_were_read_wrong_never_correct_a_balance_downwards(
    shop: CreditShop,
) -> None:
    """What was shown is what is charged, and what was ordered is what comes, whatever the price
    list says by then.
    """
    cheaper = replace(BUY, price=Money.of("79.00"))
    refusal = await shop.refuses(PriceChanged, cheaper)
    assert refusal.facts == {"shown": Money.of("79.00"), "price": PRICE}
    await shop.opened()
    await shop.do(replace(BUY, price=PRICE))
    list_of_now = Terms().credit_prices[0]
    half = CreditPackage(package_id="credits-500", credits=250, price=Money.of("160.00"))
    prices = replace(list_of_now, packages=(half,))
    shop.goes_by(Terms(credit_prices=(prices,)))
    await shop.pays()
    await shop.react()
    wallet = await shop.wallet()
    assert (wallet.lots[LINE].granted, wallet.balance) == (CREDITS, WELCOME + CREDITS)
    assert (await shop.attempt()).amount == PRICE
    assert Wallet.CreditsClawedBack not in shop.happened()


async def test_what_is_not_on_offer_is_not_ordered(shop: CreditShop) -> None:
    amount = replace(BUY, package_id=None)
    await shop.refuses(AmountNotOffered, replace(amount, credits=99))
    await shop.refuses(AmountNotOffered, replace(amount, credits=10_001))
    await shop.refuses(PackageOrAmount, replace(BUY, credits=500))
    await shop.refuses(PackageOrAmount, amount)


async def test_the_invoice_goes_to_a_saved_address_or_to_one_that_is_given(
    shop: CreditShop,
) -> None:
    unsaid = BuyCredits(request_id=REQUEST, customer_id=CUSTOMER, credits=100)
    await shop.refuses(BillingMissing, unsaid)
    await shop.refuses(BillingMissing, replace(BUY, address_id=SAVED))
    for name in (" ", "\u200b"):
        billing = replace(ADDRESS, name=name)
        await shop.refuses(AddressIncomplete, replace(BUY, billing=billing))
    await shop.refuses(UnknownAddress, replace(unsaid, address_id=SAVED))
    await shop.do(AddAddress(person_id=CUSTOMER, address_id=SAVED, address=ADDRESS))
    strangers = replace(unsaid, customer_id=STRANGER)
    await shop.refuses(UnknownAddress, replace(strangers, address_id=SAVED))
    await shop.do(unsaid)
    assert (await shop.order()).particulars.billing == ADDRESS


async def test_credits_are_not_printed_or_delivered_by_carrier(shop: CreditShop) -> None:
    await shop.opened()
    await shop.do(BUY)
    await shop.pays()
    head = await shop.log.head()
    await shop.do(RequestPrint(order_id=ORDER))
    await shop.do(StartProduction(order_id=ORDER, print_digest="00"))
    await shop.do(RecordDelivered(order_id=ORDER))
    assert await shop.log.head() == head


async def test_the_buyer_is_told_of_the_order_and_of_the_credits(shop: CreditShop) -> None:
    await shop.opened()
    await shop.do(BUY)
    await shop.pays()
    mails = [each.intent for each in await shop.react() if isinstance(each.intent, SendMail)]
    number = (await shop.order()).number
    told = [(mail.template, mail.facts, mail.amount) for mail in mails]
    assert [mail for mail in told if mail[0].startswith("cr")] == [
        ("credits_ordered", {"number": number}, None),
        ("credits_bought", {"number": number, "credits": "500"}, Money.of(80)),
    ]
    assert not [mail for mail in mails if mail.template in {"order_placed", "order_paid"}]


async def test_the_provider_is_told_of_something_that_is_not_sent(shop: CreditShop) -> None:
    await shop.opened()
    await shop.do(BUY)
    await shop.do(START)
    await shop.till.open_form(ATTEMPT, SHOPPER)
    [request] = shop.gateway.requests.values()
    assert request.shipping is None
    assert [(line.physical, line.category, line.price) for line in request.lines] == [
        (False, "Kredi", PRICE)
    ]


async def test_the_invoice_names_the_credits_and_has_no_slip_to_send_goods_back(
    shop: CreditShop,
) -> None:
    shop.goes_by(Terms())
    await shop.bought()
    await shop.do(IssueInvoice(order_id=ORDER, paid_at=shop.clock.now()))
    [issued] = [e.event for e in shop.log.recorded if isinstance(e.event, Invoice.Issued)]
    [line] = issued.sale.lines
    assert (line.description, line.gross, line.net, line.tax, line.rate) == (
        "500 kapak üretim kredisi",
        PRICE,
        NET,
        Money.of("13.33"),
        Decimal(20),
    )
    assert not issued.sale.goods
    assert shop.happened().count(PaymentAttempt.Succeeded) == 1
