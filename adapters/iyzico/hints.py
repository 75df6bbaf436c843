"""iyzico's webhooks as the hints that the application acts on."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Literal
from uuid import UUID

import structlog

from adapters.iyzico.webhooks import (
    SIGNATURE_HEADER,
    BrokenWebhook,
    DirectWebhook,
    HostedPageWebhook,
    read_any_webhook,
    verify_webhook_v3,
)
from application.payments.webhooks import WebhookReading, WebhookVerdict

log = structlog.get_logger()

OF_PAGES = frozenset(
    (
        "CHECKOUT_FORM_AUTH",
        "BANK_TRANSFER_AUTH",
        "BKM_AUTH",
        "BALANCE",
        "CONTACTLESS_AUTH",
        "CONTACTLESS_REFUND",
        "CREDIT_PAYMENT_AUTH",
        "CREDIT_PAYMENT_PENDING",
        "CREDIT_PAYMENT_INIT",
        "PWI_TKN_FUND",
        "PWI_TKN_AUTH",
        "PWI_TKN_THREEDS_AUTH",
    )
)
"""What a hosted page tells of; all other events are about what we do not use."""
OF_REFUNDS = frozenset(("REFUND_RETRY_SUCCESS", "REFUND_RETRY_FAILURE"))
TELLING = frozenset(("SUCCESS", "FAILURE"))
"""Statuses after which asking may bring news; all others are steps on the way."""

REFERENCE_LENGTH = 64


class IyzicoWebhooks:
    """`PaymentWebhooks` for one merchant account.

    A signature that is there must be right. The provider switches signatures on only when it is
    asked to, so that a message may well have none.
    """

    provider = "iyzico"
    headers: tuple[str, ...] = (
        SIGNATURE_HEADER.lower(),
        "x-iyz-signature",
        "x-api-version",
        "content-type",
        "user-agent",
    )

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key

    def read(self, body: bytes, headers: Mapping[str, str]) -> WebhookReading:
        try:
            webhook = read_any_webhook(body)
        except BrokenWebhook as error:
            log.warning("payment_webhook_unreadable", error=str(error), length=len(body))
            return WebhookReading(verdict="unreadable")
        signature = headers.get(SIGNATURE_HEADER.lower(), "").strip()
        about = _about(webhook)
        return WebhookReading(
            verdict=self._verdict(webhook, signature, about=about),
            about=about or "payment",
            event_type=webhook.event_type,
            status=webhook.status,
            reference=webhook.reference_code[:REFERENCE_LENGTH] or sha256(body).hexdigest(),
            token=webhook.token if isinstance(webhook, HostedPageWebhook) else "",
            conversation_id=_uuid(webhook.payment_conversation_id),
            payment_id=webhook.payment_id,
        )

    def _verdict(
        self,
        webhook: HostedPageWebhook | DirectWebhook,
        signature: str,
        *,
        about: Literal["payment", "refund"] | None,
    ) -> WebhookVerdict:
        if signature and not verify_webhook_v3(self._secret_key, webhook, signature=signature):
            return "forged"
        if about is None:
            return "unknown_event"
        if about == "payment" and webhook.status not in TELLING:
            return "intermediate"
        return "accepted" if signature else "unsigned"


def _about(webhook: HostedPageWebhook | DirectWebhook) -> Literal["payment", "refund"] | None:
    if webhook.event_type in OF_REFUNDS:
        return "refund"
    of_page = isinstance(webhook, HostedPageWebhook) and webhook.event_type in OF_PAGES
    return "payment" if of_page else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
