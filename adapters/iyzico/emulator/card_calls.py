"""The calls about cards: what kind they are, what instalments cost, and keeping them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from adapters.iyzico.emulator.asked import Asked, MerchantCall, amount
from adapters.iyzico.emulator.card_entry import sent_card
from adapters.iyzico.emulator.cards import (
    CARDS,
    SandboxCard,
    card_beginning,
    shown,
)
from adapters.iyzico.emulator.commission import KURUS
from adapters.iyzico.emulator.figures import figure
from adapters.iyzico.emulator.opening import INSTALLMENTS
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.records import StoredCard
from adapters.iyzico.emulator.refusals import Refusal
from adapters.iyzico.emulator.wire import Document

PREFIX_LENGTHS = {6, 8}


def _check_prefix(_provider: Provider, asked: Asked) -> Document:
    prefix = _prefix(asked)
    if not prefix:
        raise Refusal("11")
    card = _known(prefix)
    return {
        "binNumber": prefix,
        "cardType": card.card_type,
        "cardAssociation": card.association,
        "cardFamily": card.family,
        "bankName": card.bank,
        "bankCode": card.bank_code,
        "commercial": 0,
    }


def _installments(provider: Provider, asked: Asked) -> Document:
    price = amount(asked.body.get("price"), "11")
    if price <= 0:
        raise Refusal("5005")
    prefix = _prefix(asked)
    cards = [_known(prefix)] if prefix else _one_of_each_family()
    in_lira = asked.body.get("currency") in {None, "TRY"}
    return {
        "installmentDetails": [
            _offer(provider, card, price=price, prefix=prefix, in_lira=in_lira) for card in cards
        ]
    }


def _offer(
    provider: Provider, card: SandboxCard, *, price: Decimal, prefix: str, in_lira: bool
) -> Document:
    counts = sorted(INSTALLMENTS) if card.card_type == "CREDIT_CARD" and in_lira else [1]
    totals = {count: provider.with_surcharge(price, count) for count in counts}
    return {
        "binNumber": prefix or None,
        "price": figure(price),
        "cardType": card.card_type,
        "cardAssociation": card.association,
        "cardFamilyName": card.family,
        "force3ds": int(card.needs_bank_page),
        "bankCode": card.bank_code,
        "bankName": card.bank,
        "forceCvc": 0,
        "commercial": 0,
        "dccEnabled": 0,
        "agricultureEnabled": 0,
        "installmentPrices": [
            {
                "installmentNumber": count,
                "installmentPrice": figure((total / count).quantize(KURUS, ROUND_HALF_UP)),
                "totalPrice": figure(total),
            }
            for count, total in totals.items()
        ],
    }


def _one_of_each_family() -> list[SandboxCard]:
    families: dict[str, SandboxCard] = {}
    for card in CARDS:
        if card.family:
            families.setdefault(card.family, card)
    return list(families.values())


def _prefix(asked: Asked) -> str:
    prefix = asked.text("binNumber")
    if prefix and not (prefix.isdecimal() and len(prefix) in PREFIX_LENGTHS):
        raise Refusal("11")
    return prefix


def _known(prefix: str) -> SandboxCard:
    card = card_beginning(prefix)
    if card is None:
        raise Refusal("10213", "BIN_NOT_FOUND")
    return card


def _store(provider: Provider, asked: Asked) -> Document:
    _check_switched_on(provider)
    key = asked.text("cardUserKey")
    holder = provider.book.holders.get(key)
    if key and holder is None:
        raise Refusal("3005")
    if not key and not asked.text("email"):
        raise Refusal("3")
    card = sent_card(asked.part("card"), provider.now(), with_cvc=False)
    if not card.bank:
        raise Refusal("10213", "BIN_NOT_FOUND")
    kept = provider.keep_card(
        shown(card),
        card_user_key=key,
        email=holder.email if holder else asked.text("email"),
        external_id=holder.external_id if holder else asked.text("externalId"),
        alias=str(asked.part("card").get("cardAlias") or ""),
    )
    about = {"cardUserKey": kept.card_user_key, "email": kept.email, "externalId": kept.external_id}
    return about | _told(kept)


def _list(provider: Provider, asked: Asked) -> Document:
    key = _holder(provider, asked)
    kept = provider.book.cards_of(key)
    return {"cardUserKey": key, "cardDetails": [_told(card) for card in kept]}


def _delete(provider: Provider, asked: Asked) -> Document:
    key = _holder(provider, asked)
    card = provider.book.cards.get(asked.text("cardToken"))
    if card is None or card.card_user_key != key:
        raise Refusal("3006")
    provider.book.forget(card)
    return {}


def _holder(provider: Provider, asked: Asked) -> str:
    _check_switched_on(provider)
    key = asked.text("cardUserKey")
    if not key:
        raise Refusal("3001")
    if key not in provider.book.holders:
        raise Refusal("3005")
    return key


def _check_switched_on(provider: Provider) -> None:
    if not provider.settings.card_storage:
        raise Refusal("3007")


def _told(kept: StoredCard) -> Document:
    return {
        "cardToken": kept.card_token,
        "cardAlias": kept.alias,
        "binNumber": kept.card.bin_number,
        "lastFourDigits": kept.card.last_four,
        "cardType": kept.card.card_type,
        "cardAssociation": kept.card.association,
        "cardFamily": kept.card.family,
        "cardBankCode": kept.card.bank_code,
        "cardBankName": kept.card.bank,
    }


CALLS = {
    ("POST", "/payment/bin/check"): MerchantCall("bin", _check_prefix),
    ("POST", "/payment/iyzipos/installment"): MerchantCall("installments", _installments),
    ("POST", "/cardstorage/card"): MerchantCall("card_create", _store),
    ("POST", "/cardstorage/cards"): MerchantCall("card_list", _list),
    ("DELETE", "/cardstorage/card"): MerchantCall("card_delete", _delete),
}
