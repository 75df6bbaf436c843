"""Webhooks of iyzico's hosted page: read from bytes, and checked where they are signed."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct

from adapters.iyzico.signing import same_signature, webhook_signature

LARGEST_BODY = 64 * 1024

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


class BrokenWebhook(ValueError):
    """The body is no webhook of a hosted page: too large, not JSON, or without a token."""


def read_webhook(body: bytes) -> HostedPageWebhook:
    """Parse a body; numbers become the text they were written as, absent fields become empty.

    Raises `BrokenWebhook`.
    """
    if len(body) > LARGEST_BODY:
        raise BrokenWebhook("too large")
    try:
        fields = json.loads(body, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise BrokenWebhook("not JSON") from error
    if not isinstance(fields, dict):
        raise BrokenWebhook("not an object")
    webhook = HostedPageWebhook(
        payment_conversation_id=_text(fields, "paymentConversationId"),
        merchant_id=_text(fields, "merchantId"),
        token=_text(fields, "token"),
        status=_text(fields, "status"),
        reference_code=_text(fields, "iyziReferenceCode"),
        event_type=_text(fields, "iyziEventType"),
        event_time_ms=_text(fields, "iyziEventTime"),
        payment_id=_text(fields, "iyziPaymentId"),
    )
    if not webhook.token:
        raise BrokenWebhook("no token")
    return webhook


def verify_webhook_v3(secret_key: str, webhook: HostedPageWebhook, *, signature: str) -> bool:
    """Whether the V3 header belongs to this webhook; an empty header is never valid."""
    expected = webhook_signature(
        secret_key,
        (
            webhook.event_type,
            webhook.payment_id,
            webhook.token,
            webhook.payment_conversation_id,
            webhook.status,
        ),
    )
    return same_signature(expected, signature)


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BrokenWebhook(f"{name} is neither text nor number")
    return value
