"""Every command about bank transfers, each in a house where it does something."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from application.bank import (
    AssignBankLine,
    ExpectTransfer,
    ExplainBankLine,
    MatchBankLine,
    OrderBankReturn,
    ReturnBankLine,
)
from application.bus import Command
from domain.bank import TransferPart, code_of
from domain.shared.money import Money
from tests.asked import State
from tests.bank.files import a_line, a_statement
from tests.bank.shop import NOTE, TOTAL, BankShop, imported
from tests.given import NOW
from tests.manual_entries.examples import FATMA, hand
from tests.orders.examples import ATTEMPT, CUSTOMER, LINES, ORDER

REFERENCE = code_of("transfer", ATTEMPT)
PAID = a_line(TOTAL, f"Kapak {REFERENCE}")
STRAY = a_line("50.00", "kapak")
UNNAMED = a_line(TOTAL, "kapak")
TOO_LITTLE = a_line("1.00", f"Kapak {REFERENCE}")
REFUND_ID = ORDER
SENT = a_line("-100.00", f"İade {code_of('return', REFUND_ID)}")
RETURN = OrderBankReturn(
    refund_id=REFUND_ID, transfer_reference=REFERENCE, amount=Money.of("100.00")
)


async def an_open_shop() -> BankShop:
    """Somebody wants to pay, and Fatma works in finance."""
    shop = BankShop()
    await shop.registered()
    await shop.employed()
    await shop.placed()
    return shop


EXPECT = ExpectTransfer(
    attempt_id=ATTEMPT,
    order_id=ORDER,
    customer_id=CUSTOMER,
    parts=tuple(TransferPart(line.line_id, line.gross) for line in LINES),
    amount=Money.of(TOTAL),
    until=NOW + timedelta(days=3),
)


def line_id(line: Any) -> Any:
    """The id under which a line is booked that is alone on its statement."""
    [(found, _)] = a_statement(line).identified()
    return found


def by_fatma(line: Any) -> dict[str, Any]:
    """A decision of Fatma's about a line."""
    return {"line_id": line_id(line), "by": hand(FATMA), "note": NOTE}


def told(*lines: Any) -> Command:
    """The bank tells of these lines."""
    return imported(a_statement(*lines))


OPEN = State(an_open_shop)
AWAITED = OPEN.after(EXPECT)
RECEIVED = AWAITED.after(told(PAID), MatchBankLine(line_id=line_id(PAID)))

EXAMPLES = [
    *OPEN.asked(EXPECT, told(STRAY)),
    *AWAITED.after(told(PAID)).asked(MatchBankLine(line_id=line_id(PAID))),
    *AWAITED.after(told(TOO_LITTLE)).asked(MatchBankLine(line_id=line_id(TOO_LITTLE))),
    *AWAITED.after(told(UNNAMED)).asked(
        MatchBankLine(line_id=line_id(UNNAMED)),
        AssignBankLine(reference=REFERENCE, **by_fatma(UNNAMED)),
        ReturnBankLine(**by_fatma(UNNAMED)),
        ExplainBankLine(**by_fatma(UNNAMED)),
    ),
    *RECEIVED.asked(
        RETURN,
    ),
    *RECEIVED.after(RETURN, told(PAID, SENT)).asked(MatchBankLine(line_id=line_id(SENT))),
]
