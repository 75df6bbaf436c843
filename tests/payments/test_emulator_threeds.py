"""3-D Secure by the merchant's own calls: start, the bank's page, and only then the money."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.iyzico import requests
from adapters.iyzico.emulator.shopper import Form, Screen
from tests.payments.merchant import Answer, call, sealed
from tests.payments.till import SETTINGS, Till, checkout, till_at

START = "/payment/3dsecure/initialize"
FINISH = "/payment/3dsecure/auth"
FINISH_CHECKED = "/payment/v2/3dsecure/auth"
SEALED = ("paymentId", "currency", "basketId", "conversationId", "paidPrice", "price")
CREDIT, DEBIT = "5526080000000006", "5890040000000016"
BAD_SIGNATURE, ATTEMPT_ONLY = "4131111111111117", "4141111111111115"


def order(number: str = CREDIT, **card: str) -> dict[str, Any]:
    """An order with a card that the merchant sends."""
    sent = {
        "cardHolderName": "Ayşe Yılmaz",
        "cardNumber": number,
        "expireMonth": "12",
        "expireYear": "2040",
        "cvc": "123",
    }
    return requests.checkout_form(checkout("100.00", "20.00")) | {"paymentCard": sent | card}


async def at_bank(till: Till, started: Answer) -> Screen:
    """Let the browser follow what the merchant shows it."""
    html = base64.b64decode(started["threeDSHtmlContent"]).decode()
    fields = dict.fromkeys(("token", "lang"), "")
    for name in fields:
        fields[name] = html.split(f'name="{name}" value="')[1].split('"')[0]
    address = html.split('action="')[1].split('"')[0]
    return await till.shopper.open(f"{address}?token={fields['token']}&lang={fields['lang']}")


async def confirmed(till: Till, started: Answer, code: str | None = None) -> dict[str, str]:
    """Confirm at the bank; what the browser then posts to the merchant."""
    screen = await till.shopper.confirm_at_bank(await at_bank(till, started), code)
    assert isinstance(screen.form, Form)
    assert screen.form.action == "http://127.0.0.1:9/return"
    return screen.form.fields


async def test_money_moves_only_with_the_second_call(till: Till) -> None:
    started = await call(till, START, body=order())
    assert sealed(started, "paymentId", "conversationId")
    payment_id = started["paymentId"]
    early = await call(till, FINISH, body={"paymentId": payment_id})
    posted = await confirmed(till, started)
    unpaid = await call(till, "/payment/detail", body={"paymentId": payment_id})
    done = await call(till, FINISH, body={"paymentId": payment_id})
    paid = await call(till, "/payment/detail", body={"paymentId": payment_id})
    assert early["status"] == "failure"
    assert unpaid["errorCode"] == "5002"
    assert (posted["status"], posted["mdStatus"]) == ("success", "1")
    assert (done["status"], done["mdStatus"], done["paidPrice"]) == ("success", 1, Decimal(120))
    assert sealed(done, *SEALED)
    assert paid["paymentId"] == payment_id


async def test_the_browser_posts_six_signed_fields(till: Till) -> None:
    started = await call(till, START, body=order())
    posted = await confirmed(till, started)
    names = ("conversationData", "conversationId", "mdStatus", "paymentId", "status")
    assert set(posted) == {*names, "signature"}
    assert sealed(posted, *names)


async def test_a_second_call_for_the_money_is_refused(till: Till) -> None:
    started = await call(till, START, body=order())
    await confirmed(till, started)
    body = {"paymentId": started["paymentId"]}
    assert (await call(till, FINISH, body=body))["status"] == "success"
    assert (await call(till, FINISH, body=body))["status"] == "failure"


@pytest.mark.parametrize(
    "change",
    [{"paidPrice": "119.99"}, {"basketId": "other"}, {"currency": "USD"}, {"paidPrice": None}],
)
async def test_the_newer_call_refuses_what_differs_from_the_start(
    till: Till, change: dict[str, object]
) -> None:
    asked = order()
    started = await call(till, START, body=asked)
    await confirmed(till, started)
    same = {name: asked[name] for name in ("paidPrice", "basketId", "currency")}
    body = {"paymentId": started["paymentId"]} | same
    assert (await call(till, FINISH_CHECKED, body=body | change))["errorCode"] == "11"
    assert (await call(till, FINISH_CHECKED, body=body))["status"] == "success"


@pytest.mark.parametrize(("number", "md_status"), [(BAD_SIGNATURE, "0"), (ATTEMPT_ONLY, "4")])
async def test_a_card_the_bank_does_not_confirm_is_not_charged(
    till: Till, number: str, md_status: str
) -> None:
    started = await call(till, START, body=order(number))
    posted = await confirmed(till, started)
    assert (posted["status"], posted["mdStatus"]) == ("failure", md_status)
    answer = await call(till, FINISH, body={"paymentId": started["paymentId"]})
    assert (answer["errorCode"], answer["errorGroup"]) == ("10215", "THREEDS_FAILED")


async def test_wrong_data_from_the_bank_return_is_refused(till: Till) -> None:
    started = await call(till, START, body=order())
    posted = await confirmed(till, started)
    body = {"paymentId": started["paymentId"], "conversationData": "other"}
    assert (await call(till, FINISH, body=body))["errorCode"] == "11"
    body["conversationData"] = posted["conversationData"]
    assert (await call(till, FINISH, body=body))["status"] == "success"


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ({"cardNumber": "5526080000000007"}, "12"),
        ({"expireYear": "2020"}, "13"),
        ({"expireMonth": "13"}, "13"),
        ({"cvc": "1"}, "15"),
        ({"cardHolderName": ""}, "17"),
        ({"cardNumber": "4151111111111112"}, "10215"),
        ({"cardNumber": "4111111111111129"}, "10051"),
        ({"cardToken": "t"}, "5111"),
    ],
)
async def test_a_card_that_can_not_be_used_is_refused_by_code(
    till: Till, card: dict[str, str], code: str
) -> None:
    assert (await call(till, START, body=order(**card)))["errorCode"] == code


async def test_money_is_held_first_and_taken_later(till: Till) -> None:
    started = await call(till, f"{START}/preauth", body=order())
    await confirmed(till, started)
    body = {"paymentId": started["paymentId"]}
    held = await call(till, FINISH, body=body)
    line = {"paymentTransactionId": held["itemTransactions"][0]["paymentTransactionId"]}
    early = await call(till, "/payment/refund", body=line | {"price": "1"})
    too_much = await call(till, "/payment/postauth", body=body | {"paidPrice": "120.01"})
    taken = await call(till, "/payment/postauth", body=body | {"paidPrice": "60.00"})
    again = await call(till, "/payment/postauth", body=body | {"paidPrice": "60.00"})
    assert (held["phase"], early["errorCode"], too_much["errorCode"]) == ("PRE_AUTH", "11", "5005")
    assert (taken["phase"], taken["paidPrice"]) == ("POST_AUTH", Decimal(60))
    assert sum(item["paidPrice"] for item in taken["itemTransactions"]) == Decimal(60)
    assert again["status"] == "failure"


async def test_cards_are_charged_without_the_bank_only_where_that_is_switched_on() -> None:
    async with till_at(replace(SETTINGS, direct_payments=True)) as till:
        charged = await call(till, "/payment/auth", body=order(registerCard="1"))
        stored = {key: charged[key] for key in ("cardUserKey", "cardToken")}
        again = await call(till, "/payment/auth", body=order() | {"paymentCard": stored})
        held = await call(till, "/payment/preauth", body=order())
        debit = await call(till, "/payment/auth", body=order(DEBIT))
        declined = await call(till, "/payment/auth", body=order("4125111111111115"))
        foreign = await call(
            till, "/payment/auth", body=order() | {"paymentCard": stored | {"cardToken": "x"}}
        )
    assert (charged["status"], charged["mdStatus"]) == ("success", None)
    assert (again["lastFourDigits"], again["cardToken"]) == ("0006", stored["cardToken"])
    assert held["phase"] == "PRE_AUTH"
    assert (debit["errorCode"], debit["errorGroup"]) == ("10217", "DEBIT_REQUIRES_3DS")
    assert declined["errorGroup"] == "EXPIRED_CARD"
    assert foreign["errorCode"] == "3006"
