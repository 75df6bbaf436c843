"""For any two books with any faults in them, exactly what was planned is found: compared with a
matcher of its own, in plain Python, that shares nothing with the product's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from tests.reconciliation.books import MONDAY, Sale, TwoBooks, our_line, their_line

Stand = tuple[str, tuple[str, ...]]
DAYS = 4
UNTIL = MONDAY + timedelta(days=DAYS + 14)
KURUS = Decimal("0.01")

FAULTS = (
    "none",
    "none",
    "none",
    "commission",
    "fee",
    "amount",
    "missing there",
    "missing here",
    "foreign",
    "twice",
    "unpaid",
    "short",
    "bounced",
    "bounced and paid again",
)
"""What may be wrong with a line; most often nothing."""


class Planned(Struct, frozen=True):
    """A line, what is wrong with it, and how much of it was refunded, by whom it is known."""

    sale: Sale
    fault: str
    refunded: Decimal
    refund_known: str


@st.composite
def _planned(draw: st.DrawFn, number: int) -> Planned:
    kurus = draw(st.integers(min_value=500, max_value=500_000))
    paid = Decimal(kurus) / 100
    commission = (paid * draw(st.sampled_from([Decimal("0.0249"), Decimal("0.03129")]))).quantize(
        Decimal("1e-8")
    )
    sale = Sale(
        name=str(number),
        day=MONDAY + timedelta(days=draw(st.integers(0, DAYS - 1))),
        paid=paid,
        commission=commission,
        fee=draw(st.sampled_from([Decimal(0), Decimal("0.25"), Decimal("0.08333333")])),
    )
    known = draw(st.sampled_from(["nobody", "nobody", "both", "ours", "theirs", "differently"]))
    refunded = Decimal(draw(st.integers(100, kurus - 100))) / 100
    return Planned(sale, draw(st.sampled_from(FAULTS)), refunded, known)


@st.composite
def plans(draw: st.DrawFn) -> list[Planned]:
    """Up to a dozen lines with what is wrong with each."""
    return [draw(_planned(number)) for number in range(draw(st.integers(1, 12)))]


def write(books: TwoBooks, plan: Planned) -> None:
    """Put a line into both books, as planned."""
    sale, fault = plan.sale, plan.fault
    if fault not in {"missing here", "foreign"}:
        books.keep(our_line(sale))
    changes: dict[str, dict[str, Any]] = {
        "commission": {"commission": sale.commission + KURUS},
        "fee": {"fee": sale.fee + KURUS},
        "amount": {"paid": their_line(sale).paid + their_line(sale).paid},
        "foreign": {"conversation_id": f"panel-{sale.name}"},
    }
    changed = changes.get(fault, {})
    if fault != "missing there":
        books.theirs.rows[sale.day].append(their_line(sale, **changed))
    if fault == "twice":
        books.theirs.rows[sale.day].append(their_line(sale, reported_id=f"again-{sale.name}"))
    _write_refund(books, plan)
    payout_day = sale.day + timedelta(days=1)
    reference = f"S-{sale.name}"
    if fault == "unpaid":
        return
    amount = sale.net - plan.refunded * (plan.refund_known in {"both", "ours", "differently"})
    books.pay_out(sale, amount - KURUS * (fault == "short"), day=payout_day, reference=reference)
    if fault.startswith("bounced"):
        books.bounce(reference, "1.00", day=payout_day)
    if fault == "bounced and paid again":
        books.pay_out(sale, amount, day=payout_day + timedelta(days=2), reference=f"{reference}-2")


def _write_refund(books: TwoBooks, plan: Planned) -> None:
    known = {"both": "both", "ours": "ours", "theirs": "theirs"}.get(plan.refund_known)
    if plan.fault in {"missing here", "foreign"}:
        known = "theirs" if plan.refund_known != "nobody" else None
        if known:
            books.refund(plan.sale, str(plan.refunded), by=known)
    elif known:
        books.refund(plan.sale, str(plan.refunded), by=known)
    elif plan.refund_known == "differently":
        books.refund(plan.sale, str(plan.refunded), by="ours")
        books.refund(plan.sale, str(plan.refunded + KURUS), by="theirs")


def expected(planned: list[Planned]) -> dict[str, Stand]:
    """What should be found: for each line from what was planned, and from nothing else."""
    found: dict[str, Stand] = {}
    for plan in planned:
        found |= {key: stand for key, stand in _of_line(plan) if stand[0] != "matched"}
    return found


def _of_line(plan: Planned) -> Iterator[tuple[str, Stand]]:
    tx = plan.sale.transaction_id
    if plan.fault in {"missing here", "foreign"}:
        yield f"payment {tx}", ("mismatched", ("unknown_payment",))
        if plan.refund_known != "nobody":
            yield f"refund {tx}", ("mismatched", ("unknown_refund",))
        return
    faults = {
        "commission": ("commission",),
        "fee": ("fee",),
        "amount": ("amount",),
        "missing there": ("not_reported",),
        "twice": ("doubled",),
        "unpaid": ("not_paid_out",),
        "short": ("payout",),
        "bounced": ("not_paid_out",),
    }.get(plan.fault, ())
    yield f"payment {tx}", (_status(faults), faults)
    refund = {
        "ours": ("not_reported",),
        "theirs": ("unknown_refund",),
        "differently": ("amount",),
    }.get(plan.refund_known, ())
    yield f"refund {tx}", (_status(refund), refund)


def _status(faults: tuple[str, ...]) -> str:
    if not faults:
        return "matched"
    return "aged" if faults[0] in {"not_reported", "not_paid_out"} else "mismatched"


def _emptied(books: TwoBooks) -> None:
    for day in (*books.theirs.rows, *books.theirs.paid_out, *books.theirs.came_back):
        books.theirs.rows.pop(day, None)
        books.theirs.paid_out.pop(day, None)
        books.theirs.came_back.pop(day, None)
    books.tamper(
        "TRUNCATE recon_changes, recon_lines, recon_runs, recon_transactions, recon_payouts,"
        " recon_bounces, recon_fetches"
    )
    books.tamper("DELETE FROM read.payment_lines")


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(planned=plans(), first_day=st.integers(1, DAYS + 10))
async def test_exactly_what_was_planned_is_found(
    books: TwoBooks, planned: list[Planned], first_day: int
) -> None:
    _emptied(books)
    for plan in planned:
        write(books, plan)
    # However far a run has come before, the last one finds the same.
    for day in (MONDAY + timedelta(days=first_day), UNTIL):
        books.come_to(day + timedelta(days=1))
        await books.run(day, late_days=(day - MONDAY).days)
    assert await books.stands() == expected(planned)
    before = await books.look()
    await books.run(UNTIL, late_days=2)
    assert await books.look() == before


def test_the_last_day_is_long_after_all_that_happens() -> None:
    assert UNTIL - timedelta(days=12) > MONDAY + timedelta(days=DAYS)
    assert date(2026, 3, 2).isoweekday() == 1
