"""What an order's lines earn without KDV, and what of it went back: the same cuts as invoices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from msgspec import Struct

from domain.orders.parts import ChargedLine, OrderLine, OrderState, RefundState
from domain.shared.lines import LineKind
from domain.shared.money import Money, split_gross


class EarnedLine(Struct, frozen=True, kw_only=True):
    """What one line has earned when it is delivered: what was charged, without KDV and without what
    was paid back before.
    """

    line_id: UUID
    kind: LineKind
    net: Money


class ReturnedPart(Struct, frozen=True, kw_only=True):
    """Money of a line that went back, taken apart into net and KDV; `earned` if the order had been
    delivered.
    """

    kind: LineKind
    net: Money
    kdv: Money
    earned: bool


class Returned(Struct, frozen=True, kw_only=True):
    """What one refund gave back of a line, taken apart as it was booked."""

    line_id: UUID
    amount: Money
    net: Money
    kdv: Money


def charges_of(lines: Iterable[OrderLine], charged: Iterable[ChargedLine]) -> dict[UUID, Money]:
    """What was charged for each line: its price, where nothing is told. A line that was left out of
    the basket was charged nothing.
    """
    told = {each.line_id: each.amount for each in charged}
    return {
        line.line_id: told.get(line.line_id, line.gross * 0) if told else line.gross
        for line in lines
    }


def earned_by(lines: Iterable[OrderLine], returned: Mapping[UUID, Money]) -> tuple[EarnedLine, ...]:
    """What the lines earn by being delivered; `returned` is what of them went back."""
    return tuple(
        EarnedLine(line_id=line.line_id, kind=line.kind, net=net)
        for line in lines
        for net in [_net(line, line.gross) - _net(line, returned[line.line_id])]
        if net.amount
    )


def part_of(line: OrderLine, amount: Money, *, before: Money, state: OrderState) -> ReturnedPart:
    """Take apart what goes back of a line after `before` went back of it; `state` is the order's.

    All parts of a line together have exactly the net and the KDV of its invoice.
    """
    net = _net(line, before + amount) - _net(line, before)
    return ReturnedPart(kind=line.kind, net=net, kdv=amount - net, earned=state == "delivered")


def refund_state_of(paid: Money, refunded: Money) -> RefundState:
    """How much of what was paid went back."""
    if refunded.amount == 0:
        return "none"
    return "fully" if refunded >= paid else "partly"


def _net(line: OrderLine, gross: Money) -> Money:
    return split_gross(gross, line.kdv_rate).net
