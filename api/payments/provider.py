"""Where the shopper's browser comes back to from the provider's page: a hint to ask, no more."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs
from uuid import UUID

import structlog
from litestar import Controller, MediaType, Response, get, post

from api.ask import OPEN, Ask, Rate
from api.payments.controller import till_of
from application.ports import Language
from application.store import LogUnavailable, Store
from domain.orders import Order
from domain.payments import AttemptState, PaymentAttempt
from domain.shared.errors import NotFound

log = structlog.get_logger()

PAGE = (Path(__file__).parents[1] / "pages" / "payment.html").read_text(encoding="utf-8")
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
LARGEST_FORM, MOST_FIELDS = 4096, 20
PATIENCE_SECONDS = 6.0
"""How long a shopper waits for our question to the provider; then the page tells them to wait."""

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
        "cancelled": (
            "Siparişiniz iptal edildi",
            "Ödemeniz geri gönderiliyor. Durumunu siparişinizde görebilirsiniz.",
        ),
        "expired": (
            "Ödeme tamamlanmadı",
            "Para çekilmedi. Siparişinizden yeni bir ödeme başlatabilirsiniz.",
        ),
        "foreign": (
            "Böyle bir ödeme yok",
            "Hiçbir şey değişmedi. Ödemenizin sonucunu siparişinizde görebilirsiniz.",
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
        "cancelled": (
            "Your order is cancelled",
            "Your payment goes back to you. Your order shows how it stands.",
        ),
        "expired": (
            "The payment was not completed",
            "No money was taken. You can begin a new payment from your order.",
        ),
        "foreign": (
            "There is no such payment",
            "Nothing has changed. Your order shows what became of your payment.",
        ),
    },
}


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
    async def come_back(
        self, ask: Ask, attempt_id: UUID, body: bytes, headers: dict[str, str]
    ) -> Response[str]:
        """Takes a form with the `token` of the provider's page, asks the provider at once, and
        leads to the page that tells the result. With any other token nothing happens, and it is a
        404: for browsers a page that says so.
        """
        token = _token(body)
        attempt = await _attempt_with(ask, attempt_id, token=token) if token else None
        if attempt is None:
            return _nothing(ask, headers)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await till_of(ask).confirm(attempt_id)
        except (TimeoutError, LogUnavailable) as error:
            log.warning("return_not_confirmed", attempt_id=str(attempt_id), error=repr(error))
        there = f"/api/v1/payments/{attempt_id}/result"
        return Response("", status_code=303, headers={"Location": there})

    @get(
        "/payments/{attempt_id:uuid}/result",
        operation_id="PaymentResult",
        summary="A page that tells the shopper how the payment stands",
        opt=OPEN,
        media_type=MediaType.HTML,
    )
    async def result(self, ask: Ask, attempt_id: UUID, headers: dict[str, str]) -> Response[str]:
        """For the browser that comes back without a session: the number of the order, no more."""
        store = Store(ask.log, ask.now)
        attempt = await store.find(PaymentAttempt, attempt_id)
        if attempt is None:
            return _nothing(ask, headers)
        order = await store.get(Order, attempt.order_id)
        seen = "surplus" if attempt.surplus else SEEN[attempt.state]
        if seen == "paid" and order.state == "cancelled":
            seen = "cancelled"
        elif seen == "paid" and order.credits:
            seen = "credits"
        return _page(ask, seen, number=order.number)


def _nothing(ask: Ask, headers: Mapping[str, str]) -> Response[str]:
    """A page for those who read pages, and else a problem document. Raises `NotFound`."""
    if "text/html" not in headers.get("accept", ""):
        raise NotFound
    return _page(ask, "foreign", status=404)


def _page(ask: Ask, seen: str, *, number: str = "", status: int = 200) -> Response[str]:
    title, text = WORDS[ask.language][seen]
    waiting = '<meta http-equiv="refresh" content="4">' if seen == "waiting" else ""
    places = {
        "language": ask.language,
        "title": title,
        "text": text,
        "number": number,
        "refresh": waiting,
    }
    return Response(
        PAGE.format_map(places),
        status_code=status,
        media_type=MediaType.HTML,
        headers={
            "Cache-Control": "no-store",
            "Content-Security-Policy": PAGE_POLICY,
            "Referrer-Policy": "no-referrer",
        },
    )


def _token(body: bytes) -> str:
    """The token of a form; empty where there is none, whatever else it is."""
    if len(body) > LARGEST_FORM:
        return ""
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        return ""
    given = fields.get("token", [])
    return given[0] if len(given) == 1 else ""


async def _attempt_with(ask: Ask, attempt_id: UUID, *, token: str) -> PaymentAttempt | None:
    """The attempt, if this is the token of its page."""
    attempt = await Store(ask.log, ask.now).find(PaymentAttempt, attempt_id)
    return attempt if attempt and attempt.has_page(token) else None
