"""Webhooks for tests: what the provider would send, signed or not, and where it arrives."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec

from adapters.iyzico.emulator.seals import seal_notice
from application.payments import StoredWebhook, WebhookFilter
from domain.payments import PaymentAttempt
from tests.payments.checkout import SECRET, Checkout


def message(attempt: PaymentAttempt, status: str, reference: str = "r1") -> dict[str, Any]:
    """What the provider's page tells about an attempt."""
    return {
        "paymentConversationId": str(attempt.id),
        "merchantId": 7,
        "token": attempt.token,
        "status": status,
        "iyziReferenceCode": reference,
        "iyziEventType": "CHECKOUT_FORM_AUTH",
        "iyziEventTime": 1,
        "iyziPaymentId": 9,
    }


def seal_of(body: dict[str, Any]) -> str:
    """The provider's own signature of a message of its page."""
    return seal_notice(body, SECRET)


async def post_webhook(
    till: Checkout, body: dict[str, Any] | bytes, signature: str | None = None
) -> httpx.Response:
    """The provider posts it."""
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    headers = {"Content-Type": "application/json"}
    if signature is not None:
        headers["X-IYZ-SIGNATURE-V3"] = signature
    return await till.client.post("/webhooks/iyzico", content=content, headers=headers)


async def kept(till: Checkout, **wanted: Any) -> list[StoredWebhook]:
    """What lies in the inbox, oldest first."""
    return [*await till.inbox.page(WebhookFilter(**wanted), after=None, limit=1000)]
