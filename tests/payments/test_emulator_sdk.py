"""The SDK's own classes, untouched, against the emulator: each call it can make is known there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import iyzipay
import pytest
from msgspec.structs import replace

from adapters.iyzico import requests
from adapters.iyzico.emulator.shopper import PAYS
from tests.payments.merchant import Answer, sdk
from tests.payments.till import SETTINGS, Till, checkout, till_at

Options = dict[str, str]
CARD = {
    "cardHolderName": "Ayşe Yılmaz",
    "cardNumber": PAYS,
    "expireMonth": "12",
    "expireYear": "2040",
    "cvc": "123",
}


def order() -> dict[str, Any]:
    """What a merchant that sends cards itself would send."""
    return requests.checkout_form(checkout()) | {"paymentCard": CARD, "installment": 1}


def ask(
    resource: str, method: str, body: dict[str, Any] | None = None
) -> Callable[[Till], Awaitable[Answer]]:
    """One call of the SDK by the names of its class and method."""

    async def send(till: Till) -> Answer:
        def run(made: Any, options: Options) -> object:
            given = () if body is None else (body,)
            return getattr(made, method)(*given, options)

        return await sdk(till, getattr(iyzipay, resource), run)

    return send


FORM = {"locale": "en", "token": "none"}
PAYMENT = {"locale": "en", "paymentId": "1"}
LINE = {"locale": "en", "paymentTransactionId": "1", "price": "1.0", "ip": "127.0.0.1"}
DAY = {"date": "2026-03-02 00:00:00"}
SCROLL = {
    "transactionDate": "2026-03-02",
    "documentScrollVoSortingOrder": "ASC",
    "lastId": "",
    "conversationId": "c1",
}
NEW_CARD = {"email": "ayse@example.org", "externalId": "e1", "card": CARD}

CALLS: list[tuple[str, str, dict[str, Any] | None, str]] = [
    ("ApiTest", "retrieve", None, ""),
    ("BinNumber", "retrieve", {"binNumber": PAYS[:8]}, ""),
    ("InstallmentInfo", "retrieve", {"binNumber": PAYS[:6], "price": "100"}, ""),
    ("CheckoutFormInitialize", "create", order(), ""),
    ("CheckoutFormInitializePreAuth", "create", order(), ""),
    ("CheckoutForm", "retrieve", FORM, "5124"),
    ("PayWithIyzico", "create", order(), ""),
    ("Payment", "create", order(), ""),
    ("Payment", "retrieve", PAYMENT, "5002"),
    ("Payment", "refund", PAYMENT | {"price": "1"}, "5002"),
    ("ThreedsInitialize", "create", order(), ""),
    ("ThreedsInitializePreAuth", "create", order(), ""),
    ("ThreedsPayment", "create", PAYMENT, "5002"),
    ("ThreedsPayment", "retrieve", PAYMENT, "5002"),
    ("ThreedsV2Payment", "create", PAYMENT | {"paidPrice": "1"}, "5002"),
    ("Cancel", "create", PAYMENT, "5002"),
    ("Refund", "create", LINE, "5001"),
    ("RefundChargedFromMerchant", "create", LINE, "5001"),
    ("PaymentPreAuth", "create", order(), ""),
    ("PaymentPreAuth", "retrieve", PAYMENT, "5002"),
    ("PaymentPostAuth", "create", PAYMENT | {"paidPrice": "1"}, "5002"),
    ("Card", "create", NEW_CARD, ""),
    ("Card", "delete", {"cardUserKey": "none", "cardToken": "none"}, "3005"),
    ("CardList", "retrieve", {"cardUserKey": "none"}, "3005"),
    ("PayoutCompletedTransactionList", "retrieve", DAY, ""),
    ("BouncedBankTransferList", "retrieve", DAY, ""),
    ("RetrievePaymentDetails", "retrieve", {"paymentId": "1"}, "5002"),
    ("RetrieveTransactions", "retrieve", {"transactionDate": "2026-03-02", "page": 1}, ""),
    ("ReportingScrollTransaction", "retrieve", SCROLL, ""),
]


async def test_every_call_of_the_sdk_about_payments_is_known() -> None:
    async with till_at(replace(SETTINGS, direct_payments=True)) as till:
        answers = {
            f"{resource}.{method}": await ask(resource, method, body)(till)
            for resource, method, body, _ in CALLS
        }
        assert await till.look("unexpected") == []
    told = {name: answer.get("errorCode", "") for name, answer in answers.items()}
    assert told == {f"{resource}.{method}": code for resource, method, _, code in CALLS}


@pytest.mark.parametrize(
    ("resource", "method", "body"),
    [
        ("SubscriptionProduct", "list", None),
        ("Approval", "create", {"paymentTransactionId": "1"}),
        ("BkmInitialize", "create", {}),
        ("Payment", "create", order()),
        ("PaymentPreAuth", "create", order()),
    ],
)
async def test_what_this_shop_has_no_use_for_is_not_served(
    resource: str, method: str, body: dict[str, Any] | None
) -> None:
    async with till_at() as till:
        answer = await ask(resource, method, body)(till)
        assert answer["errorCode"] == "404"
        assert len(await till.look("unexpected")) == 1


async def test_the_sdk_itself_can_not_ask_for_a_payment_by_its_conversation(till: Till) -> None:
    asked = {"paymentConversationId": "c1"}
    answer = await ask("RetrievePaymentDetails", "retrieve", asked)(till)
    assert answer["errorCode"] == "5002"
