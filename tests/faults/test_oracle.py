"""The oracle finds what it is there to find: each kind of damage to a sound history is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.faults.books import invoice_faults, payment_faults, wallet_faults
from tests.faults.evidence import Answered, Evidence, Json, Logged, Queued
from tests.faults.oracle import Asked, effect_faults, log_faults, request_faults

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
LATER = (NOW + timedelta(minutes=4)).isoformat()
OF_AYSE = {"customer_id": "ayse"}
SHARES = [{"lot_id": "lot", "credits": 100}]
COVER = {"amount": "1260.00", "currency": "TRY"}
HALF = {"amount": "630.00", "currency": "TRY"}


def capture(paid: Json = COVER) -> Json:
    """What the provider took for the one line of the one order."""
    return {"payment_id": "7", "paid": paid, "lines": [{"line_id": "cover", "paid": paid}]}


def issued(sequence: int, moment: datetime = NOW) -> Json:
    """The facts of an invoice."""
    return {
        "order_id": "order",
        "series": {"letters": "PLK"},
        "issued": {"sequence": sequence, "issued_at": moment.isoformat()},
        "sale": {"lines": [{"gross": COVER}]},
    }


SOUND: list[tuple[str, str, Json]] = [
    ("wallet", "wallet.opened", OF_AYSE),
    ("wallet", "wallet.credits_granted", {**OF_AYSE, "lot_id": "lot", "credits": 500}),
    ("draft", "draft.started", OF_AYSE),
    ("generation", "generation.requested", OF_AYSE),
    (
        "wallet",
        "wallet.credits_held",
        {**OF_AYSE, "hold_id": "generation", "shares": SHARES, "deadline": LATER},
    ),
    ("generation", "generation.completed", OF_AYSE),
    ("wallet", "wallet.hold_captured", {**OF_AYSE, "hold_id": "generation", "shares": SHARES}),
    (
        "order",
        "order.placed",
        {"purchase": {"draft_id": "draft", "lines": [{"line_id": "cover", "gross": COVER}]}},
    ),
    ("attempt", "payment.succeeded", {"order_id": "order", "capture": capture()}),
    ("order", "order.paid", {"amount": COVER}),
    ("invoice", "invoice.issued", issued(1)),
    ("invoice", "invoice.document_made", {"order_id": "order"}),
    ("attempt", "payment.refund_requested", {"refund_id": "refund"}),
    ("attempt", "payment.line_refunded", {"refund_id": "refund", "amount": HALF}),
]
BOOK: list[Json] = [
    {
        "payment_id": "7",
        "conversation_id": "attempt",
        "basket_id": "order",
        "paid_price": "1260.00",
        "fraud_status": 1,
        "cancelled": False,
        "items": [
            {
                "item_id": "cover",
                "paid_price": "1260.00",
                "refunds": [{"conversation_id": "refund", "price": "630.00", "state": "done"}],
            }
        ],
    }
]
ASKED = Asked(person_id="ayse", key="k", command="StartDraft", status=201, answer={"id": "draft"})
ANSWERS = {("ayse", "k"): Answered(3, {"id": "draft"})}


def evidence(history: list[tuple[str, str, Json]], **more: Any) -> Evidence:
    """What the log would be if this had happened."""
    events, versions = [], dict[str, int]()
    for position, (stream, kind, facts) in enumerate(history, 1):
        versions[stream] = versions.get(stream, 0) + 1
        events.append(
            Logged(
                position=position,
                stream=stream,
                version=versions[stream],
                kind=kind,
                facts=facts,
                command="StartDraft" if kind == "draft.started" else "Other",
                command_id=str(position),
                actor="ayse",
            )
        )
    sound: dict[str, Any] = {
        "now": NOW,
        "events": events,
        "answers": ANSWERS,
        "jobs": {},
        "balances": {"ayse": (400, 0)},
        "lots": {("ayse", "lot"): (400, 0)},
    }
    return Evidence(**sound | more)


def judged(seen: Evidence, asked: Asked = ASKED, book: list[Json] | None = None) -> str:
    """All that is wrong, in words."""
    return "\n".join(
        [
            *log_faults(seen),
            *wallet_faults(seen),
            *payment_faults(seen, BOOK if book is None else book),
            *invoice_faults(seen),
            *request_faults(seen, [asked]),
            *effect_faults(seen),
        ]
    )


def without(kind: str) -> list[tuple[str, str, Json]]:
    """The history in which this never happened."""
    return [each for each in SOUND if each[1] != kind]


def twice(kind: str) -> list[tuple[str, str, Json]]:
    """The history in which this happened once more in the end."""
    return [*SOUND, *(each for each in SOUND if each[1] == kind)]


def changed(kind: str, **facts: Any) -> list[tuple[str, str, Json]]:
    """The history in which this happened otherwise."""
    return [(s, k, old | facts if k == kind else old) for s, k, old in SOUND]


def test_lots_that_are_shown_wrongly_are_found() -> None:
    for lots in ({}, {("ayse", "lot"): (500, 0)}, {("ayse", "lot"): (400, 100)}):
        assert "wallet of ayse" in judged(evidence(SOUND, lots=lots))


def test_a_sound_history_is_found_sound() -> None:
    assert judged(evidence(SOUND)) == ""


@pytest.mark.parametrize(
    ("history", "finding"),
    [
        (twice("wallet.hold_captured"), "wallet.hold_captured at 15 happened twice"),
        (twice("wallet.credits_granted"), "wallet.credits_granted at 15 happened twice"),
        (without("wallet.hold_captured"), "credits captured 0×"),
        (without("wallet.credits_granted"), "available"),
        (changed("wallet.credits_granted", credits=90), "lot is below zero"),
        (changed("wallet.credits_granted", credits=600), r"500, 0 held, shown \(400, 0\)"),
        (
            changed("wallet.hold_captured", shares=[{"lot_id": "lot", "credits": 90}]),
            "of 100 with 90",
        ),
        (changed("wallet.hold_captured", released=SHARES), "of 100 with 200"),
        (without("payment.succeeded"), "payment 7 of order order is not in our book"),
        (twice("payment.succeeded"), "booked twice"),
        (changed("payment.succeeded", capture=capture(HALF)), "payment of order order"),
        (twice("order.paid"), "2 kept"),
        (twice("order.placed"), "draft draft became 2 orders"),
        (without("invoice.issued"), "order.paid of order: 0× invoice.issued"),
        (twice("invoice.issued"), "order.paid of order: 2× invoice.issued"),
        (changed("invoice.issued", issued=issued(2)["issued"]), r"has the numbers \[2\]"),
        (changed("invoice.issued", sale={"lines": [{"gross": HALF}]}), "invoiced"),
        (without("invoice.document_made"), "0× invoice.document_made"),
        (without("generation.completed"), "generation.requested of generation: 0×"),
        (without("generation.requested"), "without generation.requested"),
        (without("payment.line_refunded"), "0× in our book, 1× in the provider's"),
        (twice("payment.line_refunded"), "2× in our book, 1× in the provider's"),
        (twice("draft.started"), "1 acknowledged, 2 done"),
    ],
)
def test_damage_to_the_history_is_named(history: list[tuple[str, str, Json]], finding: str) -> None:
    assert re.search(finding, judged(evidence(history)))


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        (lambda seen: replace(seen, answers={}), "StartDraft k is lost"),
        (
            lambda seen: replace(seen, answers={("ayse", "k"): Answered(3, {"id": "other"})}),
            "StartDraft k is lost",
        ),
        (
            lambda seen: replace(seen, answers={("ayse", "k"): Answered(4, {"id": "draft"})}),
            "StartDraft k is not at 4",
        ),
        (lambda seen: replace(seen, events=seen.events[1:]), r"positions are missing: \[1\]"),
        (lambda seen: replace(seen, events=seen.events[1:]), "stream wallet has the versions"),
    ],
)
def test_damage_to_the_store_is_named(damage: Callable[[Evidence], Evidence], finding: str) -> None:
    assert re.search(finding, judged(damage(evidence(SOUND))))


def test_what_was_refused_must_not_have_been_done() -> None:
    refused = replace(ASKED, status=409)
    assert "was refused and yet done" in judged(evidence(SOUND), refused)
    assert "0 acknowledged, 1 done" in judged(evidence(SOUND), refused)


def test_money_that_only_the_provider_knows_is_named() -> None:
    surprise = BOOK[0] | {"payment_id": "8", "basket_id": "stranger"}
    assert "of order stranger is not in our book" in judged(evidence(SOUND), book=[*BOOK, surprise])


def test_a_hold_past_its_deadline_is_named() -> None:
    seen = evidence(without("wallet.hold_captured"), now=NOW + timedelta(hours=1))
    assert "is open past" in judged(seen)


def test_dates_of_invoices_that_go_back_are_named() -> None:
    second = ("invoice2", "invoice.issued", issued(2, NOW - timedelta(days=1)))
    assert "2 is dated before 1" in judged(evidence([*SOUND, second]))


def test_parked_work_is_excused() -> None:
    job = Queued(
        id="job", kind="PrintInvoice", state="parked", body={"invoice_id": "invoice"}, error="no"
    )
    seen = evidence(without("invoice.document_made"), jobs={"job": job})
    assert judged(seen) == ""
