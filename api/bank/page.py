"""The page that tells a customer how to transfer money: to whom, how much, with which reference."""

from __future__ import annotations

import html
from pathlib import Path
from uuid import UUID

from litestar import Controller, MediaType, Response, get

from api.ask import OPEN, Ask
from application.ports import Language
from application.store import Store
from domain.bank import BankTransfer, grouped_iban, printed
from domain.orders import Order
from domain.payments import PaymentAttempt
from domain.shared.days import TURKEY
from domain.shared.errors import NotFound

PAGE = (Path(__file__).parents[1] / "pages" / "transfer.html").read_text(encoding="utf-8")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
WORDS: dict[Language, dict[str, str]] = {
    "tr": {
        "title": "Havale, EFT ya da FAST ile ödeme",
        "waiting": "Bankanızdan aşağıdaki tutarı tam olarak gönderin. Açıklamaya yalnızca referansı"
        " yazın; ödemenizi onunla tanırız.",
        "paid": "Transferiniz ulaştı. Başka bir şey yapmanız gerekmiyor.",
        "closed": "Bu ödeme artık beklenmiyor; lütfen göndermeyin. Yine de gelen para gönderene"
        " iade edilir.",
        "order": "Sipariş",
        "recipient": "Alıcı",
        "bank": "Banka",
        "iban": "IBAN",
        "amount": "Tutar",
        "reference": "Açıklama",
        "until": "Son gün",
        "note": "Eksik ya da fazla gelen tutar siparişe sayılmaz; sizinle iletişime geçeriz."
        " Sonuç, transfer hesabımızda görüldüğünde bildirilir, çoğunlukla bir iş günü içinde.",
    },
    "en": {
        "title": "Pay by bank transfer",
        "waiting": "Send exactly the amount below from your bank. Write nothing but the reference"
        " as its text: by it we know your payment.",
        "paid": "Your transfer has arrived. There is nothing more to do.",
        "closed": "This payment is not waited for any more; please do not send it. Money that comes"
        " all the same goes back to its sender.",
        "order": "Order",
        "recipient": "Recipient",
        "bank": "Bank",
        "iban": "IBAN",
        "amount": "Amount",
        "reference": "Text",
        "until": "Last day",
        "note": "An amount that is smaller or larger does not pay the order; we will write to you."
        " You hear from us when the transfer is on our account, mostly within a working day.",
    },
}


class TransferPageController(Controller):
    path = "/"
    tags = ("payments",)

    @get(
        "/payments/{attempt_id:uuid}/instructions/{reference:str}",
        operation_id="TransferInstructions",
        summary="A page that tells how to pay by bank transfer",
        opt=OPEN,
        media_type=MediaType.HTML,
    )
    async def page(self, ask: Ask, attempt_id: UUID, reference: str) -> Response[str]:
        """For whoever has the link: nothing on it is about a person. 404 for another reference."""
        store = Store(ask.log, ask.now)
        attempt = await store.find(PaymentAttempt, attempt_id)
        transfer = await store.find(BankTransfer, BankTransfer.id_of(reference))
        if attempt is None or transfer is None or not attempt.has_page(reference):
            raise NotFound(id=attempt_id)
        order = await store.get(Order, attempt.order_id)
        words = WORDS[ask.language]
        if transfer.line_id or attempt.state == "succeeded":
            state = "paid"
        else:
            state = "waiting" if attempt.is_open else "closed"
        facts = _facts(transfer, order.number, language=ask.language)
        shown = facts if state == "waiting" else {"order": order.number}
        rows = "".join(
            f"<dt>{words[name]}</dt><dd>{html.escape(value)}</dd>" for name, value in shown.items()
        )
        body = PAGE.format(
            language=ask.language,
            title=words["title"],
            text=words[state],
            rows=rows,
            note=words["note"] if state == "waiting" else "",
        )
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": POLICY,
            "Content-Language": ask.language,
            "Referrer-Policy": "no-referrer",
        }
        return Response(body, media_type=MediaType.HTML, headers=headers)


def _facts(transfer: BankTransfer, number: str, *, language: Language) -> dict[str, str]:
    awaited = transfer.transfer
    return {
        "order": number,
        "recipient": awaited.recipient,
        "bank": awaited.bank_name,
        "iban": grouped_iban(awaited.iban),
        "amount": awaited.amount.written(language),
        "reference": printed(awaited.reference),
        "until": f"{awaited.until.astimezone(TURKEY):%d.%m.%Y}",
    }
