"""The provider's book: all records, in memory or in a SQLite file."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from adapters.iyzico.emulator.records import (
    BankCheck,
    BasketLine,
    Bounce,
    CardHolder,
    Notice,
    Page,
    PaidItem,
    Payment,
    Payout,
    Record,
    Refund,
    StoredCard,
)

__all__ = [
    "BankCheck",
    "BasketLine",
    "Book",
    "Bounce",
    "CardHolder",
    "Notice",
    "Page",
    "PaidItem",
    "Payment",
    "Payout",
    "Record",
    "Refund",
    "StoredCard",
]

ISTANBUL = ZoneInfo("Europe/Istanbul")
NAMES = {"buyer_email", "buyer_phone", "email"}


class Book:
    """All records by their id.

    `holders` are by their keys, `cards` by their tokens, `payouts` by what they were paid for,
    `bounces` by the transfer; `transactions` tells the payment of each line, `promised` the page a
    payment id is kept for. `ids` are all numbers in use, `version` counts the changes to payments.

    `unsent` are the notices still to be delivered, `unsettled` the payments with something to pay
    out, `waiting_for_bank` those with refunds to be decided. By day in Türkiye, `paid_out_on` tells
    what was paid out, `moved_on` the payments that changed.

    Each `keep` and `forget` is durable before it returns when there is a file.
    """

    def __init__(self, database: Path | None) -> None:
        self.pages: dict[str, Page] = {}
        self.payments: dict[int, Payment] = {}
        self.holders: dict[str, CardHolder] = {}
        self.cards: dict[str, StoredCard] = {}
        self.payouts: dict[int, Payout] = {}
        self.bounces: dict[str, Bounce] = {}
        self.notices: dict[str, Notice] = {}
        self.unsent: dict[str, Notice] = {}
        self.transactions: dict[int, int] = {}
        self.promised: dict[int, str] = {}
        self.version = 0
        self.ids: set[int] = set()
        self.unsettled: set[int] = set()
        self.waiting_for_bank: set[int] = set()
        self.paid_out_on: dict[date, list[int]] = {}
        self.moved_on: dict[date, dict[int, None]] = {}
        self._payment_of_conversation: dict[str, int] = {}
        self._file = sqlite3.connect(database or ":memory:", check_same_thread=False)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("CREATE TABLE IF NOT EXISTS records (id TEXT PRIMARY KEY, body BLOB)")
        self._file.execute("CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, body BLOB)")
        decoder = msgspec.json.Decoder(Record)
        for (body,) in self._file.execute("SELECT body FROM records ORDER BY rowid"):
            self._remember(decoder.decode(body))

    def keep(self, *records: Record) -> None:
        """Remember records in place of what was known under their ids; all of them or none."""
        rows = [(_id_of(record), msgspec.json.encode(nameless(record))) for record in records]
        with self._file:
            self._file.executemany(
                "INSERT INTO records (id, body) VALUES (?, ?)"
                " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                rows,
            )
        for record in records:
            self._remember(record)

    def forget(self, card: StoredCard) -> None:
        """Keep a card no longer."""
        with self._file:
            self._file.execute("DELETE FROM records WHERE id = ?", (_id_of(card),))
        del self.cards[card.card_token]

    def note(self, body: bytes) -> None:
        """Keep something that is no record, in place of what was noted before."""
        with self._file:
            self._file.execute("INSERT OR REPLACE INTO note (id, body) VALUES (1, ?)", (body,))

    def noted(self) -> bytes | None:
        """What was noted last."""
        row = self._file.execute("SELECT body FROM note").fetchone()
        return None if row is None else bytes(row[0])

    def cards_of(self, card_user_key: str) -> list[StoredCard]:
        """The cards of one shopper, oldest first."""
        return [card for card in self.cards.values() if card.card_user_key == card_user_key]

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
                if record.promised_payment_id is not None:
                    self.promised[record.promised_payment_id] = record.token
                    self.ids.add(record.promised_payment_id)
            case Payment():
                self._remember_payment(record)
            case CardHolder():
                self.holders[record.card_user_key] = record
            case StoredCard():
                self.cards[record.card_token] = record
            case Payout():
                self._remember_payout(record)
            case Bounce():
                self.bounces[record.reference] = record
            case Notice():
                self.notices[record.notice_id] = record
                if record.state in {"waiting", "held"}:
                    self.unsent[record.notice_id] = record
                else:
                    self.unsent.pop(record.notice_id, None)

    def _remember_payment(self, payment: Payment) -> None:
        self.version += 1
        if payment.payment_id not in self.payments:
            self._payment_of_conversation[payment.conversation_id] = payment.payment_id
        self.payments[payment.payment_id] = payment
        self.ids.add(payment.payment_id)
        for item in payment.items:
            self.transactions[item.transaction_id] = payment.payment_id
            self.ids |= {item.transaction_id, *(refund.refund_id for refund in item.refunds)}
            if item.cancel_id is not None:
                self.ids.add(item.cancel_id)
        for moment in _moments(payment):
            self.moved_on.setdefault(_day(moment), {})[payment.payment_id] = None
        states = {refund.state for item in payment.items for refund in item.refunds}
        _mark(self.waiting_for_bank, payment.payment_id, belongs="pending" in states)
        _mark(self.unsettled, payment.payment_id, belongs=self._to_be_paid_out(payment))

    def _remember_payout(self, payout: Payout) -> None:
        if payout.source_id not in self.payouts:
            self.paid_out_on.setdefault(_day(payout.paid_at), []).append(payout.source_id)
        self.payouts[payout.source_id] = payout
        payment = self.payments[self.transactions[payout.transaction_id]]
        _mark(self.unsettled, payment.payment_id, belongs=self._to_be_paid_out(payment))

    def _to_be_paid_out(self, payment: Payment) -> bool:
        if payment.cancelled_at is not None or payment.fraud_status == -1:
            return False
        sources = [item.transaction_id for item in payment.items]
        sources += [r.refund_id for i in payment.items for r in i.refunds if r.state != "failed"]
        return any(source not in self.payouts for source in sources)


def _moments(payment: Payment) -> list[datetime]:
    moments = [payment.created_at]
    if payment.cancelled_at is not None:
        moments.append(payment.cancelled_at)
    return moments + [refund.created_at for item in payment.items for refund in item.refunds]


def _day(moment: datetime) -> date:
    return moment.astimezone(ISTANBUL).date()


def _mark(those: set[int], payment_id: int, *, belongs: bool) -> None:
    if belongs:
        those.add(payment_id)
    else:
        those.discard(payment_id)


def _id_of(record: Record) -> str:
    match record:
        case Page():
            number: str | int = record.token
        case Payment():
            number = record.payment_id
        case CardHolder():
            number = record.card_user_key
        case StoredCard():
            number = record.card_token
        case Payout():
            number = record.source_id
        case Bounce():
            number = record.reference
        case Notice():
            number = record.notice_id
    return f"{record.__struct_config__.tag}:{number}"


def nameless(record: Record) -> Record:
    """The record without what names a person: a file of ours would outlive their wish to be
    forgotten. In memory it is known until the end of the process.
    """
    named = NAMES.intersection(record.__struct_fields__)
    return replace(record, **dict.fromkeys(named, ""))
