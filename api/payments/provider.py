"""What comes from the payment provider: the shopper's browser, and webhooks. Both are hints."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import structlog
from litestar import Controller, MediaType, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, HeaderParameter
from litestar.response import Redirect
from msgspec import Struct

from api.ask import OPEN, Ask, Rate
from api.payments.controller import till_of
from api.problems import Trouble
from application.bus import Call
from application.payments import (
    AskAboutPayment,
    ForgedWebhook,
    PaymentWebhooks,
    WebhookHint,
)
from application.ports import Language
from application.store import LogUnavailable, Store
from domain.orders import Order
from domain.payments import AttemptState, PaymentAttempt
from domain.shared.errors import NotFound

log = structlog.get_logger()

PAGE = (Path(__file__).parents[1] / "pages" / "payment.html").read_text(encoding="utf-8")
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
PATIENCE_SECONDS = 6.0
"""How long a shopper waits for our question to the provider; then the page tells them to wait."""

REFERENCE_LENGTH = 64

TELLING = {"SUCCESS", "FAILURE"}
"""Statuses of webhooks after which asking may bring news; all others are steps on the way."""

SEEN: dict[AttemptState, str] = dict.fromkeys(("opened", "form_opened", "unknown"), "waiting") | {
    "declined": "declined",
    "in_review": "in_review",
    "succeeded": "paid",
    "expired": "expired",
    "failed": "expired",
}  # type: ignore[assignment]  # the keys are states
WORDS: dict[Language, dict[str, tuple[str, str]]] = {
    "tr": {
        "waiting": (
            "Ödemeniz kontrol ediliyor",
            "Bankadan yanıt bekliyoruz. Bu sayfa kendini yeniler; kapatsanız da sonuç kaybolmaz.",
        ),
        "declined": (
            "Kart kabul edilmedi",
            "Bu denemede para çekilmedi. Siparişinizden başka bir kartla yeniden deneyebilirsiniz.",
        ),
        "in_review": (
            "Ödemeniz inceleniyor",
            "Ödeme kuruluşu işlemi inceliyor. Sonuçlanınca size e-posta ile haber veririz.",
        ),
        "paid": ("Ödemeniz alındı", "Teşekkür ederiz. Siparişiniz hazırlanmaya başlıyor."),
        "surplus": (
            "Ödemeniz iade ediliyor",
            "Bu sipariş için bu ödemeye gerek kalmamıştı. Tutar kartınıza geri gönderiliyor.",
        ),
        "credits": ("Ödemeniz alındı", "Teşekkür ederiz. Kredileriniz cüzdanınızda."),
        "expired": (
            "Ödeme tamamlanmadı",
            "Para çekilmedi. Siparişinizden yeni bir ödeme başlatabilirsiniz.",
        ),
    },
    "en": {
        "waiting": (
            "We are checking your payment",
            "We wait for the bank. This page renews itself; nothing is lost if you close it.",
        ),
        "declined": (
            "The card was declined",
            "No money was taken this time. You can try another card from your order.",
        ),
        "in_review": (
            "Your payment is being reviewed",
            "The payment provider looks at it. We will mail you as soon as it is decided.",
        ),
        "paid": ("Your payment has arrived", "Thank you. We begin to prepare your order."),
        "surplus": (
            "Your payment goes back",
            "The order did not need this payment. The amount is on its way back to your card.",
        ),
        "credits": ("Your payment has arrived", "Thank you. Your credits are in your wallet."),
        "expired": (
            "The payment was not completed",
            "No money was taken. You can begin a new payment from your order.",
        ),
    },
}


class ReturnForm(Struct, frozen=True):
    """What the provider has the shopper's browser post; other fields are not looked at."""

    token: str


ReturnBody = Annotated[ReturnForm, Body(media_type=RequestEncodingType.URL_ENCODED)]
Signature = Annotated[str, HeaderParameter(name="X-IYZ-SIGNATURE-V3", required=False)]


class ProviderController(Controller):
    path = "/"
    tags = ("payments",)

    @post(
        "/payments/{attempt_id:uuid}/return",
        operation_id="ReturnFromPayment",
        summary="Where the provider sends the shopper's browser back to",
        opt=OPEN | {"rate": Rate("payment-returns", 60)},
        status_code=303,
    )
    async def come_back(self, ask: Ask, attempt_id: UUID, data: ReturnBody) -> Redirect:
        """Asks the provider at once, and leads to the page that tells the result."""
        attempt = await _attempt_with(ask, attempt_id, token=data.token)
        if attempt is None:
            raise NotFound
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await till_of(ask).confirm(attempt_id)
        except (TimeoutError, LogUnavailable) as error:
            log.warning("return_not_confirmed", attempt_id=str(attempt_id), error=repr(error))
        return Redirect(f"/api/v1/payments/{attempt_id}/result", status_code=303)

    @get(
        "/payments/{attempt_id:uuid}/result",
        operation_id="PaymentResult",
        summary="A page that tells the shopper how the payment stands",
        opt=OPEN,
        media_type=MediaType.HTML,
    )
    async def result(self, ask: Ask, attempt_id: UUID) -> Response[str]:
        """For the browser that comes back without a session: the number of the order, no more."""
        store = Store(ask.log, ask.now)
        attempt = await store.get(PaymentAttempt, attempt_id)
        order = await store.get(Order, attempt.order_id)
        seen = "surplus" if attempt.surplus else SEEN[attempt.state]
        if seen == "paid" and order.credits:
            seen = "credits"
        title, text = WORDS[ask.language][seen]
        waiting = '<meta http-equiv="refresh" content="4">' if seen == "waiting" else ""
        places = {
            "language": ask.language,
            "title": title,
            "text": text,
            "number": order.number,
            "refresh": waiting,
        }
        return Response(
            PAGE.format_map(places),
            media_type=MediaType.HTML,
            headers={
                "Cache-Control": "no-store",
                "Content-Security-Policy": PAGE_POLICY,
                "Referrer-Policy": "no-referrer",
            },
        )

    @post(
        "/webhooks/iyzico",
        operation_id="ReceivePaymentWebhook",
        summary="The payment provider's webhook",
        opt=OPEN | {"rate": Rate("payment-webhooks", 600)},
        status_code=200,
    )
    async def webhook(self, ask: Ask, body: bytes, signature: Signature = "") -> Response[Any]:
        """Notes that the provider is to be asked, and answers at once. A wrong signature is 401;
        what is about nothing of ours is taken and forgotten.
        """
        reader: Any = ask.port(PaymentWebhooks)
        try:
            hint: WebhookHint | None = reader.read(body, signature)
        except ForgedWebhook as forged:
            log.exception("payment_webhook_forged", ip=ask.ip)
            raise Trouble(401, "webhook_not_signed") from forged
        if hint is not None and hint.status in TELLING:
            await _follow(ask, hint)
        return Response({}, status_code=200)


async def _follow(ask: Ask, hint: WebhookHint) -> None:
    command = AskAboutPayment(
        attempt_id=hint.attempt_id,
        asked_by="webhook",
        reference=(hint.reference or hint.status)[:REFERENCE_LENGTH],
        token=hint.token,
    )
    try:
        await ask.bus.execute(command, Call(trace_id=ask.trace_id))
    except NotFound:
        log.warning("payment_webhook_unknown", attempt_id=str(hint.attempt_id))


async def _attempt_with(ask: Ask, attempt_id: UUID, *, token: str) -> PaymentAttempt | None:
    """The attempt, if this is the token of its page."""
    attempt = await Store(ask.log, ask.now).find(PaymentAttempt, attempt_id)
    return attempt if attempt and attempt.has_page(token) else None
