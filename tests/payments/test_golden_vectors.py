"""The signatures iyzico has published, met by our side and by the emulator's, each on its own."""

from __future__ import annotations

import hmac
import json
from decimal import Decimal
from typing import Any

import pytest

from adapters.iyzico.answers import RETRIEVE_SEAL, sealed
from adapters.iyzico.emulator import seals
from adapters.iyzico.signing import answer_signature, webhook_signature
from adapters.iyzico.webhooks import read_webhook, verify_webhook_v3

WEBHOOK_KEY = "sandbox-UuLnD7wZa0a3DmytfIrwHQqAMfqCNJrs"
HOSTED: dict[str, Any] = {
    "paymentConversationId": "conversationId",
    "merchantId": 3382172,
    "token": "e828c62d-fd12-4b1a-ad5a-380f15fe6596",
    "status": "SUCCESS",
    "iyziReferenceCode": "77e1635c-6b39-475a-8b7b-ca15ad0cd4ac",
    "iyziEventType": "CHECKOUT_FORM_AUTH",
    "iyziEventTime": 1721825036103,
    "iyziPaymentId": 22483975,
}
HOSTED_SIGNATURE = "4031c575763486a2d2bf3f7ace0baebfcd6bed65393ab4df3fe80c00d5fd6878"
DIRECT: dict[str, Any] = {
    "paymentConversationId": "conversationId",
    "merchantId": 3382172,
    "paymentId": 22484059,
    "status": "SUCCESS",
    "iyziReferenceCode": "a9af8e6b-4401-4928-b6b8-40419aaa3d0f",
    "iyziEventType": "API_AUTH",
    "iyziEventTime": 1721825828467,
    "iyziPaymentId": 22484059,
}
DIRECT_SIGNATURE = "92c7a72b7741bc83eb696066605c894778c87297b2c88d6037670666230e18ae"
CALLBACK_KEY = "jLc7GQHD2pyJoqXDeEcTnGHYtP7Ai5jl"
CALLBACK = {
    "conversationData": "",
    "conversationId": "",
    "mdStatus": "1",
    "paymentId": "22484292",
    "status": "success",
}
CALLBACK_SIGNATURE = "a4f73b80bb32a6ef8358090bbd8609a49a7b53f463048f8ef147496e236d04f0"

# For answers iyzico has published the order of the fields, not values: these are our own, written
# the way an answer has them, and signed by the standard library alone.
ANSWERS = [
    ("TRY", "10.50", "SUCCESS:24111111:TRY:basket:attempt:10.5:10.5:token"),
    ("TRY", "50.00", "SUCCESS:24111111:TRY:basket:attempt:50:50:token"),
    ("USD", "10.5105", "SUCCESS:24111111:USD:basket:attempt:10.5105:10.5105:token"),
]


def test_the_published_webhook_of_a_hosted_page_is_recognised() -> None:
    webhook = read_webhook(json.dumps(HOSTED).encode())
    assert verify_webhook_v3(WEBHOOK_KEY, webhook, signature=HOSTED_SIGNATURE)
    assert seals.seal_notice(HOSTED, WEBHOOK_KEY) == HOSTED_SIGNATURE


def test_the_published_webhook_of_a_direct_payment_is_met() -> None:
    fields = ("iyziEventType", "paymentId", "paymentConversationId", "status")
    signature = webhook_signature(WEBHOOK_KEY, [str(DIRECT[name]) for name in fields])
    assert signature == DIRECT_SIGNATURE
    assert seals.seal_payment_notice(DIRECT, WEBHOOK_KEY) == DIRECT_SIGNATURE


def test_the_published_return_from_the_bank_is_met() -> None:
    assert answer_signature(CALLBACK_KEY, CALLBACK.values()) == CALLBACK_SIGNATURE
    assert seals.seal_callback(CALLBACK, CALLBACK_KEY) == CALLBACK_SIGNATURE


@pytest.mark.parametrize("name", [name for name in HOSTED if name in {"status", "token"}])
def test_a_published_webhook_that_was_changed_is_not_recognised(name: str) -> None:
    webhook = read_webhook(json.dumps(HOSTED | {name: "other"}).encode())
    assert not verify_webhook_v3(WEBHOOK_KEY, webhook, signature=HOSTED_SIGNATURE)


@pytest.mark.parametrize(("currency", "figure", "message"), ANSWERS)
def test_answers_are_signed_over_amounts_without_trailing_zeros(
    currency: str, figure: str, message: str
) -> None:
    answer: dict[str, Any] = {
        "paymentStatus": "SUCCESS",
        "paymentId": "24111111",
        "currency": currency,
        "basketId": "basket",
        "conversationId": "attempt",
        "paidPrice": Decimal(figure),
        "price": Decimal(figure),
        "token": "token",
    }
    signature = hmac.new(b"sandbox-secret", message.encode(), "sha256").hexdigest()
    signed = answer | {"signature": signature}
    assert sealed(signed, RETRIEVE_SEAL, secret_key="sandbox-secret")
    assert seals.seal(answer, RETRIEVE_SEAL, secret_key="sandbox-secret") == signature
