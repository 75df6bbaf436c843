"""iyzico's webhooks: read from bytes, in each of their two shapes, and checked where signed."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct

from adapters.iyzico.signing import same_signature, webhook_signature

LARGEST_BODY = 16 * 1024
LONGEST_FIELD = 200

SIGNATURE_HEADER = "X-IYZ-SIGNATURE-V3"


class HostedPageWebhook(Struct, frozen=True, kw_only=True):
    """What the hosted page reports; all text, as it is hashed. A hint to ask, never a proof.

    `status` is SUCCESS, FAILURE or an intermediate word; `reference_code` is unique per message;
    `event_time_ms` counts from 1970. Neither amount nor time is covered by the signature.
    """

    payment_conversation_id: str
    merchant_id: str
    token: str
    status: str
    reference_code: str
    event_type: str
    event_time_ms: str
    payment_id: str

    @property
    def signed(self) -> tuple[str, ...]:
        """What the signature covers, in its order."""
        return (
            self.event_type,
            self.payment_id,
            self.token,
            self.payment_conversation_id,
            self.status,
        )


class DirectWebhook(Struct, frozen=True, kw_only=True):
    """What is reported of a payment by its id, such as what became of a refund at the bank."""

    payment_conversation_id: str
    merchant_id: str
    payment_id: str
    status: str
    reference_code: str
    event_type: str
    event_time_ms: str

    @property
    def signed(self) -> tuple[str, ...]:
        """What the signature covers, in its order."""
        return (self.event_type, self.payment_id, self.payment_conversation_id, self.status)


class BrokenWebhook(ValueError):
    """The body is no webhook about a payment: too large, not JSON, or about nothing."""


def read_webhook(body: bytes) -> HostedPageWebhook:
    """Parse a body of the hosted page; numbers become the text they were written as, absent fields
    become empty. Raises `BrokenWebhook`.
    """
    webhook = read_any_webhook(body)
    if not isinstance(webhook, HostedPageWebhook):
        raise BrokenWebhook("no token")
    return webhook


def read_any_webhook(body: bytes) -> HostedPageWebhook | DirectWebhook:
    """The same of a body in either shape. Raises `BrokenWebhook`."""
    if len(body) > LARGEST_BODY:
        raise BrokenWebhook("too large")
    try:
        fields = json.loads(body, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise BrokenWebhook("not JSON") from error
    if not isinstance(fields, dict):
        raise BrokenWebhook("not an object")
    common = {
        "payment_conversation_id": _text(fields, "paymentConversationId"),
        "merchant_id": _text(fields, "merchantId"),
        "status": _text(fields, "status"),
        "reference_code": _text(fields, "iyziReferenceCode"),
        "event_type": _text(fields, "iyziEventType"),
        "event_time_ms": _text(fields, "iyziEventTime"),
    }
    if token := _text(fields, "token"):
        payment_id = _text(fields, "iyziPaymentId")
        return HostedPageWebhook(**common, token=token, payment_id=payment_id)
    if payment_id := _text(fields, "paymentId"):
        return DirectWebhook(**common, payment_id=payment_id)
    raise BrokenWebhook("neither a token nor a payment")


def verify_webhook_v3(
    secret_key: str, webhook: HostedPageWebhook | DirectWebhook, *, signature: str
) -> bool:
    """Whether the V3 header belongs to this webhook; an empty header is never valid."""
    return same_signature(webhook_signature(secret_key, webhook.signed), signature)


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BrokenWebhook(f"{name} is neither text nor number")
    if len(value) > LONGEST_FIELD or not value.isprintable():
        raise BrokenWebhook(f"{name} is no word of the provider's")
    return value
