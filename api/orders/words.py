"""The history of an order in plain words, in the caller's language."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from api.orders.answers import HistoryEntry
from api.phrases import phrases_of
from application.ports import Language
from domain.orders import Order
from domain.shared.money import Money
from projections.orders import OrderRow, TimelineEntry

FILE = Path(__file__).parent / "phrases.toml"
TOLD_APART = ("reason", "stands_at", "refund_state", "remedy")
"""Facts whose value makes a sentence of its own, such as `order.cancelled/designer`."""


def history_of(
    row: OrderRow, entries: Sequence[TimelineEntry], *, language: Language
) -> list[HistoryEntry]:
    """What the customer of an order reads: everything but notes that are for staff."""
    notes = {str(note.note_id): note.text for note in row.notes}
    told: list[HistoryEntry] = []
    paid = cancelled = False
    for entry in entries:
        if entry.kind == Order.Noted.TOPIC and entry.facts["shown_to"] != "customer":
            continue
        about = "after_cancel" if cancelled else "after_payment" if paid else ""
        text = notes.get(entry.facts.get("note_id", ""), "")
        told.append(
            HistoryEntry(
                position=entry.position,
                at=entry.at,
                kind=entry.kind,
                facts=entry.facts,
                text=text or text_of(entry, about=about, language=language),
            )
        )
        paid = paid or entry.kind == Order.Paid.TOPIC
        cancelled = cancelled or entry.kind == Order.Cancelled.TOPIC
    return told


def text_of(entry: TimelineEntry, *, about: str, language: Language) -> str:
    """The sentence that fits best: one for the fact, one for what was before (`about`), or that of
    the kind.
    """
    phrases = phrases_of(FILE)
    apart = [entry.facts[name] for name in TOLD_APART if name in entry.facts]
    names = [entry.kind, *(f"{entry.kind}/{value}" for value in (about, *apart) if value)]
    names += [f"{entry.kind}/{value}/{about}" for value in apart]
    phrase = next(phrases[name] for name in reversed(names) if name in phrases)
    facts: dict[str, str] = dict(entry.facts)
    if "amount" in facts:
        amount, currency = facts["amount"].split()
        facts["amount"] = Money.of(amount, currency).written(language)
    return phrase.told(language, **facts)
