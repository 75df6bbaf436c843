"""Signatures of iyzico's answers and webhooks, computed anew, compared in constant time."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from decimal import Decimal
from hashlib import sha256


def plain_amount(amount: Decimal) -> str:
    """The amount as it is signed: no exponent, no trailing zeros (10.50 is `10.5`, 50.00 is `50`).

    Expects a finite amount of at most 28 digits.
    """
    return format(amount.normalize(), "f") if amount else "0"


def answer_signature(secret_key: str, fields: Iterable[str]) -> str:
    """The lowercase hex HMAC-SHA256 over the fields joined by colons; an absent field is empty."""
    return _hmac_hex(secret_key, ":".join(fields))


def webhook_signature(secret_key: str, fields: Iterable[str]) -> str:
    """The `X-IYZ-SIGNATURE-V3` of a webhook: fields run together, the secret itself in front."""
    return _hmac_hex(secret_key, secret_key + "".join(fields))


def same_signature(expected: str, received: str) -> bool:
    """Whether two hex signatures are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(expected.encode(), received.encode("utf-8", "surrogatepass"))


def _hmac_hex(secret_key: str, message: str) -> str:
    return hmac.new(
        secret_key.encode(), message.encode("utf-8", "surrogatepass"), sha256
    ).hexdigest()
