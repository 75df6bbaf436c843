"""Signed webhooks: one changed bit, a foreign secret or an old date is noticed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.carriers.signatures import new_secret, sign_webhook, verify_webhook

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECRET = new_secret(b"s" * 32)
BODY = b'{"status":"delivered"}'
HEADERS = sign_webhook(SECRET, message_id="msg_1", body=BODY, now=NOW)


def test_an_example_of_the_specification_verifies() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    at = datetime.fromtimestamp(1614265330, UTC)
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert verify_webhook(secret, headers, body=b'{"test": 2432232314}', now=at)


def test_every_flipped_bit_of_the_body_is_noticed() -> None:
    assert verify_webhook(SECRET, HEADERS, body=BODY, now=NOW)
    for bit in range(len(BODY) * 8):
        flipped = bytearray(BODY)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not verify_webhook(SECRET, HEADERS, body=bytes(flipped), now=NOW)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "msg_2"),
        ("webhook-timestamp", "1"),
        ("webhook-timestamp", "soon"),
        ("webhook-timestamp", "٣"),
        ("webhook-signature", "v1,AAAA"),
        ("webhook-signature", HEADERS["webhook-signature"].removeprefix("v1,")),
        ("webhook-signature", ""),
    ],
)
def test_every_changed_header_is_noticed(name: str, value: str) -> None:
    assert not verify_webhook(SECRET, {**HEADERS, name: value}, body=BODY, now=NOW)


def test_missing_headers_are_noticed() -> None:
    assert not verify_webhook(SECRET, {}, body=BODY, now=NOW)


def test_one_parcels_secret_does_not_speak_for_another() -> None:
    assert not verify_webhook(new_secret(b"t" * 32), HEADERS, body=BODY, now=NOW)


@pytest.mark.parametrize(
    ("seconds", "taken"), [(300, True), (301, False), (-300, True), (-301, False)]
)
def test_old_and_future_messages_are_not_taken(seconds: int, taken: bool) -> None:
    later = NOW + timedelta(seconds=seconds)
    assert verify_webhook(SECRET, HEADERS, body=BODY, now=later) is taken


def test_a_second_signature_may_stand_beside_the_right_one() -> None:
    both = {
        "Webhook-Id": HEADERS["webhook-id"],
        "Webhook-Timestamp": HEADERS["webhook-timestamp"],
        "Webhook-Signature": f"v1a,zzz {HEADERS['webhook-signature']}",
    }
    assert verify_webhook(SECRET, both, body=BODY, now=NOW)
