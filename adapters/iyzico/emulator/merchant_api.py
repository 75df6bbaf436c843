"""The calls a merchant makes: authenticated over raw bytes, answered in an envelope, signed."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec import Struct

from adapters.iyzico.emulator.documents import (
    Document,
    declined_document,
    figure,
    payment_document,
    report_document,
)
from adapters.iyzico.emulator.faults import FaultKind, alter
from adapters.iyzico.emulator.opening import open_page
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.refusals import Refusal, message_of
from adapters.iyzico.emulator.seals import admit, seal
from adapters.iyzico.emulator.settings import EmulatorSettings
from adapters.iyzico.emulator.wire import Request

Body = dict[str, Any]

PAYMENT_SEAL = ("paymentId", "currency", "basketId", "conversationId", "paidPrice", "price")
PAGE_SEAL = ("paymentStatus", *PAYMENT_SEAL, "token")


class Asked(Struct, frozen=True):
    """What a merchant sent: the JSON body, the query, and the address the call came to."""

    body: Body
    query: dict[str, str]
    origin: str


class MerchantCall(Struct, frozen=True):
    """One call: what it is named in logs and faults, what answers it, which fields are signed, and
    whether it is for merchants that send cards themselves.
    """

    name: str
    handle: Callable[[Provider, Asked], Document]
    signed: tuple[str, ...] = ()
    direct: bool = False


def find_call(request: Request, settings: EmulatorSettings) -> MerchantCall | None:
    """The call a request is for; None where there is no such path, or it is switched off."""
    call = CALLS.get((request.method, request.path))
    if call is not None and call.direct and not settings.direct_payments:
        return None
    return call


def answer(
    provider: Provider, call: MerchantCall, *, request: Request, fault: FaultKind | None
) -> Document:
    """Carry a call out and put the answer into the envelope."""
    settings = provider.settings
    body: Body = {}
    try:
        admit(request, settings.api_key, secret_key=settings.secret_key)
        body = _parsed(request.body)
        _limit_rate(fault)
        asked = Asked(body, request.query, request.origin)
        document = _envelope(provider, body) | call.handle(provider, asked)
    except Refusal as refusal:
        return _failure(provider, body, refusal=refusal)
    alter(document, fault)
    if call.signed:
        document["signature"] = seal(document, call.signed, secret_key=settings.secret_key)
        if fault == "wrong_signature":
            document["signature"] = seal(document, call.signed, secret_key="sandbox-nobody")  # noqa: S106 - wrong on purpose
    return document


def _limit_rate(fault: FaultKind | None) -> None:
    if fault == "rate_limit":
        raise Refusal("50000")


def _parsed(raw: bytes) -> Body:
    try:
        parsed = json.loads(raw or b"null", parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise Refusal("11") from error
    if parsed is None:
        return {}
    if not isinstance(parsed, dict):
        raise Refusal("11")
    return parsed


def _envelope(provider: Provider, body: Body) -> Document:
    envelope: Document = {
        "status": "success",
        "locale": _language(body),
        "systemTime": int(provider.now().timestamp() * 1000),
    }
    if body.get("conversationId"):
        envelope["conversationId"] = str(body["conversationId"])
    return envelope


def _failure(provider: Provider, body: Body, *, refusal: Refusal) -> Document:
    document = _envelope(provider, body) | refusal.details
    document["status"] = "failure"
    document["errorCode"] = refusal.code
    document["errorMessage"] = message_of(refusal.code, _language(body))
    if refusal.group:
        document["errorGroup"] = refusal.group
    return document


def _language(body: Body) -> str:
    return "en" if body.get("locale") == "en" else "tr"


def _test(_provider: Provider, _asked: Asked) -> Document:
    return {}


def _initialize(provider: Provider, asked: Asked) -> Document:
    page = open_page(provider, asked.body)
    address = f"{asked.origin}/cpp?token={page.token}&lang={page.language}"
    return {
        "token": page.token,
        "checkoutFormContent": f'<a href="{address.replace("&", "&amp;")}">iyzico</a>',
        "tokenExpireTime": provider.settings.page_lifetime_seconds,
        "paymentPageUrl": address,
    }


def _retrieve(provider: Provider, asked: Asked) -> Document:
    body = asked.body
    token = body.get("token")
    if not token:
        raise Refusal("5132")
    page = provider.book.pages.get(str(token))
    if page is None:
        raise Refusal("5124")
    conversation = {"conversationId": str(body.get("conversationId") or page.conversation_id)}
    if page.payment_id is None:
        if page.decline is None and provider.settings.not_final_as_failure:
            raise Refusal("5002")
        return conversation | declined_document(page, _language(body))
    about = payment_document(provider.book.payments[page.payment_id])
    return (
        conversation
        | about
        | {
            "paymentStatus": "SUCCESS",
            "token": page.token,
            "callbackUrl": page.callback_url,
        }
    )


def _detail(provider: Provider, asked: Asked) -> Document:
    body = asked.body
    if body.get("paymentId"):
        payment = provider.book.payments.get(_number(body["paymentId"], "5002"))
    else:
        conversation_id = str(body.get("paymentConversationId") or "")
        payment = provider.book.payment_by_conversation(conversation_id)
    if payment is None:
        raise Refusal("5002")
    conversation = {"conversationId": str(body.get("conversationId") or payment.conversation_id)}
    return conversation | payment_document(payment)


def _cancel(provider: Provider, asked: Asked) -> Document:
    body = asked.body
    payment = provider.book.payments.get(_number(body.get("paymentId"), "5002"))
    if payment is None:
        raise Refusal("5002", retryable=False)
    if body.get("description") and not body.get("reason"):
        raise Refusal("11", retryable=False)
    cancelled = provider.cancel(payment)
    return {
        "paymentId": str(cancelled.payment_id),
        "price": figure(cancelled.paid_price),
        "currency": cancelled.currency,
        "authCode": cancelled.auth_code,
        "hostReference": cancelled.host_reference,
        "cancelHostReference": f"mock-cancel-{cancelled.payment_id}",
    }


def _refund(provider: Provider, asked: Asked) -> Document:
    body = asked.body
    found = provider.book.payment_with_transaction(
        _number(body.get("paymentTransactionId"), "5001")
    )
    if found is None:
        raise Refusal("5001", retryable=False)
    payment, item = found
    if body.get("currency") not in {None, payment.currency}:
        raise Refusal("11", retryable=False)
    refund = provider.refund(
        payment,
        item,
        price=_decimal(body.get("price")),
        conversation_id=str(body.get("conversationId") or ""),
    )
    return {
        "paymentId": str(payment.payment_id),
        "paymentTransactionId": str(item.transaction_id),
        "price": figure(refund.price),
        "currency": payment.currency,
        "authCode": payment.auth_code,
        "hostReference": payment.host_reference,
        "refundHostReference": refund.host_reference,
        "retryable": False,
    }


def _report(provider: Provider, asked: Asked) -> Document:
    query = asked.query
    if "paymentId" in query:
        payment = provider.book.payments.get(_number(query["paymentId"], "5002"))
    else:
        conversation_id = query.get("paymentConversationId", "")
        payment = provider.book.payment_by_conversation(conversation_id)
    if payment is None:
        raise Refusal("5002")
    return {"payments": [report_document(payment)]}


def _number(value: object, code: str) -> int:
    try:
        return int(str(value))
    except ValueError as error:
        raise Refusal(code) from error


def _decimal(value: object) -> Decimal:
    try:
        amount = Decimal(str(value))
    except ArithmeticError as error:
        raise Refusal("5005") from error
    if not amount.is_finite():
        raise Refusal("5005")
    return amount


INITIALIZE = MerchantCall("initialize", _initialize, ("conversationId", "token"))

CALLS: dict[tuple[str, str], MerchantCall] = {
    ("GET", "/payment/test"): MerchantCall("test", _test),
    ("POST", "/payment/iyzipos/checkoutform/initialize/ecom"): INITIALIZE,
    ("POST", "/payment/iyzipos/checkoutform/initialize/auth/ecom"): INITIALIZE,
    ("POST", "/payment/iyzipos/checkoutform/auth/ecom/detail"): MerchantCall(
        "retrieve", _retrieve, PAGE_SEAL
    ),
    ("POST", "/payment/detail"): MerchantCall("detail", _detail, PAYMENT_SEAL),
    ("POST", "/payment/cancel"): MerchantCall("cancel", _cancel),
    ("POST", "/payment/refund"): MerchantCall(
        "refund", _refund, ("paymentId", "price", "currency", "conversationId")
    ),
    ("GET", "/v2/reporting/payment/details"): MerchantCall("report", _report),
}
