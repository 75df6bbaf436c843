"""iyzico's webhooks as the hints that the application acts on."""

from __future__ import annotations

from uuid import UUID

import structlog

from adapters.iyzico.webhooks import BrokenWebhook, read_webhook, verify_webhook_v3
from application.payments.provider import ForgedWebhook, WebhookHint

log = structlog.get_logger()


class IyzicoWebhooks:
    """`PaymentWebhooks` for one merchant account.

    A signature that is there must be right. Without one the hint is passed on untrusted, since the
    provider switches signatures on only when asked, and asking it is what decides anyway.
    """

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key

    def read(self, body: bytes, signature: str) -> WebhookHint | None:
        try:
            webhook = read_webhook(body)
            attempt_id = UUID(webhook.payment_conversation_id)
        except (BrokenWebhook, ValueError) as error:
            log.warning("payment_webhook_not_ours", error=str(error), length=len(body))
            return None
        if signature and not verify_webhook_v3(self._secret_key, webhook, signature=signature):
            raise ForgedWebhook
        return WebhookHint(
            attempt_id=attempt_id,
            token=webhook.token,
            status=webhook.status,
            reference=webhook.reference_code,
            trusted=bool(signature),
        )
