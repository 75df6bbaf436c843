"""The calls of merchants that send cards themselves: with 3-D Secure, and without."""

from __future__ import annotations

import base64
from html import escape

from msgspec.structs import replace

from adapters.iyzico.emulator.asked import Asked, Body, MerchantCall, amount
from adapters.iyzico.emulator.card_entry import sent_card
from adapters.iyzico.emulator.cards import SandboxCard, card_behind, shown
from adapters.iyzico.emulator.documents import payment_document
from adapters.iyzico.emulator.opening import INSTALLMENTS, open_page
from adapters.iyzico.emulator.payment_calls import PAYMENT_SEAL
from adapters.iyzico.emulator.provider import THREEDS_FAILED, Provider
from adapters.iyzico.emulator.records import BankCheck, Page, Payment, Phase
from adapters.iyzico.emulator.refusals import Decline, Refusal
from adapters.iyzico.emulator.wire import Document

NEEDS_3DS = Decline("10217", "DEBIT_REQUIRES_3DS")


def _start(provider: Provider, asked: Asked) -> Document:
    return _started(provider, asked, phase="AUTH")


def _start_to_hold(provider: Provider, asked: Asked) -> Document:
    return _started(provider, asked, phase="PRE_AUTH")


def _started(provider: Provider, asked: Asked, *, phase: Phase) -> Document:
    page = open_page(provider, asked.body, kind="threeds", phase=phase)
    card, card_token = _card(provider, asked.part("paymentCard"))
    page = replace(
        page,
        promised_payment_id=provider.new_id(),
        conversation_data=f"mock-{provider.numbers.digits(12)}",
    )
    check = BankCheck(
        card=shown(card),
        installments=_installments(asked.body),
        code=provider.numbers.digits(6),
        md_status=card.md_status,
        save=_asks_to_keep(asked.part("paymentCard")),
        card_token=card_token,
    )
    begun = provider.start_3ds(page, card, check=check)
    if isinstance(begun, Decline):
        raise Refusal(begun.code, begun.group)
    return {
        "paymentId": str(page.promised_payment_id),
        "threeDSHtmlContent": _to_the_bank(page, asked.origin),
    }


def _finish(provider: Provider, asked: Asked) -> Document:
    page = _confirmed(provider, asked)
    if asked.text("conversationData") not in {"", page.conversation_data}:
        raise Refusal("11")
    return _captured(provider, asked, page=page)


def _finish_checked(provider: Provider, asked: Asked) -> Document:
    page = _confirmed(provider, asked)
    same = (
        amount(asked.body.get("paidPrice"), "11") == page.paid_price
        and asked.text("basketId") == page.basket_id
        and asked.text("currency") == page.currency
    )
    if not same:
        raise Refusal("11")
    return _captured(provider, asked, page=page)


def _confirmed(provider: Provider, asked: Asked) -> Page:
    """The payment whose card the bank has confirmed, and that is not paid yet."""
    token = provider.book.promised.get(asked.number("paymentId", otherwise="5002"))
    if token is None:
        raise Refusal("5002")
    page = provider.book.pages[token]
    if page.payment_id is not None or page.bank_verdict is None:
        raise Refusal("11")
    if page.bank_verdict != 1 or provider.now() >= page.expires_at:
        raise Refusal(THREEDS_FAILED.code, THREEDS_FAILED.group)
    return page


def _captured(provider: Provider, asked: Asked, *, page: Page) -> Document:
    if page.bank_check is None:
        raise Refusal("11")
    payment = provider.capture(page, page.bank_check, md_status=page.bank_verdict)
    return _paid(asked, payment)


def _charge(provider: Provider, asked: Asked) -> Document:
    return _charged(provider, asked, phase="AUTH")


def _hold(provider: Provider, asked: Asked) -> Document:
    return _charged(provider, asked, phase="PRE_AUTH")


def _charged(provider: Provider, asked: Asked, *, phase: Phase) -> Document:
    page = open_page(provider, asked.body, kind="direct", phase=phase)
    sent = asked.part("paymentCard")
    card, card_token = _card(provider, sent)
    if card.needs_bank_page:
        raise Refusal(NEEDS_3DS.code, NEEDS_3DS.group)
    count = _installments(asked.body)
    if card_token:
        result = provider.try_saved_card(page, card_token, installments=count)
    else:
        result = provider.try_card(page, card, installments=count, save=_asks_to_keep(sent))
    if isinstance(result, Decline):
        raise Refusal(result.code, result.group)
    if isinstance(result, BankCheck):
        raise Refusal(NEEDS_3DS.code, NEEDS_3DS.group)
    return _paid(asked, result)


def _paid(asked: Asked, payment: Payment) -> Document:
    conversation = {"conversationId": asked.conversation_id or payment.conversation_id}
    return conversation | payment_document(payment)


def _card(provider: Provider, sent: Body) -> tuple[SandboxCard, str]:
    """The card that was sent, and its token where it is a stored one."""
    token, key = str(sent.get("cardToken") or ""), str(sent.get("cardUserKey") or "")
    if token:
        if not key:
            raise Refusal("5111")
        kept = provider.book.cards.get(token)
        if kept is None or kept.card_user_key != key:
            raise Refusal("3006")
        return card_behind(kept.card), token
    return sent_card(sent, provider.now()), ""


def _asks_to_keep(sent: Body) -> bool:
    return str(sent.get("registerCard") or "0") == "1"


def _installments(body: Body) -> int:
    count = body.get("installment") or 1
    if str(count) not in {str(allowed) for allowed in INSTALLMENTS}:
        raise Refusal("11")
    return int(count)


def _to_the_bank(page: Page, origin: str) -> str:
    html = (
        '<!doctype html><html><body><form id="bank" method="get"'
        f' action="{escape(origin)}/payment/mock/init3ds">'
        f'<input type="hidden" name="token" value="{page.token}">'
        f'<input type="hidden" name="lang" value="{page.language}"></form>'
        '<script>document.getElementById("bank").submit()</script></body></html>'
    )
    return base64.b64encode(html.encode()).decode()


STARTED_SEAL = ("paymentId", "conversationId")

CALLS = {
    ("POST", "/payment/3dsecure/initialize"): MerchantCall("threeds_init", _start, STARTED_SEAL),
    ("POST", "/payment/3dsecure/initialize/preauth"): MerchantCall(
        "threeds_init", _start_to_hold, STARTED_SEAL
    ),
    ("POST", "/payment/3dsecure/auth"): MerchantCall("threeds_auth", _finish, PAYMENT_SEAL),
    ("POST", "/payment/v2/3dsecure/auth"): MerchantCall(
        "threeds_auth", _finish_checked, PAYMENT_SEAL
    ),
    ("POST", "/payment/auth"): MerchantCall("auth", _charge, PAYMENT_SEAL, direct=True),
    ("POST", "/payment/preauth"): MerchantCall("auth", _hold, PAYMENT_SEAL, direct=True),
}
