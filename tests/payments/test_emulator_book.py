"""The emulator's book: what it kept is there again, also from files of an older shape."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace

from adapters.iyzico.emulator.account import RefundPlan
from adapters.iyzico.emulator.book import Book, nameless
from adapters.iyzico.emulator.cards import card_for, shown
from adapters.iyzico.emulator.opening import open_page
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.records import Payment, Record
from adapters.iyzico.emulator.shopper import PAYS
from adapters.iyzico.requests import checkout_form
from tests.payments.merchant import call
from tests.payments.till import SETTINGS, checkout, till_at

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = 24 * 60 * 60

# As the first emulator wrote them.
OLD_PAGE = {
    "type": "page",
    "token": "t1",
    "conversation_id": "c1",
    "basket_id": "b1",
    "language": "tr",
    "price": "10.00",
    "paid_price": "10.00",
    "currency": "TRY",
    "callback_url": "http://127.0.0.1:9/return",
    "lines": [{"item_id": "i1", "name": "Kapak", "price": "10.00"}],
    "installments": [1],
    "opened_at": "2026-03-01T09:00:00Z",
    "expires_at": "2026-03-01T09:30:00Z",
    "decline": None,
    "bank_check": None,
    "payment_id": 11111111,
}
OLD_PAYMENT = {
    "type": "payment",
    "payment_id": 11111111,
    "token": "t1",
    "conversation_id": "c1",
    "basket_id": "b1",
    "price": "10.00",
    "paid_price": "10.00",
    "currency": "TRY",
    "installments": 1,
    "card": {
        "bin_number": "55260800",
        "last_four": "0006",
        "card_type": "CREDIT_CARD",
        "association": "MASTER_CARD",
        "family": "Axess",
        "bank": "Akbank",
        "refundable": True,
    },
    "md_status": None,
    "fraud_status": 1,
    "auth_code": "123456",
    "host_reference": "mock-1",
    "created_at": "2026-03-01T09:00:00Z",
    "items": [
        {
            "item_id": "i1",
            "transaction_id": 22222222,
            "price": "10.00",
            "paid_price": "10.00",
            "commission": "0.24900000",
            "fee": "0.25000000",
            "refunds": [
                {
                    "refund_id": 33333333,
                    "conversation_id": "r1",
                    "price": "1.00",
                    "created_at": "2026-03-01T10:00:00Z",
                    "host_reference": "mock-refund-1",
                }
            ],
        }
    ],
    "cancelled_at": None,
}


def write_old(file: Path) -> None:
    """A database as the first emulator left it."""
    with sqlite3.connect(file) as old:
        old.execute("CREATE TABLE records (id TEXT PRIMARY KEY, body BLOB)")
        rows = [("page:t1", OLD_PAGE), ("payment:11111111", OLD_PAYMENT)]
        old.executemany("INSERT INTO records VALUES (?, ?)", [(i, json.dumps(b)) for i, b in rows])
    old.close()


def contents(book: Book) -> dict[str, object]:
    """All that a book tells."""
    return {name: value for name, value in vars(book).items() if name not in {"_file", "version"}}


def without_names(kept: Any) -> Any:
    """What a book keeps without the names of shoppers, which its file does not have."""
    if isinstance(kept, dict):
        return {key: without_names(value) for key, value in kept.items()}
    return nameless(kept) if isinstance(kept, Record) else kept


async def test_a_file_of_the_first_emulator_still_opens(tmp_path: Path) -> None:
    write_old(tmp_path / "old.sqlite")
    async with till_at(replace(SETTINGS, database=tmp_path / "old.sqlite"), lambda: NOON) as till:
        body = {"paymentTransactionId": "22222222", "price": "9.00"}
        detail = await call(till, "/payment/detail", body={"paymentId": "11111111"})
        refund = await call(till, "/payment/refund", body=body)
        more = await call(till, "/payment/refund", body=body | {"price": "0.01"})
        page = await till.browser.get(f"{till.base_url}/cpp?token=t1")
        payouts = await till.look("payouts")
    assert detail["phase"] == "AUTH"
    assert (refund["status"], more["errorCode"]) == ("success", "5006")
    assert page.status_code == httpx.codes.OK
    assert len(payouts) == 2


def test_everything_kept_is_there_again(tmp_path: Path) -> None:
    settings = replace(SETTINGS, database=tmp_path / "book.sqlite")
    provider = Provider(settings, lambda: NOON)
    page = open_page(provider, checkout_form(checkout("10.00", "5.00")), kind="form", phase="AUTH")
    payment = provider.try_card(page, card_for(PAYS), installments=1, save=True)
    assert isinstance(payment, Payment)
    provider.refund(payment, payment.items[0], price=payment.price / 15, conversation_id="r1")
    provider.plan_refunds(RefundPlan(30 * DAY))
    now = provider.book.payments[payment.payment_id]
    provider.refund(now, now.items[1], price=now.price / 15, conversation_id="r2")
    other = open_page(provider, checkout_form(checkout()), kind="threeds", phase="AUTH")
    provider.book.keep(replace(other, promised_payment_id=provider.new_id()))
    provider.advance(DAY)
    assert provider.settle()
    reference = next(iter(provider.book.payouts.values())).reference
    assert provider.bounce(reference) is not None
    gone = provider.keep_card(
        shown(card_for("4603450000000000")),
        card_user_key=payment.card_user_key,
        email="ayse@example.org",
        external_id="e1",
    )
    provider.book.forget(gone)
    told = contents(provider.book)
    provider.book.close()
    again = Book(settings.database)
    assert contents(again) == {name: without_names(value) for name, value in told.items()}
    assert [card.card_token for card in again.cards_of(payment.card_user_key)] == [
        payment.card_token
    ]
    again.close()


def test_no_card_number_is_ever_written_down(tmp_path: Path) -> None:
    file = tmp_path / "book.sqlite"
    provider = Provider(replace(SETTINGS, database=file), lambda: NOON)
    page = open_page(provider, checkout_form(checkout()), kind="form", phase="AUTH")
    provider.try_card(page, card_for(PAYS), installments=1, save=True)
    provider.book.close()
    written = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert PAYS[-4:].encode() in written
    assert PAYS.encode() not in written
