"""What an order's lines earn without KDV, and what of it went back: the same cuts as invoices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from msgspec import Struct

from domain.orders.parts import LineKind, OrderLine
from domain.shared.money import Money, split_gross


class EarnedLine(Struct, frozen=True, kw_only=True):
    """What one line has earned when it is delivered: its price without KDV and without what was
    paid back before.
    """

    line_id: UUID
    kind: LineKind
    net: Money


class Cut(Struct, frozen=True, kw_only=True):
    """The net and the KDV in an amount that goes back of a line of this kind."""

    kind: LineKind
    net: Money
    kdv: Money


def earned_by(lines: Iterable[OrderLine], returned: Mapping[UUID, Money]) -> tuple[EarnedLine, ...]:
    """What the lines earn by being delivered; `returned` is what of their prices went back."""
    return tuple(
        EarnedLine(line_id=line.line_id, kind=line.kind, net=net)
        for line in lines
        for net in [_net(line, line.gross) - _net(line, returned[line.line_id])]
        if net.amount
    )


def cut_of(
    lines: Iterable[OrderLine], line_id: UUID, *, amount: Money, returned: Mapping[UUID, Money]
) -> Cut:
    """Take apart what goes back of a line, after `returned` went back of it.

    All parts of a line together have exactly the net and the KDV of its invoice.
    """
    line = next(each for each in lines if each.line_id == line_id)
    before = returned[line_id]
    net = _net(line, before + amount) - _net(line, before)
    return Cut(kind=line.kind, net=net, kdv=amount - net)


def _net(line: OrderLine, gross: Money) -> Money:
    return split_gross(gross, line.kdv_rate).net
