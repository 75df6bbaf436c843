"""The calls about payments: ask for one, hold and take money, take it back, give it back."""

from __future__ import annotations

from decimal import Decimal

from adapters.iyzico.emulator.asked import Asked, MerchantCall, amount, number
from adapters.iyzico.emulator.documents import payment_document
from adapters.iyzico.emulator.figures import figure
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.records import Payment, Refund
from adapters.iyzico.emulator.refusals import Refusal
from adapters.iyzico.emulator.returns import may_refund
from adapters.iyzico.emulator.wire import Document

PAYMENT_SEAL = ("paymentId", "currency", "basketId", "conversationId", "paidPrice", "price")
REFUND_SEAL = ("paymentId", "price", "currency", "conversationId")
REASONS = {"OTHER", "FRAUD", "BUYER_REQUEST", "DOUBLE_PAYMENT"}


def find_payment(provider: Provider, payment_id: object, *, conversation_id: str) -> Payment:
    """By the payment's id, or the newest of a conversation. Raises `Refusal`."""
    if payment_id:
        payment = provider.book.payments.get(number(payment_id, "5002"))
    else:
        payment = provider.book.payment_by_conversation(conversation_id)
    if payment is None:
        raise Refusal("5002")
    return payment


def _detail(provider: Provider, asked: Asked) -> Document:
    payment = find_payment(
        provider,
        asked.body.get("paymentId"),
        conversation_id=asked.text("paymentConversationId"),
    )
    conversation = {"conversationId": asked.conversation_id or payment.conversation_id}
    return conversation | payment_document(payment)


def _take_held(provider: Provider, asked: Asked) -> Document:
    payment = _named(provider, asked)
    price = amount(asked.body.get("paidPrice"), "5005")
    _check_currency(asked, payment)
    taken = provider.take_held(payment, price)
    conversation = {"conversationId": asked.conversation_id or payment.conversation_id}
    return conversation | payment_document(taken)


def _cancel(provider: Provider, asked: Asked) -> Document:
    payment = _named(provider, asked)
    _check_reason(asked)
    cancelled = provider.cancel(payment, conversation_id=asked.conversation_id)
    return {
        "paymentId": str(cancelled.payment_id),
        "price": figure(cancelled.paid_price),
        "currency": cancelled.currency,
        "authCode": cancelled.auth_code,
        "hostReference": cancelled.host_reference,
        "cancelHostReference": f"mock-cancel-{cancelled.payment_id}",
    }


def _refund_line(provider: Provider, asked: Asked) -> Document:
    found = provider.book.payment_with_transaction(
        asked.number("paymentTransactionId", otherwise="5001")
    )
    if found is None:
        raise Refusal("5001", retryable=False)
    payment, item = found
    _check_currency(asked, payment)
    _check_reason(asked)
    made = provider.refund(
        payment,
        item,
        price=amount(asked.body.get("price"), "5005"),
        conversation_id=asked.conversation_id,
    )
    line: Document = {"paymentTransactionId": str(item.transaction_id)}
    return _refunded(payment, made, price=made.price, line=line)


def _refund_payment(provider: Provider, asked: Asked) -> Document:
    """Lines are emptied one after the other, the first one first."""
    payment = _named(provider, asked)
    price = amount(asked.body.get("price"), "5005")
    _check_currency(asked, payment)
    _check_reason(asked)
    may_refund(provider, payment, price=price, most=payment.paid_price - payment.refunded)
    made: Refund | None = None
    left = price
    for line in payment.items:
        share = min(left, line.paid_price - line.refunded)
        if share > 0:
            now = provider.book.payments[payment.payment_id]
            item = next(i for i in now.items if i.transaction_id == line.transaction_id)
            made = provider.refund(now, item, price=share, conversation_id=asked.conversation_id)
            left -= share
    if made is None:
        raise Refusal("5006", retryable=False)
    return _refunded(payment, made, price=price, line={})


def _refunded(payment: Payment, made: Refund, *, price: Decimal, line: Document) -> Document:
    about = line | {"paymentId": str(payment.payment_id), "price": figure(price)}
    if not made.accepted:
        # The bank did not take it now; the provider goes on trying, and its reports show it.
        raise Refusal("10000", "GENERAL_ERROR", retryable=True, **about)
    return about | {
        "currency": payment.currency,
        "authCode": payment.auth_code,
        "hostReference": payment.host_reference,
        "refundHostReference": made.host_reference,
        "retryable": False,
    }


def _named(provider: Provider, asked: Asked) -> Payment:
    payment = provider.book.payments.get(asked.number("paymentId", otherwise="5002"))
    if payment is None:
        raise Refusal("5002", retryable=False)
    return payment


def _check_currency(asked: Asked, payment: Payment) -> None:
    if asked.body.get("currency") not in {None, payment.currency}:
        raise Refusal("11", retryable=False)


def _check_reason(asked: Asked) -> None:
    reason = asked.text("reason").upper()
    if asked.text("description") and not reason:
        raise Refusal("11", retryable=False)
    if reason and reason not in REASONS:
        raise Refusal("11", retryable=False)


CALLS = {
    ("POST", "/payment/detail"): MerchantCall("detail", _detail, PAYMENT_SEAL),
    ("POST", "/payment/postauth"): MerchantCall("postauth", _take_held, PAYMENT_SEAL),
    ("POST", "/payment/cancel"): MerchantCall("cancel", _cancel),
    ("POST", "/payment/refund"): MerchantCall("refund", _refund_line, REFUND_SEAL),
    ("POST", "/v2/payment/refund"): MerchantCall("refund_v2", _refund_payment, REFUND_SEAL),
    ("POST", "/payment/iyzipos/refund/merchant/charge"): MerchantCall("refund", _refund_line),
}
