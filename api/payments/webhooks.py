"""The payment provider's webhooks: kept first, answered fast, followed up by asking."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import structlog
from litestar import Controller, Response, post
from litestar.params import HeaderParameter
from msgspec import Struct
from prometheus_client import Counter

from api.ask import OPEN, Ask, Rate
from api.problems import Trouble
from application.payments import StoredWebhook, WebhookDesk
from application.payments.webhooks import LARGEST_BODY, WebhookVerdict

log = structlog.get_logger()

webhooks_received = Counter(
    "payment_webhooks", "Webhooks of the payment provider that were received", ["verdict"]
)
PATIENCE_SECONDS = 3.0
"""How long it may take to note that the provider is to be asked; else it is noted a minute later.
"""
SIGNATURE = "x-iyz-signature-v3"

Signature = Annotated[str, HeaderParameter(name="X-IYZ-SIGNATURE-V3", required=False)]


class WebhookTaken(Struct, frozen=True):
    """The message is kept; `verdict` tells what was made of it. What follows comes by itself."""

    verdict: WebhookVerdict


class WebhooksController(Controller):
    path = "/webhooks"
    tags = ("payments",)

    @post(
        "/iyzico",
        operation_id="ReceivePaymentWebhook",
        summary="The payment provider's webhook",
        opt=OPEN | {"rate": Rate("payment-webhooks", 600)},
        status_code=200,
    )
    async def receive(
        self, ask: Ask, body: bytes, headers: dict[str, str], signature: Signature = ""
    ) -> Response[WebhookTaken]:
        """Keeps the message as it came, and notes that the provider is to be asked; nothing in it
        is believed. 401 for a signature that is wrong, and for one that is missing where that is
        not allowed; 413 above 16 KiB; 200 for everything else, also for what is about nothing of
        ours. 503 when it could not be kept: then it is to be sent again.
        """
        desk: WebhookDesk = ask.port(WebhookDesk)
        given = {name.lower(): value for name, value in headers.items()} | {SIGNATURE: signature}
        kept = await desk.keep(body, given)
        verdict = kept.verdict if kept.handled_at else await _handled(ask, desk, kept=kept)
        webhooks_received.labels(verdict).inc()
        if len(body) > LARGEST_BODY:
            raise Trouble(413, "body_too_large")
        if verdict == "forged":
            log.error("payment_webhook_forged", ip=ask.ip, webhook_id=str(kept.webhook_id))
            raise Trouble(401, "webhook_not_signed")
        if verdict == "unsigned" and desk.policy == "strict":
            raise Trouble(401, "webhook_without_signature")
        return Response(WebhookTaken(verdict), status_code=200)


async def _handled(ask: Ask, desk: WebhookDesk, *, kept: StoredWebhook) -> WebhookVerdict:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            handled: Any = await desk.handle(kept, trace_id=ask.trace_id)
    except Exception as error:  # noqa: BLE001  # it is kept, and handled later; the provider need not know
        log.warning("payment_webhook_waits", webhook_id=str(kept.webhook_id), error=repr(error))
        return kept.verdict
    verdict: WebhookVerdict = handled.verdict
    return verdict
