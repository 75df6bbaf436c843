"""Signatures: against vectors computed elsewhere, for every way an amount can be written."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.iyzico.answers import BrokenAnswer, amount, text
from adapters.iyzico.emulator import seals
from adapters.iyzico.signing import answer_signature, plain_amount, same_signature
from adapters.iyzico.webhooks import BrokenWebhook, read_webhook, verify_webhook_v3

SECRET = "sandbox-secret"

# The body as it was seen in the field: ids as numbers, keys in this order.
SEEN = (
    b'{"paymentConversationId":"attempt-1","merchantId":3432888,"status":"SUCCESS",'
    b'"token":"token-1","iyziReferenceCode":"8fe79c9a","iyziEventType":"CHECKOUT_FORM_AUTH",'
    b'"iyziEventTime":1787347437752,"iyziPaymentId":37415135}'
)
# openssl dgst -sha256 -hmac sandbox-secret, over the secret and the five fields.
SEEN_SIGNATURE = "1cbb341f38e2381cf660557bd77724250dc24dc0e6876e1d9712abce4fbae644"

figures = st.decimals(min_value=0, max_value=10**9, places=8, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("fields", "signature"),
    [
        (
            "SUCCESS:24111111:TRY:basket-1:attempt-1:1260.5:1260.5:token-1",
            "b14c1a72c01af7bb80ffe7244ef4869caf467ea647986525cda8062d4c8d11ec",
        ),
        (
            "24111111:10.5:TRY:refund-1",
            "1697db24df406a7676ce5696d6de6f6ed4ab5cc07e0dbdef8ce11877041271ac",
        ),
    ],
)
def test_signatures_equal_those_of_openssl(fields: str, signature: str) -> None:
    assert answer_signature(SECRET, fields.split(":")) == signature


@pytest.mark.parametrize(
    ("written", "signed"),
    [
        ("10.50", "10.5"),
        ("50.00", "50"),
        ("10.5105", "10.5105"),
        ("1.20000000", "1.2"),
        ("0E-8", "0"),
        ("0.00", "0"),
        ("100", "100"),
        ("1E+2", "100"),
        ("0.10", "0.1"),
    ],
)
def test_amounts_are_signed_plain_and_without_trailing_zeros(written: str, signed: str) -> None:
    assert plain_amount(amount(Decimal(written))) == signed


@given(figures, st.integers(0, 3))
def test_an_amount_is_signed_the_same_however_many_zeros_it_carries(
    figure: Decimal, zeros: int
) -> None:
    wider = figure.quantize(Decimal(1).scaleb(-8 - zeros))
    signed = plain_amount(wider)
    assert signed == plain_amount(figure)
    assert Decimal(signed) == figure
    assert "E" not in signed
    assert not ("." in signed and signed.endswith(("0", ".")))


@given(figures)
def test_both_sides_sign_every_amount_alike(figure: Decimal) -> None:
    payload: dict[str, object] = {"paymentId": "1", "price": figure, "currency": "TRY"}
    theirs = seals.seal(payload, ("paymentId", "price", "currency"), secret_key=SECRET)
    assert theirs == answer_signature(SECRET, ("1", plain_amount(figure), "TRY"))


@given(figures)
def test_an_amount_survives_json_as_number_and_as_text(figure: Decimal) -> None:
    as_number = json.loads(f"{figure:f}", parse_float=Decimal)
    assert amount(as_number) == amount(f"{figure:f}") == figure


@pytest.mark.parametrize(
    "value", [None, True, "", "ten", "NaN", "Infinity", "-1", "1e400", "1E-40", {}, [1]]
)
def test_what_is_no_amount_is_not_taken_for_one(value: object) -> None:
    with pytest.raises(BrokenAnswer):
        amount(value)


@pytest.mark.parametrize("value", [True, 1.5, [], {}])
def test_what_is_no_id_is_not_taken_for_one(value: object) -> None:
    with pytest.raises(BrokenAnswer):
        text(value)


def test_no_signature_is_not_a_signature() -> None:
    assert not same_signature(answer_signature(SECRET, ("a",)), "")
    assert not same_signature(answer_signature(SECRET, ("a",)), "ığ\udc80")


def test_a_webhook_as_seen_in_the_field_is_read_as_text() -> None:
    webhook = read_webhook(SEEN)
    assert webhook.token == "token-1"
    assert webhook.payment_id == "37415135"
    assert webhook.merchant_id == "3432888"
    assert webhook.event_time_ms == "1787347437752"
    assert webhook.payment_conversation_id == "attempt-1"


def test_a_signed_webhook_is_recognised() -> None:
    assert verify_webhook_v3(SECRET, read_webhook(SEEN), signature=SEEN_SIGNATURE)


@pytest.mark.parametrize("signature", ["", SEEN_SIGNATURE.upper(), SEEN_SIGNATURE[:-1] + "0"])
def test_a_webhook_with_another_signature_is_not(signature: str) -> None:
    assert not verify_webhook_v3(SECRET, read_webhook(SEEN), signature=signature)


@pytest.mark.parametrize(
    "field", ["paymentConversationId", "status", "token", "iyziEventType", "iyziPaymentId"]
)
def test_a_webhook_changed_in_a_signed_field_is_not_recognised(field: str) -> None:
    changed = json.loads(SEEN) | {field: "other"}
    webhook = read_webhook(json.dumps(changed).encode())
    assert not verify_webhook_v3(SECRET, webhook, signature=SEEN_SIGNATURE)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"token": {}}',
        b'{"token": true}',
        b"\xff",
        b" " * 70_000,
        b"[" * 60_000,
    ],
)
def test_a_body_that_is_no_webhook_is_refused(body: bytes) -> None:
    with pytest.raises(BrokenWebhook):
        read_webhook(body)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader_of_webhooks(body: bytes) -> None:
    try:
        read_webhook(body)
    except BrokenWebhook:
        return
