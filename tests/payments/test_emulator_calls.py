"""The emulator's calls: who is let in, what is refused, what is given back."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import socket
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.iyzico import requests
from adapters.iyzico.emulator import create_emulator
from adapters.iyzico.emulator.commission import EIGHT_DECIMALS, KURUS, split
from adapters.iyzico.emulator.figures import figure, share
from adapters.iyzico.emulator.shopper import PAYS, PAYS_BUT_CANNOT_BE_REFUNDED
from application.ports import CheckoutForm, Unknown
from tests.payments.merchant import INITIALIZE, call
from tests.payments.till import API_KEY, SECRET_KEY, SETTINGS, Till, checkout, till_at

DAY = 24 * 60 * 60


@pytest.mark.parametrize("raw", [b"", b"null", b"{}"])
async def test_a_call_without_a_request_may_sign_whatever_it_sends(till: Till, raw: bytes) -> None:
    answer = await call(till, "/payment/test", raw=raw, method="GET")
    assert answer["status"] == "success"


async def test_the_bytes_are_signed_not_their_meaning(till: Till) -> None:
    spaced = b'{ "token" :\n"none", "locale": "en" }'
    answer = await call(till, "/payment/iyzipos/checkoutform/auth/ecom/detail", raw=spaced)
    assert answer["errorCode"] == "5124"


@pytest.mark.parametrize(
    "authorization",
    ["", "IYZWS old", "IYZWSv2 %%%", "IYZWSv2 " + base64.b64encode(b"\xff").decode()],
)
async def test_who_shows_no_known_key_is_turned_away(till: Till, authorization: str) -> None:
    reply = await till.browser.get(
        f"{till.base_url}/payment/test", headers={"Authorization": authorization}
    )
    assert reply.json()["errorCode"] == "1001"


async def test_a_nonce_that_differs_from_the_signed_one_is_refused(till: Till) -> None:
    claims = base64.b64encode(f"apiKey:{API_KEY}&randomKey:a&signature:x".encode()).decode()
    headers = {"Authorization": f"IYZWSv2 {claims}", "x-iyzi-rnd": "b"}
    reply = await till.browser.get(f"{till.base_url}/payment/test", headers=headers)
    assert reply.json()["errorCode"] == "1000"


@pytest.mark.parametrize("path", [INITIALIZE, INITIALIZE.replace("ecom", "auth/ecom")])
async def test_both_addresses_open_a_page(till: Till, path: str) -> None:
    body = requests.checkout_form(checkout())
    answer = await call(till, path, body=body)
    message = f"{body['conversationId']}:{answer['token']}".encode()
    assert answer["status"] == "success"
    assert answer["tokenExpireTime"] == 1800
    assert answer["signature"] == hmac.new(SECRET_KEY.encode(), message, "sha256").hexdigest()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"price": "1"}, "5062"),
        ({"price": "ten"}, "11"),
        ({"currency": "XYZ"}, "11"),
        ({"callbackUrl": "javascript:alert(1)"}, "23"),
        ({"callbackUrl": None}, "23"),
        ({"conversationId": "x" * 256}, "20"),
        ({"basketItems": []}, "11"),
        ({"basketItems": "all"}, "11"),
        ({"basketItems": [{}]}, "11"),
        ({"buyer": None}, "11"),
        ({"buyer": {"email": ""}}, "3"),
        ({"shippingAddress": None}, "11"),
        ({"billingAddress": {}}, "11"),
        ({"enabledInstallments": [5]}, "11"),
    ],
)
async def test_a_request_with_something_wrong_is_refused_by_code(
    till: Till, change: dict[str, object], code: str
) -> None:
    answer = await call(till, INITIALIZE, body=requests.checkout_form(checkout()) | change)
    assert (answer["status"], answer["errorCode"]) == ("failure", code)
    assert answer["errorMessage"]


async def test_a_missing_token_is_told_from_an_unknown_one(till: Till) -> None:
    retrieve = "/payment/iyzipos/checkoutform/auth/ecom/detail"
    assert (await call(till, retrieve, body={}))["errorCode"] == "5132"
    assert (await call(till, retrieve, body={"token": "none"}))["errorCode"] == "5124"


async def test_a_call_the_product_must_not_make_is_noticed(fresh_till: Till) -> None:
    await fresh_till.browser.post(f"{fresh_till.base_url}/payment/auth", json={"paymentCard": {}})
    assert await fresh_till.look("unexpected") == ["POST /payment/auth"]


@pytest.mark.parametrize("key", ["paymentId", "paymentConversationId"])
async def test_a_payment_is_found_by_either_id(till: Till, key: str) -> None:
    paid = await till.paid()
    booked = await till.booked(paid.payment_id)
    asked = {"paymentId": paid.payment_id, "paymentConversationId": booked["conversation_id"]}
    detail = await call(till, "/payment/detail", body={key: asked[key]})
    report = await call(
        till, f"/v2/reporting/payment/details?{key}={asked[key]}", raw=b"null", method="GET"
    )
    assert detail["paymentId"] == paid.payment_id
    assert detail["price"] == paid.paid.amount
    assert report["payments"][0]["paymentId"] == int(paid.payment_id)
    assert report["payments"][0]["paymentRefundStatus"] == "NOT_REFUNDED"


async def test_a_payment_can_be_cancelled_once_and_then_not_refunded(till: Till) -> None:
    paid = await till.paid()
    booked = await till.booked(paid.payment_id)
    transaction = booked["items"][0]["transaction_id"]
    first = await call(till, "/payment/cancel", body={"paymentId": paid.payment_id})
    again = await call(till, "/payment/cancel", body={"paymentId": paid.payment_id})
    refund = await call(
        till, "/payment/refund", body={"paymentTransactionId": transaction, "price": "1"}
    )
    assert (first["status"], first["price"]) == ("success", paid.paid.amount)
    assert "signature" not in first
    assert (again["errorCode"], refund["errorCode"]) == ("5093", "5093")


async def test_cancelling_is_for_the_same_day_only() -> None:
    noon = datetime(2026, 3, 1, 9, tzinfo=UTC)
    async with till_at(SETTINGS, lambda: noon) as till:
        paid = await till.paid()
        await till.control("clock", advance_seconds=DAY)
        answer = await call(till, "/payment/cancel", body={"paymentId": paid.payment_id})
        assert answer["errorCode"] == "5008"
        await till.control("clock", advance_seconds=365 * DAY)
        item = (await till.booked(paid.payment_id))["items"][0]
        refund = {"paymentTransactionId": item["transaction_id"], "price": "1"}
        assert (await call(till, "/payment/refund", body=refund))["errorCode"] == "5008"


async def test_a_payment_partly_refunded_can_not_be_cancelled(till: Till) -> None:
    paid = await till.paid()
    item = (await till.booked(paid.payment_id))["items"][0]
    await call(
        till, "/payment/refund", body={"paymentTransactionId": item["transaction_id"], "price": "1"}
    )
    answer = await call(till, "/payment/cancel", body={"paymentId": paid.payment_id})
    report = await call(
        till,
        f"/v2/reporting/payment/details?paymentId={paid.payment_id}",
        raw=b"null",
        method="GET",
    )
    assert answer["errorCode"] == "5008"
    assert report["payments"][0]["paymentRefundStatus"] == "PARTIALLY_REFUNDED"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"price": "1"}, "5001"),
        ({"paymentTransactionId": "1", "price": "1"}, "5001"),
        ({"paymentTransactionId": "TX", "price": "0"}, "5005"),
        ({"paymentTransactionId": "TX", "price": "-1"}, "5005"),
        ({"paymentTransactionId": "TX", "price": "NaN"}, "5005"),
        ({"paymentTransactionId": "TX", "price": "1260.01"}, "5006"),
        ({"paymentTransactionId": "TX", "price": "1", "currency": "USD"}, "11"),
    ],
)
async def test_a_refund_that_can_not_be_given_is_refused_by_code(
    till: Till, body: dict[str, str], code: str
) -> None:
    paid = await till.paid(PAYS, "1260.00")
    item = (await till.booked(paid.payment_id))["items"][0]
    filled = {k: item["transaction_id"] if v == "TX" else v for k, v in body.items()}
    assert (await call(till, "/payment/refund", body=filled))["errorCode"] == code


async def test_the_card_that_can_not_be_refunded_may_be_tried_again(till: Till) -> None:
    paid = await till.paid(PAYS_BUT_CANNOT_BE_REFUNDED)
    item = (await till.booked(paid.payment_id))["items"][0]
    body = {"paymentTransactionId": item["transaction_id"], "price": "1"}
    answer = await call(till, "/payment/refund", body=body)
    assert (answer["status"], answer["retryable"]) == ("failure", True)


async def test_commission_is_printed_with_eight_decimals_and_prices_plainly(till: Till) -> None:
    visit = await till.visit(checkout("1260.50"))
    await till.pay(visit, PAYS)
    body = {"token": visit.form.token}
    reply = await call(till, "/payment/iyzipos/checkoutform/auth/ecom/detail", body=body)
    assert str(reply["price"]) == "1260.5"
    assert str(reply["iyziCommissionRateAmount"]) == "31.38645000"
    assert str(reply["itemTransactions"][0]["blockageRate"]) == "0E-8"


@given(
    st.decimals(min_value="0.01", max_value=10**6, places=2),
    st.lists(st.decimals(min_value="0.01", max_value=10**5, places=2), min_size=1, max_size=20),
)
def test_shares_of_an_amount_add_up_to_it(whole: Decimal, weights: list[Decimal]) -> None:
    for step in (KURUS, EIGHT_DECIMALS):
        assert sum(split(whole, weights, step=step), Decimal(0)) == whole


@pytest.mark.parametrize(
    ("amount", "printed"), [("1260.00", "1260.0"), ("10.50", "10.5"), ("0", "0.0"), ("7", "7.0")]
)
def test_prices_are_printed_plainly(amount: str, printed: str) -> None:
    assert str(figure(Decimal(amount))) == printed
    assert share(Decimal(amount)) == Decimal(amount)


@pytest.mark.parametrize("key", ["api_key", "secret_key"])
def test_the_emulator_takes_no_real_keys(key: str) -> None:
    with pytest.raises(ValueError, match="sandbox-"):
        replace(SETTINGS, **{key: "live"})


async def test_there_is_no_control_unless_it_was_asked_for() -> None:
    async with till_at(replace(SETTINGS, control_enabled=False)) as till:
        reply = await till.browser.get(f"{till.base_url}/_control/book")
        assert reply.status_code == httpx.codes.NOT_FOUND


async def test_a_page_in_a_browser_can_not_give_orders(till: Till) -> None:
    reply = await till.browser.post(f"{till.base_url}/_control/review", content=b'{"times":9}')
    assert reply.status_code == httpx.codes.UNSUPPORTED_MEDIA_TYPE


async def test_an_order_that_makes_no_sense_is_refused(till: Till) -> None:
    reply = await till.browser.post(f"{till.base_url}/_control/faults", json={"kind": "earthquake"})
    assert reply.status_code == httpx.codes.UNPROCESSABLE_ENTITY


async def test_a_server_that_can_not_reset_breaks_off_its_answer() -> None:
    config = uvicorn.Config(create_emulator(SETTINGS), http="h11", ws="none", log_config=None)
    server = uvicorn.Server(config)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(trust_env=False) as browser:
            till = Till(base_url, browser)
            await till.control("faults", call="initialize", kind="reset_after")
            answer = await till.gateway.open_checkout(checkout())
        server.should_exit = True
        await serving
    assert isinstance(answer, Unknown)


async def test_the_same_seed_gives_the_same_ids() -> None:
    tokens = []
    for _ in range(2):
        async with till_at(replace(SETTINGS, seed=7)) as till:
            form = await till.gateway.open_checkout(checkout())
            assert isinstance(form, CheckoutForm)
            tokens.append(form.token)
    assert tokens[0] == tokens[1]
