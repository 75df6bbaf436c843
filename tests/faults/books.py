"""The books, kept a second time from the raw log: credits, payments, refunds, invoice numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from domain.payments import PaymentAttempt
from tests.faults.evidence import Evidence, Json, Logged, lira

PASSED = 1
"""The provider's fraud desk lets the merchant have the money."""


class Purse:
    """A wallet, counted from its events by other code than the product's."""

    def __init__(self) -> None:
        self.customer = ""
        self.entries = 0
        self.lots: dict[str, int] = {}
        self.open: dict[str, tuple[int, datetime]] = {}
        self.closed: set[str] = set()
        self.spent: dict[str, int] = {}
        self.faults: list[str] = []

    def book(self, event: Logged) -> None:
        """Count one event in."""
        facts = event.facts
        self.customer = facts["customer_id"]
        match event.kind:
            case "wallet.credits_granted":
                self._once(facts["lot_id"] not in self.lots, event)
                self.lots[facts["lot_id"]] = facts["credits"]
                self.entries += facts["credits"]
            case "wallet.credits_expired":
                self._take([{"lot_id": facts["lot_id"], "credits": facts["credits"]}])
            case "wallet.credits_held":
                hold = facts["hold_id"]
                self._once(hold not in self.open and hold not in self.closed, event)
                self.open[hold] = (_credits(facts["shares"]), event.time("deadline"))
            case "wallet.hold_captured":
                self._close(event, _credits([*facts["shares"], *facts.get("released", ())]))
                self._take(facts["shares"])
                self.spent[facts["hold_id"]] = _credits(facts["shares"])
            case "wallet.hold_released" | "wallet.hold_expired":
                self._close(event, _credits(facts["shares"]))
            case "wallet.capture_refunded":
                self._once(facts["refund_id"] not in self.closed, event)
                self.closed.add(facts["refund_id"])
                self._give(facts["shares"])
                self._spend(facts["hold_id"], event)
            case "wallet.credits_clawed_back":
                self._once(facts["clawback_id"] not in self.closed, event)
                self.closed.add(facts["clawback_id"])
                self._take(facts["shares"])
        if self.entries < self.held:
            self._fault(f"has {self.entries - self.held} available", event)

    @property
    def held(self) -> int:
        return sum(credits for credits, _ in self.open.values())

    def judge(self, now: datetime) -> Iterator[str]:
        """What is wrong with it in the end."""
        yield from self.faults
        if self.entries != sum(self.lots.values()):
            yield f"wallet of {self.customer}: entries {self.entries}, lots {self.lots}"
        for hold, (_, deadline) in self.open.items():
            if deadline < now:
                yield f"wallet of {self.customer}: hold {hold} is open past {deadline}"

    def _take(self, shares: Iterable[Json]) -> None:
        for share in shares:
            lot, credits = share["lot_id"], share["credits"]
            self.lots[lot] = self.lots.get(lot, 0) - credits
            self.entries -= credits
            if self.lots[lot] < 0:
                self.faults.append(f"wallet of {self.customer}: lot {lot} is below zero")

    def _give(self, shares: Iterable[Json]) -> None:
        for share in shares:
            self.lots[share["lot_id"]] = self.lots.get(share["lot_id"], 0) + share["credits"]
            self.entries += share["credits"]

    def _spend(self, hold: str, refund: Logged) -> None:
        self.spent[hold] = self.spent.get(hold, 0) - _credits(refund.facts["shares"])
        if self.spent[hold] < 0:
            self._fault("gives back more than was spent", refund)

    def _close(self, event: Logged, credits: int) -> None:
        hold = event.facts["hold_id"]
        self._once(hold in self.open, event)
        taken, _ = self.open.pop(hold, (credits, None))
        if taken != credits:
            self._fault(f"ends a hold of {taken} with {credits}", event)
        self.closed.add(hold)

    def _once(self, holds: bool, event: Logged) -> None:
        if not holds:
            self._fault("happened twice, or without cause", event)

    def _fault(self, what: str, event: Logged) -> None:
        self.faults.append(f"wallet of {self.customer}: {event.kind} at {event.position} {what}")


def wallet_faults(seen: Evidence) -> Iterator[str]:
    """Entries = balance = lots, nothing below zero, no hold past its deadline."""
    for stream in seen.streams("wallet."):
        purse = Purse()
        for event in stream:
            purse.book(event)
        yield from purse.judge(seen.now)
        shown = seen.balances.get(purse.customer)
        if shown != (purse.entries, purse.held):
            yield f"wallet of {purse.customer}: {purse.entries}, {purse.held} held, shown {shown}"
        shown_lots = {lot: sums for (who, lot), sums in seen.lots.items() if who == purse.customer}
        if {lot: left for lot, (left, _) in shown_lots.items()} != purse.lots:
            yield f"wallet of {purse.customer}: lots {purse.lots}, shown {shown_lots}"
        if sum(held for _, held in shown_lots.values()) != purse.held:
            yield f"wallet of {purse.customer}: {purse.held} held, shown {shown_lots}"
    outcomes = Counter(event.stream for event in seen.of("generation.completed"))
    captured = Counter(event.facts["hold_id"] for event in seen.of("wallet.hold_captured"))
    for generation in outcomes.keys() | captured.keys():
        if outcomes[generation] != captured[generation] or captured[generation] != 1:
            yield (
                f"generation {generation}: completed {outcomes[generation]}×,"
                f" credits captured {captured[generation]}×"
            )


def payment_faults(seen: Evidence, book: list[Json]) -> Iterator[str]:
    """The provider's book equals ours, and each kuruş of it is an order line."""
    theirs = {p["payment_id"]: p for p in book if p["fraud_status"] == PASSED}
    ours = {event.facts["capture"]["payment_id"]: event for event in seen.of("payment.succeeded")}
    if len(ours) != len(seen.of("payment.succeeded")):
        yield "a payment of the provider was booked twice"
    for payment_id in theirs.keys() - ours.keys():
        yield f"payment {payment_id} of order {theirs[payment_id]['basket_id']} is not in our book"
    for payment_id in ours.keys() - theirs.keys():
        yield f"payment {payment_id} is in our book only"
    lines = {
        event.stream: {line["line_id"]: lira(line["gross"]) for line in _lines(event)}
        for event in seen.of("order.placed")
    }
    for payment_id in ours.keys() & theirs.keys():
        yield from _payment_faults(ours[payment_id], theirs[payment_id], lines=lines)
    yield from _order_faults(seen)
    yield from _refund_faults(seen, theirs.values())
    yield from _cancel_faults(seen, theirs)


def _payment_faults(
    ours: Logged, theirs: Json, *, lines: dict[str, dict[str, Decimal]]
) -> Iterator[str]:
    capture, order_id = ours.facts["capture"], ours.facts["order_id"]
    booked = {line["line_id"]: lira(line["paid"]) for line in capture["lines"]}
    told = {item["item_id"]: Decimal(item["paid_price"]) for item in theirs["items"]}
    if not booked == told == lines.get(order_id):
        yield f"payment of order {order_id}: lines {lines.get(order_id)}, {booked}, theirs {told}"
    if not lira(capture["paid"]) == Decimal(theirs["paid_price"]) == sum(booked.values()):
        yield f"payment of order {order_id}: {capture['paid']}, theirs {theirs['paid_price']}"
    if (theirs["conversation_id"], theirs["basket_id"]) != (ours.stream, order_id):
        yield f"payment of order {order_id}: the provider has it under {theirs['basket_id']}"


def _order_faults(seen: Evidence) -> Iterator[str]:
    taken = Counter(event.facts["order_id"] for event in seen.of("payment.succeeded"))
    surplus = Counter(event.facts["order_id"] for event in seen.of("payment.found_surplus"))
    kept = Counter(event.stream for event in seen.of("order.paid"))
    for order_id in taken.keys() | kept.keys():
        if taken[order_id] != kept[order_id] + surplus[order_id] or kept[order_id] > 1:
            yield (
                f"order {order_id}: {taken[order_id]} payments taken, {kept[order_id]} kept,"
                f" {surplus[order_id]} surplus"
            )
    drafts = Counter(e.facts["purchase"]["draft_id"] for e in _placed(seen))
    for what, count in drafts.items():
        if what is not None and count > 1:
            yield f"draft {what} became {count} orders"
    yield from _purchase_faults(seen)


def _purchase_faults(seen: Evidence) -> Iterator[str]:
    """Paid credits come once; what goes back for them is asked for once, with the credits."""
    granted = Counter(event.facts["order_id"] for event in seen.of("credit_purchase.granted"))
    lots = Counter(event.facts["lot_id"] for event in seen.of("wallet.credits_granted"))
    for event in seen.of("order.paid"):
        if event.facts.get("method") == "credits":
            wanted = 1
            if any(gone.stream == event.stream for gone in seen.of("order.cancelled")):
                wanted = 0
            if granted[event.stream] != wanted:
                yield f"order {event.stream}: its credits came {granted[event.stream]}×"
    for event in seen.of("credit_purchase.granted"):
        if lots[event.facts["lot_id"]] != 1:
            yield f"order {event.facts['order_id']}: its lot came {lots[event.facts['lot_id']]}×"
    asked = {event.facts["refund_id"] for event in seen.of("payment.refund_requested")}
    asked |= refunds_of_cancels(seen)
    clawed = Counter(event.facts["clawback_id"] for event in seen.of("wallet.credits_clawed_back"))
    for event in seen.of("credit_purchase.taken_back"):
        refund = event.facts["refund_id"]
        if refund not in asked or clawed[refund] != 1:
            yield f"refund {refund}: its credits went {clawed[refund]}×, asked: {refund in asked}"


def refunds_of_cancels(seen: Evidence) -> set[str]:
    """The refunds as which payments are called off."""
    return {
        str(PaymentAttempt.refund_id_of(UUID(event.facts["cancel_id"]), UUID(part["line_id"])))
        for event in seen.of("payment.cancel_requested")
        for part in event.facts["parts"]
    }


def _cancel_faults(seen: Evidence, theirs: dict[str, Json]) -> Iterator[str]:
    """A payment that was called off went back whole, in both books."""
    back: defaultdict[str, Decimal] = defaultdict(Decimal)
    for event in seen.of("payment.line_refunded"):
        back[event.stream] += lira(event.facts["amount"])
    paid = {event.stream: event.facts["capture"] for event in seen.of("payment.succeeded")}
    ours = {paid[event.stream]["payment_id"] for event in seen.of("payment.cancelled")}
    told = {payment_id for payment_id, payment in theirs.items() if payment["cancelled"]}
    for payment_id in ours ^ told:
        yield f"payment {payment_id} was called off in one book only"
    for stream in {event.stream for event in seen.of("payment.cancelled")}:
        if back[stream] != lira(paid[stream]["paid"]):
            yield f"payment {paid[stream]['payment_id']}: called off, and {back[stream]} went back"


def _refund_faults(seen: Evidence, theirs: Iterable[Json]) -> Iterator[str]:
    cancelled = {event.stream for event in seen.of("payment.cancelled")}
    ours = Counter(
        (event.facts["refund_id"], lira(event.facts["amount"]))
        for event in seen.of("payment.line_refunded")
        if event.stream not in cancelled
    )
    told = Counter(
        (refund["conversation_id"], Decimal(refund["price"]))
        for payment in theirs
        for item in payment["items"]
        for refund in item["refunds"]
    )
    for refund in ours.keys() | told.keys():
        if not ours[refund] == told[refund] == 1:
            yield f"refund {refund}: {ours[refund]}× in our book, {told[refund]}× in the provider's"


def invoice_faults(seen: Evidence) -> Iterator[str]:
    """Each series is numbered without gap, each number once, the dates in order."""
    series: dict[str, list[tuple[int, datetime]]] = defaultdict(list)
    for event in seen.of("invoice.issued"):
        issued = event.facts["issued"]
        moment = datetime.fromisoformat(issued["issued_at"])
        series[str(event.facts["series"])].append((issued["sequence"], moment))
    for name, issued_numbers in series.items():
        numbers = sorted(issued_numbers)
        if [number for number, _ in numbers] != list(range(1, len(numbers) + 1)):
            yield f"invoice series {name} has the numbers {[number for number, _ in numbers]}"
        for (before, earlier), (after, later) in pairwise(numbers):
            if later < earlier:
                yield f"invoice series {name}: {after} is dated before {before}"
    amounts = {e.facts["order_id"]: _gross(e) for e in seen.of("invoice.issued")}
    for event in seen.of("order.paid"):
        if amounts.get(event.stream) != lira(event.facts["amount"]):
            yield f"order {event.stream}: paid {event.facts['amount']}, invoiced {amounts}"


def _gross(issued: Logged) -> Decimal:
    return sum((lira(line["gross"]) for line in issued.facts["sale"]["lines"]), Decimal(0))


def _placed(seen: Evidence) -> list[Logged]:
    return seen.of("order.placed")


def _lines(placed: Logged) -> list[Any]:
    found: list[Any] = placed.facts["purchase"]["lines"]
    return found


def _credits(shares: Iterable[Json]) -> int:
    return sum(share["credits"] for share in shares)
