"""Signed webhooks as the Standard Webhooks specification has them."""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime

TOLERANCE_SECONDS = 300
SECRET_PREFIX = "whsec_"  # noqa: S105 - how secrets begin, not a secret
ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"


def new_secret(random_bytes: bytes) -> str:
    """A secret in the form both sides write it; `random_bytes` are 24 to 64 bytes."""
    return SECRET_PREFIX + b64encode(random_bytes).decode()


def sign_webhook(secret: str, *, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers that go with a body."""
    timestamp = str(int(now.timestamp()))
    signature = _signature(secret, _signed(message_id, timestamp, body=body))
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: f"v1,{signature}",
    }


def verify_webhook(secret: str, headers: Mapping[str, str], *, body: bytes, now: datetime) -> bool:
    """Whether the body was signed with the secret within 300 s of `now`.

    `headers` may have names in any case and several signatures, apart by spaces; one must match.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    message_id = lowered.get(ID_HEADER, "")
    timestamp = lowered.get(TIMESTAMP_HEADER, "")
    if not message_id or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = _signed(message_id, timestamp, body=body)
    expected = f"v1,{_signature(secret, signed)}".encode()
    given = lowered.get(SIGNATURE_HEADER, "").split(" ")
    # All are compared, so that the time taken does not tell which one matched
    matches = [hmac.compare_digest(each.encode(errors="replace"), expected) for each in given]
    return any(matches)


def _signed(message_id: str, timestamp: str, *, body: bytes) -> bytes:
    return b".".join((message_id.encode(errors="replace"), timestamp.encode(), body))


def _signature(secret: str, message: bytes) -> str:
    try:
        key = b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("the webhook secret is not base64") from error
    return b64encode(hmac.digest(key, message, "sha256")).decode()
