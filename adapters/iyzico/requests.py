"""The requests we send to iyzico, as plain dicts of text."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from adapters.iyzico.answers import TransactionReference
from application.ports import Buyer, CheckoutLine, CheckoutRequest
from domain.shared.address import Address
from domain.shared.money import Money

COUNTRY = "Turkey"
# iyzico wants an identity number; this one stands for a consumer who gave none.
ANONYMOUS_IDENTITY = "11111111111"


def checkout_form(request: CheckoutRequest) -> dict[str, Any]:
    """A hosted page for an order; every figure is gross and has two decimals."""
    total = _figure(request.total)
    shipping = {"shippingAddress": _address(request.shipping)} if request.shipping else {}
    saved_cards = {"cardUserKey": request.card_user_key} if request.card_user_key else {}
    return {
        "locale": request.language,
        "conversationId": str(request.attempt_id),
        "price": total,
        "paidPrice": total,
        "currency": request.total.currency,
        "basketId": str(request.order_id),
        "paymentGroup": "PRODUCT",
        "callbackUrl": request.callback_url,
        "enabledInstallments": list(request.installments),
        **saved_cards,
        "buyer": _buyer(request.buyer, request.billing),
        **shipping,
        "billingAddress": _address(request.billing),
        "basketItems": [_basket_item(line) for line in request.lines],
    }


def retrieval(token: str, attempt_id: UUID) -> dict[str, Any]:
    """The question what became of a hosted page."""
    return {"locale": "en", "conversationId": str(attempt_id), "token": token}


def payment_of(attempt_id: UUID) -> dict[str, Any]:
    """The question whether an attempt was paid, whatever became of its page."""
    return {
        "locale": "en",
        "conversationId": str(attempt_id),
        "paymentConversationId": str(attempt_id),
    }


def refund(
    reference: TransactionReference, *, refund_id: UUID, amount: Money, ip: str
) -> dict[str, Any]:
    """Give back part of one line (the first version of the call, which names the line)."""
    return {
        "locale": "en",
        "conversationId": str(refund_id),
        "paymentTransactionId": reference.transaction_id,
        "price": _figure(amount),
        "currency": amount.currency,
        "ip": ip,
    }


def cancel(payment_id: str, *, cancel_id: UUID, ip: str) -> dict[str, Any]:
    """Take a whole payment back on its own day."""
    return {
        "locale": "en",
        "conversationId": str(cancel_id),
        "paymentId": payment_id,
        "ip": ip,
        "reason": "OTHER",
        "description": str(cancel_id),
    }


def _figure(money: Money) -> str:
    return f"{money.amount:.2f}"


def _buyer(buyer: Buyer, address: Address) -> dict[str, str]:
    fields = {
        "id": str(buyer.person_id),
        "name": buyer.given_name,
        "surname": buyer.family_name,
        "identityNumber": ANONYMOUS_IDENTITY,
        "email": buyer.email,
        "gsmNumber": buyer.phone,
        "registrationAddress": _street(address),
        "city": address.province,
        "country": COUNTRY,
        "zipCode": address.postcode,
        "ip": buyer.ip,
    }
    return {name: value for name, value in fields.items() if value}


def _address(address: Address) -> dict[str, str]:
    fields = {
        "contactName": address.name,
        "address": _street(address),
        "city": address.province,
        "country": COUNTRY,
        "zipCode": address.postcode,
    }
    return {name: value for name, value in fields.items() if value}


def _street(address: Address) -> str:
    return f"{address.line}, {address.district}"


def _basket_item(line: CheckoutLine) -> dict[str, str]:
    return {
        "id": str(line.line_id),
        "name": line.name,
        "category1": line.category,
        "itemType": "PHYSICAL" if line.physical else "VIRTUAL",
        "price": _figure(line.price),
    }
