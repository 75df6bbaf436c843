"""What the provider knows: pages, payments and notices, in memory or in a SQLite file."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from adapters.iyzico.emulator.cards import ShownCard
from adapters.iyzico.emulator.refusals import Decline


class BasketLine(Struct, frozen=True):
    """One thing that is bought."""

    item_id: str
    name: str
    price: Decimal


class BankCheck(Struct, frozen=True, kw_only=True):
    """A card that waits for its holder's code on the bank's page."""

    card: ShownCard
    installments: int
    code: str
    md_status: int
    tries_left: int = 3


class Page(Struct, frozen=True, kw_only=True, tag="page"):
    """A hosted page. `payment_id` is set once it is paid; `decline` is the last card's refusal."""

    token: str
    conversation_id: str
    basket_id: str
    language: str
    price: Decimal
    paid_price: Decimal
    currency: str
    callback_url: str
    lines: tuple[BasketLine, ...]
    installments: tuple[int, ...]
    opened_at: datetime
    expires_at: datetime
    decline: Decline | None = None
    bank_check: BankCheck | None = None
    payment_id: int | None = None


class Refund(Struct, frozen=True, kw_only=True):
    """Money given back on one line."""

    refund_id: int
    conversation_id: str
    price: Decimal
    created_at: datetime
    host_reference: str


class PaidItem(Struct, frozen=True, kw_only=True):
    """One line of a payment, with what the provider keeps of it."""

    item_id: str
    transaction_id: int
    price: Decimal
    paid_price: Decimal
    commission: Decimal
    fee: Decimal
    refunds: tuple[Refund, ...] = ()

    @property
    def refunded(self) -> Decimal:
        """What was given back so far."""
        return sum((refund.price for refund in self.refunds), Decimal(0))


class Payment(Struct, frozen=True, kw_only=True, tag="payment"):
    """Money taken. `fraud_status` is 1 passed, 0 in review, -1 rejected."""

    payment_id: int
    token: str
    conversation_id: str
    basket_id: str
    price: Decimal
    paid_price: Decimal
    currency: str
    installments: int
    card: ShownCard
    md_status: int | None
    fraud_status: int
    auth_code: str
    host_reference: str
    created_at: datetime
    items: tuple[PaidItem, ...]
    cancelled_at: datetime | None = None

    @property
    def refunded(self) -> Decimal:
        """What was given back so far, over all lines."""
        return sum((item.refunded for item in self.items), Decimal(0))


NoticeState = Literal["waiting", "held", "delivered", "given_up", "dropped"]


class Notice(Struct, frozen=True, kw_only=True, tag="notice"):
    """A webhook to the merchant and what became of it; `answers` are HTTP statuses, 0 is none."""

    notice_id: str
    body: dict[str, str | int]
    due_at: datetime
    state: NoticeState = "waiting"
    spoil_signature: bool = False
    before_callback: bool = False
    answers: tuple[int, ...] = ()


Record = Page | Payment | Notice


class Book:
    """All records by their id; `transactions` tells the payment of each line, `unsent` are the
    notices still to be delivered.

    Each `keep` is durable before it returns when there is a file.
    """

    def __init__(self, database: Path | None) -> None:
        self.pages: dict[str, Page] = {}
        self.payments: dict[int, Payment] = {}
        self.notices: dict[str, Notice] = {}
        self.unsent: dict[str, Notice] = {}
        self.transactions: dict[int, int] = {}
        self._payment_of_conversation: dict[str, int] = {}
        self._file = sqlite3.connect(database or ":memory:", check_same_thread=False)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("CREATE TABLE IF NOT EXISTS records (id TEXT PRIMARY KEY, body BLOB)")
        decoder = msgspec.json.Decoder(Record)
        for (body,) in self._file.execute("SELECT body FROM records ORDER BY rowid"):
            self._remember(decoder.decode(body))

    def keep(self, *records: Record) -> None:
        """Remember records in place of what was known under their ids; all of them or none."""
        rows = [(_id_of(record), msgspec.json.encode(record)) for record in records]
        with self._file:
            self._file.executemany(
                "INSERT INTO records (id, body) VALUES (?, ?)"
                " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                rows,
            )
        for record in records:
            self._remember(record)

    def payment_by_conversation(self, conversation_id: str) -> Payment | None:
        """The newest payment of a conversation."""
        payment_id = self._payment_of_conversation.get(conversation_id)
        return None if payment_id is None else self.payments[payment_id]

    def payment_with_transaction(self, transaction_id: int) -> tuple[Payment, PaidItem] | None:
        """The payment and the line a transaction id belongs to."""
        payment_id = self.transactions.get(transaction_id)
        if payment_id is None:
            return None
        payment = self.payments[payment_id]
        return payment, next(i for i in payment.items if i.transaction_id == transaction_id)

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def _remember(self, record: Record) -> None:
        match record:
            case Page():
                self.pages[record.token] = record
            case Payment():
                if record.payment_id not in self.payments:
                    self._payment_of_conversation[record.conversation_id] = record.payment_id
                for item in record.items:
                    self.transactions[item.transaction_id] = record.payment_id
                self.payments[record.payment_id] = record
            case Notice():
                self.notices[record.notice_id] = record
                if record.state in {"waiting", "held"}:
                    self.unsent[record.notice_id] = record
                else:
                    self.unsent.pop(record.notice_id, None)


def _id_of(record: Record) -> str:
    match record:
        case Page():
            return f"page:{record.token}"
        case Payment():
            return f"payment:{record.payment_id}"
        case Notice():
            return f"notice:{record.notice_id}"
