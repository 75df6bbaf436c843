"""What designers and finance are shown of an account."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.params import Parameter
from msgspec import Struct

from api.ask import Ask
from domain.bank import printed
from domain.shared.money import Money
from domain.shared.months import end_of, start_of
from projections.earnings import DesignerAccountRow, EarningRow, earnings, earnings_month

MonthText = Annotated[str, Parameter(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$(?!\n)")]
COLUMNS = ("at", "kind", "amount", "order", "base", "rate", "commission", "reference")


class BalancesAnswer(Struct, frozen=True, kw_only=True):
    """`owed` is `accrued - reversed - paid`; what is `requested` or `in_run` is part of it, and
    `available` is the rest. Below 0 it is set off against what is earned next.
    """

    accrued: Money
    reversed: Money
    paid: Money
    owed: Money
    requested: Money
    in_run: Money
    available: Money


class StatementAnswer(Struct, frozen=True, kw_only=True):
    """One month: `opening` and all movements make `closing`."""

    month: str
    opening: Money
    movements: list[EarningRow]
    closing: Money


def balances_of(row: DesignerAccountRow | None) -> BalancesAnswer:
    """The figures of an account; all 0 where there is none yet."""
    nothing = Money.of(0)
    if row is None:
        return BalancesAnswer(
            accrued=nothing,
            reversed=nothing,
            paid=nothing,
            owed=nothing,
            requested=nothing,
            in_run=nothing,
            available=nothing,
        )
    owed = row.accrued - row.reversed - row.paid
    return BalancesAnswer(
        accrued=row.accrued,
        reversed=row.reversed,
        paid=row.paid,
        owed=owed,
        requested=row.requested,
        in_run=row.in_run,
        available=owed - row.requested - row.in_run,
    )


async def statement_of(
    ask: Ask, row: DesignerAccountRow | None, *, month: str
) -> Response[StatementAnswer]:
    """The statement of a month as JSON."""
    return ask.answer(await _statement(ask, row, month=month))


async def statement_file(
    ask: Ask, row: DesignerAccountRow | None, *, month: str
) -> Response[bytes]:
    """The statement of a month as CSV, with a line for the opening and for the closing balance."""
    statement = await _statement(ask, row, month=month)
    return Response(
        _as_csv(statement),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="earnings-{month}.csv"',
            "Cache-Control": "no-store",
        },
    )


async def _statement(ask: Ask, row: DesignerAccountRow | None, *, month: str) -> StatementAnswer:
    nothing = Money.of(0)
    if row is None:
        return StatementAnswer(month=month, opening=nothing, movements=[], closing=nothing)
    await ask.fresh(earnings)
    found = await earnings_month(
        ask.reads, row.account_id, since=start_of(month), until=end_of(month)
    )
    return StatementAnswer(
        month=month, opening=found.opening, movements=found.movements, closing=found.closing
    )


def _as_csv(statement: StatementAnswer) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    month = statement.month
    writer.writerow(_balance(start_of(month), "opening", statement.opening))
    for each in statement.movements:
        writer.writerow(
            (
                each.at.isoformat(),
                each.kind,
                f"{each.amount.amount:.2f}",
                each.number,
                f"{each.base.amount:.2f}" if each.base else "",
                str(each.rate) if each.rate is not None else "",
                f"{each.commission.amount:.2f}" if each.commission else "",
                printed(each.reference) if each.reference else "",
            )
        )
    writer.writerow(_balance(end_of(month), "closing", statement.closing))
    return out.getvalue().encode("utf-8-sig")


def _balance(at: datetime, kind: str, amount: Money) -> tuple[str, ...]:
    return (at.isoformat(), kind, f"{amount.amount:.2f}", "", "", "", "", "")
