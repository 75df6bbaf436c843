"""What a merchant must send to open a hosted page, checked the way the provider checks it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from adapters.iyzico.emulator.book import BasketLine, Page
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.records import PageKind, Phase
from adapters.iyzico.emulator.refusals import Refusal

CURRENCIES = {"TRY", "USD", "EUR", "GBP", "NOK", "CHF"}
INSTALLMENTS = {1, 2, 3, 4, 6, 9, 12}
GROUPS = {None, "PRODUCT", "LISTING", "SUBSCRIPTION"}
YES = {"1", "True", "true"}
MOST_ITEMS = 500
LONGEST_CONVERSATION_ID = 255
REQUIRED_OF_BUYER = (
    ("email", "3"),
    ("identityNumber", "5"),
    ("id", "11"),
    ("name", "11"),
    ("surname", "11"),
    ("registrationAddress", "11"),
    ("city", "11"),
    ("country", "11"),
    ("ip", "11"),
)


def open_page(provider: Provider, body: dict[str, Any], *, kind: PageKind, phase: Phase) -> Page:
    """A page for a basket, which is not in the book yet. Raises `Refusal`."""
    _check_buyer(body.get("buyer"))
    lines = _lines(body.get("basketItems"))
    price, paid_price = _amount(body.get("price")), _amount(body.get("paidPrice"))
    if sum((line.price for line in lines), Decimal(0)) != price:
        raise Refusal("5062")
    if body.get("currency", "TRY") not in CURRENCIES:
        raise Refusal("11")
    if len(str(body.get("conversationId") or "")) > LONGEST_CONVERSATION_ID:
        raise Refusal("20")
    if body.get("paymentGroup") not in GROUPS:
        raise Refusal("11")
    _check_addresses(body)
    buyer = body["buyer"]
    return Page(
        token=provider.numbers.token(),
        conversation_id=str(body.get("conversationId") or ""),
        basket_id=str(body.get("basketId") or ""),
        language="en" if body.get("locale") == "en" else "tr",
        price=price,
        paid_price=paid_price,
        currency=body.get("currency", "TRY"),
        callback_url="" if kind == "direct" else _callback_url(body.get("callbackUrl")),
        lines=lines,
        installments=_installments(body.get("enabledInstallments")),
        opened_at=provider.now(),
        expires_at=provider.now() + timedelta(seconds=provider.settings.page_lifetime_seconds),
        kind=kind,
        phase=phase,
        card_user_key=_card_user_key(provider, body),
        buyer_id=str(buyer["id"]),
        buyer_email=str(buyer["email"]),
        buyer_phone=str(buyer.get("gsmNumber") or ""),
        force_bank_page=str(body.get("forceThreeDS") or "0") in YES,
        debit_allowed=str(body.get("debitCardAllowed", "1")) in YES,
    )


def _card_user_key(provider: Provider, body: dict[str, Any]) -> str:
    card = body.get("paymentCard")
    sent = card.get("cardUserKey") if isinstance(card, dict) else body.get("cardUserKey")
    if not sent:
        return ""
    if not provider.settings.card_storage:
        raise Refusal("3007")
    if str(sent) not in provider.book.holders:
        raise Refusal("3005")
    return str(sent)


def _check_buyer(buyer: object) -> None:
    if not isinstance(buyer, dict):
        raise Refusal("11")
    for name, code in REQUIRED_OF_BUYER:
        if not buyer.get(name):
            raise Refusal(code)


def _check_addresses(body: dict[str, Any]) -> None:
    physical = any(item.get("itemType") == "PHYSICAL" for item in body["basketItems"])
    needed = ("billingAddress", "shippingAddress") if physical else ("billingAddress",)
    for name in needed:
        address = body.get(name)
        if not isinstance(address, dict):
            raise Refusal("11")
        if not all(address.get(part) for part in ("contactName", "address", "city", "country")):
            raise Refusal("11")


def _lines(items: object) -> tuple[BasketLine, ...]:
    if not isinstance(items, list) or not 0 < len(items) <= MOST_ITEMS:
        raise Refusal("11")
    return tuple(_line(item) for item in items)


def _line(item: object) -> BasketLine:
    if not isinstance(item, dict):
        raise Refusal("11")
    if not all(item.get(name) for name in ("id", "name", "category1")):
        raise Refusal("11")
    if item.get("itemType") not in {"PHYSICAL", "VIRTUAL"}:
        raise Refusal("11")
    return BasketLine(str(item["id"]), str(item["name"]), _amount(item.get("price")))


def _amount(value: object) -> Decimal:
    try:
        amount = Decimal(str(value))
    except ArithmeticError as error:
        raise Refusal("11") from error
    if not amount.is_finite() or amount <= 0:
        raise Refusal("11")
    return amount


def _callback_url(value: object) -> str:
    url = urlsplit(str(value or ""))
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise Refusal("23")
    return url.geturl()


def _installments(value: object) -> tuple[int, ...]:
    if value is None:
        return (1,)
    if not isinstance(value, list) or not value or not set(value) <= INSTALLMENTS:
        raise Refusal("11")
    return tuple(sorted({1, *value}))
