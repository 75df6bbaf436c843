"""The calls about hosted pages: open one, ask what became of it."""

from __future__ import annotations

from adapters.iyzico.emulator.asked import Asked, MerchantCall
from adapters.iyzico.emulator.documents import declined_document, payment_document
from adapters.iyzico.emulator.opening import open_page
from adapters.iyzico.emulator.payment_calls import PAYMENT_SEAL
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.records import Page, PageKind, Phase
from adapters.iyzico.emulator.refusals import Refusal
from adapters.iyzico.emulator.wire import Document

PAGE_SEAL = ("paymentStatus", *PAYMENT_SEAL, "token")
OPENED_SEAL = ("conversationId", "token")
FORM = "/payment/iyzipos/checkoutform"


def _open(provider: Provider, asked: Asked) -> Document:
    return _opened(provider, asked, page=_page(provider, asked))


def _open_to_hold(provider: Provider, asked: Asked) -> Document:
    return _opened(provider, asked, page=_page(provider, asked, phase="PRE_AUTH"))


def _open_wallet(provider: Provider, asked: Asked) -> Document:
    return _opened(provider, asked, page=_page(provider, asked, kind="wallet"))


def _page(
    provider: Provider, asked: Asked, *, kind: PageKind = "form", phase: Phase = "AUTH"
) -> Page:
    page = open_page(provider, asked.body, kind=kind, phase=phase)
    provider.book.keep(page)
    return page


def _opened(provider: Provider, asked: Asked, *, page: Page) -> Document:
    address = f"{asked.origin}/cpp?token={page.token}&lang={page.language}"
    about: Document = {
        "token": page.token,
        "tokenExpireTime": provider.settings.page_lifetime_seconds,
        "paymentPageUrl": address,
    }
    if page.kind == "wallet":
        return about
    link = address.replace("&", "&amp;")
    return about | {
        "checkoutFormContent": f'<div id="iyzipay-checkout-form"><a href="{link}">iyzico</a></div>',
        "payWithIyzicoPageUrl": f"{address}&pwi=1",
    }


def _retrieve(provider: Provider, asked: Asked) -> Document:
    token = asked.text("token")
    if not token:
        raise Refusal("5132")
    page = provider.book.pages.get(token)
    if page is None or page.kind not in {"form", "wallet"}:
        raise Refusal("5124")
    conversation = {"conversationId": asked.conversation_id or page.conversation_id}
    if page.payment_id is None:
        if page.decline is None and provider.settings.not_final_as_failure:
            raise Refusal("5002")
        return conversation | declined_document(page, asked.language)
    payment = provider.book.payments[page.payment_id]
    about = conversation | payment_document(payment)
    about |= {"paymentStatus": "SUCCESS", "token": page.token, "callbackUrl": page.callback_url}
    if payment.kind == "wallet":
        about |= {"memberEmail": payment.buyer_email, "memberGsmNumber": payment.buyer_phone}
    return about


_OPEN = MerchantCall("initialize", _open, OPENED_SEAL)
_HOLD = MerchantCall("initialize", _open_to_hold, OPENED_SEAL)

CALLS = {
    ("POST", f"{FORM}/initialize/ecom"): _OPEN,
    ("POST", f"{FORM}/initialize/auth/ecom"): _OPEN,
    ("POST", f"{FORM}/initialize/preauth/ecom"): _HOLD,
    ("POST", "/payment/pay-with-iyzico/initialize"): MerchantCall(
        "initialize", _open_wallet, OPENED_SEAL
    ),
    ("POST", f"{FORM}/auth/ecom/detail"): MerchantCall("retrieve", _retrieve, PAGE_SEAL),
}
