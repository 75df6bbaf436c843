"""Cards at the emulator: what kind they are, what instalments cost, and cards that are kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.iyzico import requests
from adapters.iyzico.emulator.shopper import NO_FUNDS, PAYS, PAYS_AFTER_BANK_PAGE
from tests.payments.merchant import INITIALIZE, RETRIEVE, Answer, call
from tests.payments.till import SETTINGS, Till, checkout, till_at

BIN = "/payment/bin/check"
INSTALLMENTS = "/payment/iyzipos/installment"
STORE, LIST = "/cardstorage/card", "/cardstorage/cards"


def card(number: str = PAYS, **more: str) -> dict[str, Any]:
    """A card to be kept."""
    return {
        "cardHolderName": "Ayşe Yılmaz",
        "cardNumber": number,
        "expireMonth": "12",
        "expireYear": "2040",
    } | more


async def kept(till: Till, number: str = PAYS, **body: str) -> Answer:
    """Keep a card for a new shopper, or for the one whose key is given."""
    who = {"email": "ayse@example.org", "externalId": "e1"}
    return await call(till, STORE, body=who | body | {"card": card(number, cardAlias="Maaş")})


async def opened(till: Till, card_user_key: str = "", **change: object) -> Answer:
    """Open a page for a shopper whose cards are kept."""
    body = requests.checkout_form(checkout("100.00")) | change
    if card_user_key:
        body["cardUserKey"] = card_user_key
    return await call(till, INITIALIZE, body=body)


@pytest.mark.parametrize("length", [6, 8])
async def test_a_card_is_known_by_its_first_digits(till: Till, length: int) -> None:
    answer = await call(till, BIN, body={"binNumber": PAYS[:length]})
    told = {name: answer[name] for name in ("cardType", "cardFamily", "bankName", "bankCode")}
    assert told == {
        "cardType": "CREDIT_CARD",
        "cardFamily": "Axess",
        "bankName": "Akbank",
        "bankCode": 46,
    }


@pytest.mark.parametrize(
    ("prefix", "code"), [("", "11"), ("5526", "11"), ("55260x", "11"), ("999999", "10213")]
)
async def test_digits_of_no_card_are_refused(till: Till, prefix: str, code: str) -> None:
    assert (await call(till, BIN, body={"binNumber": prefix}))["errorCode"] == code


async def test_what_is_offered_in_instalments_is_what_the_page_charges(till: Till) -> None:
    offers = await call(till, INSTALLMENTS, body={"binNumber": PAYS[:6], "price": "100.00"})
    (offer,) = offers["installmentDetails"]
    prices = {p["installmentNumber"]: p["totalPrice"] for p in offer["installmentPrices"]}
    page = await opened(till, enabledInstallments=[1, 3])
    screen = await till.shopper.open(page["paymentPageUrl"])
    await till.shopper.enter_card(screen, PAYS, installments=3)
    paid = await call(till, RETRIEVE, body={"token": page["token"]})
    assert set(prices) == {1, 2, 3, 4, 6, 9, 12}
    assert (prices[1], prices[3]) == (Decimal(100), Decimal(103))
    assert (paid["installment"], paid["paidPrice"], paid["price"]) == (3, prices[3], prices[1])
    assert sum(item["paidPrice"] for item in paid["itemTransactions"]) == paid["paidPrice"]


@pytest.mark.parametrize(
    "body", [{"binNumber": PAYS_AFTER_BANK_PAGE[:6]}, {"binNumber": PAYS[:6], "currency": "USD"}]
)
async def test_instalments_are_for_credit_cards_and_lira_only(
    till: Till, body: dict[str, str]
) -> None:
    offers = await call(till, INSTALLMENTS, body=body | {"price": "100"})
    (offer,) = offers["installmentDetails"]
    assert [price["installmentNumber"] for price in offer["installmentPrices"]] == [1]


async def test_without_a_card_every_family_has_an_offer(till: Till) -> None:
    offers = await call(till, INSTALLMENTS, body={"price": "99.99"})
    families = [offer["cardFamilyName"] for offer in offers["installmentDetails"]]
    assert len(set(families)) == len(families) > 3
    assert "" not in families


@pytest.mark.parametrize(("price", "code"), [("x", "11"), ("0", "5005"), ("-1", "5005")])
async def test_instalments_of_nothing_are_refused(till: Till, price: str, code: str) -> None:
    assert (await call(till, INSTALLMENTS, body={"price": price}))["errorCode"] == code


async def test_a_kept_card_is_listed_until_it_is_deleted(till: Till) -> None:
    first = await kept(till)
    key = first["cardUserKey"]
    second = await kept(till, PAYS_AFTER_BANK_PAGE, cardUserKey=key)
    listed = await call(till, LIST, body={"cardUserKey": key})
    gone = {"cardUserKey": key, "cardToken": first["cardToken"]}
    assert (await call(till, STORE, body=gone, method="DELETE"))["status"] == "success"
    left = await call(till, LIST, body={"cardUserKey": key})
    again = await call(till, STORE, body=gone, method="DELETE")
    assert [c["lastFourDigits"] for c in listed["cardDetails"]] == ["0006", "0016"]
    assert first["cardAlias"] == "Maaş"
    assert second["email"] == "ayse@example.org"
    assert [c["cardToken"] for c in left["cardDetails"]] == [second["cardToken"]]
    assert again["errorCode"] == "3006"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (LIST, {}, "3001"),
        (LIST, {"cardUserKey": "none"}, "3005"),
        (STORE, {"cardUserKey": "none", "card": card()}, "3005"),
        (STORE, {"card": card()}, "3"),
        (STORE, {"email": "a@example.org"}, "11"),
        (STORE, {"email": "a@example.org", "card": card("4242424242424242")}, "10213"),
        (STORE, {"email": "a@example.org", "card": card("1")}, "12"),
        (INITIALIZE, requests.checkout_form(checkout()) | {"cardUserKey": "none"}, "3005"),
    ],
)
async def test_cards_of_nobody_are_refused_by_code(
    till: Till, path: str, body: dict[str, Any], code: str
) -> None:
    assert (await call(till, path, body=body))["errorCode"] == code


async def test_an_account_that_keeps_no_cards_says_so() -> None:
    async with till_at(replace(SETTINGS, card_storage=False)) as till:
        stored = await kept(till)
        listed = await call(till, LIST, body={"cardUserKey": "k"})
        page = await opened(till, "k")
        form = await opened(till)
        screen = await till.shopper.open(form["paymentPageUrl"])
        await till.shopper.enter_card(screen, PAYS, save=True)
        paid = await call(till, RETRIEVE, body={"token": form["token"]})
    assert [a["errorCode"] for a in (stored, listed, page)] == ["3007"] * 3
    assert paid["paymentStatus"] == "SUCCESS"
    assert "cardToken" not in paid


@pytest.mark.parametrize("number", [PAYS, PAYS_AFTER_BANK_PAGE])
async def test_a_card_saved_on_the_page_pays_the_next_time_without_its_number(
    till: Till, number: str
) -> None:
    first = await opened(till)
    screen = await till.shopper.open(first["paymentPageUrl"])
    screen = await till.shopper.enter_card(screen, number, save=True)
    if screen.code:
        await till.shopper.confirm_at_bank(screen)
    saved = await call(till, RETRIEVE, body={"token": first["token"]})
    second = await opened(till, saved["cardUserKey"])
    screen = await till.shopper.open(second["paymentPageUrl"])
    screen = await till.shopper.choose_saved_card(screen, saved["cardToken"])
    if screen.code:
        await till.shopper.confirm_at_bank(screen)
    paid = await call(till, RETRIEVE, body={"token": second["token"]})
    names = ("cardUserKey", "cardToken", "lastFourDigits", "binNumber")
    assert [paid[name] for name in names] == [saved[name] for name in names]


async def test_a_card_is_kept_once_however_often_it_is_saved(till: Till) -> None:
    key, tokens = "", set()
    for _ in range(2):
        page = await opened(till, key)
        screen = await till.shopper.open(page["paymentPageUrl"])
        await till.shopper.enter_card(screen, PAYS, save=True)
        paid = await call(till, RETRIEVE, body={"token": page["token"]})
        key = paid["cardUserKey"]
        tokens.add(paid["cardToken"])
    assert len(tokens) == 1
    assert len((await call(till, LIST, body={"cardUserKey": key}))["cardDetails"]) == 1


async def test_a_declined_card_is_not_kept(till: Till) -> None:
    page = await opened(till)
    screen = await till.shopper.open(page["paymentPageUrl"])
    await till.shopper.enter_card(screen, NO_FUNDS, save=True)
    declined = await call(till, RETRIEVE, body={"token": page["token"]})
    assert declined["paymentStatus"] == "FAILURE"
    assert "cardToken" not in declined
