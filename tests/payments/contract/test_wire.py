"""What is taken for granted about iyzico, asked of the emulator, and of the real sandbox, too, when
a person gives keys in IYZICO_SANDBOX_API_KEY and IYZICO_SANDBOX_SECRET_KEY.

Everything is asked through the untouched SDK and needs no browser.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import iyzipay
import pytest
from iyzipay.iyzipay_resource import IyzipayResource
from msgspec.structs import replace

from adapters.iyzico import requests
from tests.payments.iyzico_schema import SHAPES, mistake_in
from tests.payments.sdk_calls import Account
from tests.payments.till import API_KEY, SECRET_KEY, SETTINGS, checkout, till_at

Answer = dict[str, Any]
Body = dict[str, Any]

SANDBOX = "https://sandbox-api.iyzipay.com"
SANDBOX_KEYS = (
    os.environ.get("IYZICO_SANDBOX_API_KEY", ""),
    os.environ.get("IYZICO_SANDBOX_SECRET_KEY", ""),
)
CREDIT, NOT_REFUNDABLE = "5526080000000006", "5406670000000009"
LONG_FORM = "/payment/iyzipos/checkoutform/initialize/auth/ecom"


class Provider(Account, frozen=True):
    """iyzico, asked by names."""

    async def ask(self, resource: str, method: str, body: Body | None = None) -> Answer:
        """One call by the names of the SDK's class and method."""
        given = () if body is None else (body,)
        return _read(
            await self.call(
                getattr(iyzipay, resource),
                lambda made, options: getattr(made, method)(*given, options),
            )
        )

    async def raw(self, call: str, body: Body | None) -> bytes:
        """The bytes of the answer to a call such as `POST /payment/detail`."""
        method, path = call.split(" ")
        return await self.call(
            IyzipayResource, lambda made, options: made.connect(method, path, options, body)
        )


@pytest.fixture(scope="module", params=["emulator", *(["sandbox"] if all(SANDBOX_KEYS) else [])])
async def provider(request: pytest.FixtureRequest) -> AsyncIterator[Provider]:
    """The emulator, and the sandbox when there are keys for it."""
    if request.param == "sandbox":
        yield Provider(SANDBOX, *SANDBOX_KEYS)
        return
    async with till_at(replace(SETTINGS, direct_payments=True)) as till:
        yield Provider(till.base_url, API_KEY, SECRET_KEY)


def form(*prices: str) -> Body:
    """A hosted page for so many lines."""
    url = "https://www.example.com/return"
    return requests.checkout_form(checkout(*prices, callback_url=url)) | {"locale": "en"}


def card(number: str = CREDIT) -> Body:
    """A card of the sandbox."""
    return {
        "cardHolderName": "Ayse Yilmaz",
        "cardNumber": number,
        "expireMonth": "12",
        "expireYear": "2030",
        "cvc": "123",
    }


async def charged(provider: Provider, *prices: str, number: str = CREDIT) -> Answer:
    """A payment without a page."""
    body = form(*prices) | {"paymentCard": card(number), "installment": 1}
    return await provider.ask("Payment", "create", body)


def _read(raw: bytes) -> Answer:
    answer = json.loads(raw, parse_float=Decimal)
    assert isinstance(answer, dict)
    return answer


def figure(value: object) -> Decimal:
    """An amount, which may come as a number or as text."""
    return Decimal(str(value))


async def test_it_answers(provider: Provider) -> None:
    assert (await provider.ask("ApiTest", "retrieve"))["status"] == "success"


@pytest.mark.parametrize(
    ("change", "code"),
    [({"api_key": "sandbox-nobody"}, "1001"), ({"secret_key": "sandbox-nobody"}, "1000")],
)
async def test_wrong_keys_are_told_apart(
    provider: Provider, change: dict[str, str], code: str
) -> None:
    other = replace(provider, **change)
    answer = await other.ask("BinNumber", "retrieve", {"binNumber": CREDIT[:8]})
    assert (answer["status"], answer["errorCode"]) == ("failure", code)


async def test_a_card_is_known_by_its_first_digits(provider: Provider) -> None:
    answer = await provider.ask("BinNumber", "retrieve", {"binNumber": CREDIT[:8]})
    told = (answer["cardType"], answer["cardAssociation"], answer["bankName"])
    assert told == ("CREDIT_CARD", "MASTER_CARD", "Akbank")


async def test_one_instalment_costs_the_price(provider: Provider) -> None:
    body = {"binNumber": CREDIT[:6], "price": "100.0"}
    answer = await provider.ask("InstallmentInfo", "retrieve", body)
    prices = answer["installmentDetails"][0]["installmentPrices"]
    single = next(p for p in prices if p["installmentNumber"] == 1)
    assert figure(single["totalPrice"]) == 100
    assert all(figure(price["totalPrice"]) >= 100 for price in prices)


async def test_a_page_opens_at_both_addresses_and_is_not_paid_yet(provider: Provider) -> None:
    short = await provider.ask("CheckoutFormInitialize", "create", form())
    long = _read(await provider.raw(f"POST {LONG_FORM}", form()))
    for opened in (short, long):
        assert opened["status"] == "success"
        assert opened["signature"]
        asked = {"token": opened["token"], "locale": "en"}
        result = await provider.ask("CheckoutForm", "retrieve", asked)
        assert result.get("paymentStatus") != "SUCCESS"
    assert short["token"] != long["token"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"price": "1.0"}, "5062"),
        ({"conversationId": "x" * 256}, "20"),
        ({"callbackUrl": ""}, "23"),
    ],
)
async def test_a_page_that_can_not_be_opened_is_refused_by_code(
    provider: Provider, change: Body, code: str
) -> None:
    answer = await provider.ask("CheckoutFormInitialize", "create", form() | change)
    assert (answer["status"], answer["errorCode"]) == ("failure", code)


@pytest.mark.parametrize(
    ("resource", "method", "body", "code"),
    [
        ("CheckoutForm", "retrieve", {"token": str(uuid4())}, "5124"),
        ("CheckoutForm", "retrieve", {"conversationId": "c1"}, "5132"),
        ("Payment", "retrieve", {"paymentId": "1"}, "5002"),
        ("Refund", "create", {"paymentTransactionId": "1", "price": "1.0"}, "5001"),
        ("Cancel", "create", {"paymentId": "1"}, "5002"),
    ],
)
async def test_what_does_not_exist_is_refused_by_code(
    provider: Provider, resource: str, method: str, body: Body, code: str
) -> None:
    answer = await provider.ask(resource, method, body | {"ip": "127.0.0.1"})
    assert (answer["status"], answer["errorCode"]) == ("failure", code)


async def test_a_payment_is_found_by_its_id_and_by_its_conversation(provider: Provider) -> None:
    paid = await charged(provider, "10.50", "1.25")
    by_id = await provider.ask("Payment", "retrieve", {"paymentId": paid["paymentId"]})
    asked = {"paymentConversationId": paid["conversationId"]}
    by_conversation = await provider.ask("Payment", "retrieve", asked)
    for found in (by_id, by_conversation):
        assert found["paymentId"] == paid["paymentId"]
        assert figure(found["price"]) == Decimal("11.75")
        assert found["signature"]


async def test_lines_add_up_to_their_payment_and_payouts_to_what_is_left(
    provider: Provider,
) -> None:
    paid = await charged(provider, "10.50", "1.25", "0.99")
    lines = paid["itemTransactions"]
    for name in ("price", "paidPrice", "iyziCommissionRateAmount", "iyziCommissionFee"):
        assert sum(figure(line[name]) for line in lines) == figure(paid[name])
    for line in lines:
        kept = ("iyziCommissionRateAmount", "iyziCommissionFee", "blockageRateAmountMerchant")
        left = figure(line["paidPrice"]) - sum(figure(line[name]) for name in kept)
        assert figure(line["merchantPayoutAmount"]) == left


async def test_a_payment_is_cancelled_once(provider: Provider) -> None:
    paid = await charged(provider, "10.00")
    body = {"paymentId": paid["paymentId"], "ip": "127.0.0.1"}
    first = await provider.ask("Cancel", "create", body)
    again = await provider.ask("Cancel", "create", body)
    assert (first["status"], figure(first["price"])) == ("success", Decimal(10))
    assert "signature" not in first
    assert again["status"] == "failure"


async def test_a_line_is_given_back_in_parts_and_the_report_knows_each(provider: Provider) -> None:
    paid = await charged(provider, "10.00")
    line = paid["itemTransactions"][0]["paymentTransactionId"]
    ids = [str(uuid4()) for _ in range(3)]
    answers = [
        await provider.ask(
            "Refund",
            "create",
            {
                "paymentTransactionId": line,
                "price": price,
                "ip": "127.0.0.1",
                "conversationId": name,
            },
        )
        for name, price in zip(ids, ("4.0", "6.0", "0.01"), strict=True)
    ]
    report = await provider.ask(
        "RetrievePaymentDetails", "retrieve", {"paymentId": paid["paymentId"]}
    )
    told = report["payments"][0]["itemTransactions"][0]["refunds"]
    assert [answer["status"] for answer in answers] == ["success", "success", "failure"]
    assert {refund["refundConversationId"] for refund in told} == set(ids[:2])


async def test_the_card_that_can_not_be_refunded_is_not(provider: Provider) -> None:
    paid = await charged(provider, "10.00", number=NOT_REFUNDABLE)
    line = paid["itemTransactions"][0]["paymentTransactionId"]
    body = {"paymentTransactionId": line, "price": "1.0", "ip": "127.0.0.1"}
    assert (await provider.ask("Refund", "create", body))["status"] == "failure"


@pytest.mark.parametrize(
    ("number", "group"),
    [
        ("4111111111111129", "NOT_SUFFICIENT_FUNDS"),
        ("4129111111111111", "DO_NOT_HONOUR"),
        ("4128111111111112", "INVALID_TRANSACTION"),
        ("4125111111111115", "EXPIRED_CARD"),
        ("4124111111111116", "INVALID_CVC2"),
        ("4121111111111119", "FRAUD_SUSPECT"),
    ],
)
async def test_a_declined_card_is_told_by_its_group(
    provider: Provider, number: str, group: str
) -> None:
    declined = await charged(provider, "10.00", number=number)
    assert (declined["status"], declined["errorGroup"]) == ("failure", group)


async def test_three_d_secure_begins_with_a_form_that_leads_to_the_bank(
    provider: Provider,
) -> None:
    started = await provider.ask("ThreedsInitialize", "create", form() | {"paymentCard": card()})
    html = base64.b64decode(started["threeDSHtmlContent"]).decode()
    early = await provider.ask("ThreedsPayment", "create", {"paymentId": started["paymentId"]})
    assert "<form" in html
    assert (bool(started["signature"]), early["status"]) == (True, "failure")


async def test_a_card_is_kept_listed_and_deleted(provider: Provider) -> None:
    new = {"email": "ayse@example.org", "externalId": str(uuid4())}
    sent = {name: value for name, value in card().items() if name != "cvc"}
    kept = await provider.ask("Card", "create", new | {"card": sent | {"cardAlias": "card"}})
    if kept.get("errorCode") == "3007":
        pytest.fail("cards can't be kept: have card storage switched on for this account")
    holder = {"cardUserKey": kept["cardUserKey"]}
    listed = await provider.ask("CardList", "retrieve", holder)
    gone = await provider.ask("Card", "delete", holder | {"cardToken": kept["cardToken"]})
    left = await provider.ask("CardList", "retrieve", holder)
    assert [c["cardToken"] for c in listed["cardDetails"]] == [kept["cardToken"]]
    assert (gone["status"], left.get("cardDetails", [])) == ("success", [])


async def test_answers_have_the_fields_that_are_expected_and_no_others(provider: Provider) -> None:
    paid = await charged(provider, "10.00")
    payment = {"paymentId": paid["paymentId"]}
    asked: dict[str, Body | None] = {
        "GET /payment/test": None,
        "POST /payment/bin/check": {"binNumber": CREDIT[:8]},
        "POST /payment/iyzipos/installment": {"binNumber": CREDIT[:6], "price": "10.0"},
        f"POST {LONG_FORM}": form(),
        "POST /payment/detail": payment,
        "POST /payment/cancel": payment | {"ip": "127.0.0.1"},
    }
    assert asked.keys() <= SHAPES.keys()
    answers = {call: await provider.raw(call, body) for call, body in asked.items()}
    mistakes = [mistake_in(call, answer) for call, answer in answers.items()]
    assert [mistake for mistake in mistakes if mistake] == []
