"""Opening hosted pages at the emulator by each of its calls, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from adapters.iyzico import requests
from adapters.iyzico.emulator.shopper import PAYS, PAYS_AFTER_BANK_PAGE
from tests.payments.merchant import FORM, INITIALIZE, PAGE_SEAL, RETRIEVE, call, sealed
from tests.payments.till import SETTINGS, Till, checkout, till_at

WAYS = {
    f"{FORM}/initialize/ecom": "AUTH",
    f"{FORM}/initialize/auth/ecom": "AUTH",
    f"{FORM}/initialize/preauth/ecom": "PRE_AUTH",
    "/payment/pay-with-iyzico/initialize": "AUTH",
}


def basket(*prices: str, **change: object) -> dict[str, Any]:
    """A request to pay so many lines."""
    return requests.checkout_form(checkout(*prices)) | change


@pytest.mark.parametrize("path", WAYS)
async def test_each_way_opens_a_page_that_can_be_paid(till: Till, path: str) -> None:
    opened = await call(till, path, body=basket("10.50", "1.00"))
    await till.shopper.pay(opened["paymentPageUrl"])
    paid = await call(till, RETRIEVE, body={"token": opened["token"]})
    wallet = "pay-with-iyzico" in path
    assert sealed(opened, "conversationId", "token")
    assert sealed(paid, *PAGE_SEAL)
    assert (paid["phase"], paid["paymentStatus"]) == (WAYS[path], "SUCCESS")
    assert ("checkoutFormContent" in opened, "memberEmail" in paid) == (not wallet, wallet)


@pytest.mark.parametrize("path", WAYS)
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"price": "11.49"}, "5062"),
        ({"currency": "TL"}, "11"),
        ({"paymentGroup": "GIFT"}, "11"),
        ({"callbackUrl": "/return"}, "23"),
        ({"conversationId": "x" * 256}, "20"),
        ({"paidPrice": "0"}, "11"),
        ({"buyer": {"email": "a@example.org"}}, "5"),
    ],
)
async def test_each_way_refuses_the_same(
    till: Till, path: str, change: dict[str, object], code: str
) -> None:
    answer = await call(till, path, body=basket("10.50", "1.00", **change))
    assert (answer["status"], answer["errorCode"]) == ("failure", code)


async def test_a_basket_has_at_most_five_hundred_lines(till: Till) -> None:
    full = await call(till, INITIALIZE, body=basket(*["1.00"] * 500))
    fuller = await call(till, INITIALIZE, body=basket(*["1.00"] * 501))
    assert (full["status"], fuller["errorCode"]) == ("success", "11")


@pytest.mark.parametrize("price", ["0", "0.00", "-1", "NaN", ""])
async def test_free_lines_are_refused(till: Till, price: str) -> None:
    body = basket("10.00", "5.00")
    body["basketItems"][1]["price"] = price
    assert (await call(till, INITIALIZE, body=body))["errorCode"] == "11"


async def test_goods_that_are_not_sent_need_no_address_to_send_them_to(till: Till) -> None:
    body = basket("10.00", shippingAddress=None)
    assert (await call(till, INITIALIZE, body=body))["errorCode"] == "11"
    body["basketItems"][0]["itemType"] = "VIRTUAL"
    assert (await call(till, INITIALIZE, body=body))["status"] == "success"


async def test_what_is_paid_may_differ_from_the_price(till: Till) -> None:
    opened = await call(till, INITIALIZE, body=basket("60.00", "40.00", paidPrice="90.00"))
    await till.shopper.pay(opened["paymentPageUrl"])
    paid = await call(till, RETRIEVE, body={"token": opened["token"]})
    assert (paid["price"], paid["paidPrice"]) == (Decimal(100), Decimal(90))
    assert [i["paidPrice"] for i in paid["itemTransactions"]] == [Decimal(54), Decimal(36)]
    for name in ("iyziCommissionRateAmount", "iyziCommissionFee"):
        assert sum(item[name] for item in paid["itemTransactions"]) == paid[name]


async def test_the_merchant_may_want_the_bank_page_for_every_card(till: Till) -> None:
    opened = await call(till, INITIALIZE, body=basket("10.00", forceThreeDS="1"))
    screen = await till.shopper.enter_card(await till.shopper.open(opened["paymentPageUrl"]), PAYS)
    waiting = await call(till, RETRIEVE, body={"token": opened["token"]})
    await till.shopper.confirm_at_bank(screen)
    paid = await call(till, RETRIEVE, body={"token": opened["token"]})
    assert screen.code
    assert (waiting["paymentStatus"], paid["mdStatus"]) == ("INIT_THREEDS", 1)


async def test_the_merchant_may_refuse_debit_cards(till: Till) -> None:
    opened = await call(till, INITIALIZE, body=basket("10.00", debitCardAllowed="0"))
    screen = await till.shopper.open(opened["paymentPageUrl"])
    assert (await till.shopper.enter_card(screen, PAYS_AFTER_BANK_PAGE)).alert
    await till.shopper.pay(opened["paymentPageUrl"])
    paid = await call(till, RETRIEVE, body={"token": opened["token"]})
    assert paid["cardType"] == "CREDIT_CARD"


async def test_messages_are_in_the_language_that_was_asked_for(till: Till) -> None:
    told = {
        locale: await call(till, RETRIEVE, body={"token": "none", "locale": locale})
        for locale in ("tr", "en")
    }
    assert told["tr"]["errorMessage"] == "Ödeme formu bulunamadı"
    assert told["en"]["errorMessage"] == "Payment form token not found"
    assert [told[locale]["locale"] for locale in told] == ["tr", "en"]


@pytest.mark.parametrize("status", [httpx.codes.OK, httpx.codes.BAD_REQUEST])
async def test_failures_come_with_the_http_status_that_was_chosen(status: int) -> None:
    async with till_at(replace(SETTINGS, failure_status=status)) as till:
        assert (await till.browser.get(f"{till.base_url}/payment/test")).status_code == status


async def test_a_nonce_may_be_good_for_one_call_only() -> None:
    async with till_at(replace(SETTINGS, refuse_reused_nonces=True)) as till:
        first = await call(till, "/payment/test", method="GET")
        second = await call(till, "/payment/test", method="GET")
    assert (first["status"], second["errorCode"]) == ("success", "1000")
