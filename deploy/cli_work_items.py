"""Commands for finance: what waits for a person's decision. It is resolved by who is logged in."""

from __future__ import annotations

from typing import Annotated, TypeVar, get_args
from uuid import UUID

import typer

from deploy.bootstrap import System
from deploy.cli_finance import finance_app
from deploy.cli_operate import with_system
from deploy.faults import SetupFault
from deploy.screen import console, table
from domain.work_items import WorkItemKind, WorkItemState
from projections.work_items import WorkItemFilter, WorkItemRow, work_item_list

STATES: tuple[WorkItemState, ...] = get_args(WorkItemState)
KINDS: tuple[WorkItemKind, ...] = get_args(WorkItemKind)

Known = TypeVar("Known", bound=str)


@finance_app.command("work-items")
def work_items(
    *,
    state: Annotated[str, typer.Option(help=f"One of {', '.join(STATES)}.")] = "open",
    kind: Annotated[str | None, typer.Option(help=f"One of {', '.join(KINDS)}.")] = None,
    order: Annotated[UUID | None, typer.Option(help="Only those about this order.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 50,
) -> None:
    """Show work items, newest first. Notes are personal and not shown."""
    wanted = WorkItemFilter(
        state=_known(state, STATES, what="state"),
        kind=_known(kind, KINDS, what="kind") if kind is not None else None,
        order_id=order,
    )

    async def look(system: System) -> list[WorkItemRow]:
        return await work_item_list(system.reads, wanted, before=None, limit=limit)

    shown = table("Item", "Opened", "Kind", "State", "Amount", "About", "Found", "Resolved")
    for row in with_system(look):
        shown.add_row(
            str(row.item_id),
            f"{row.opened_at:%Y-%m-%d %H:%M:%S}",
            row.kind,
            row.state,
            str(row.amount or ""),
            str(row.order_id or row.key),
            ", ".join(f"{name} {value}" for name, value in row.facts),
            row.resolution,
        )
    console.print(shown)


def _known(text: str, all_known: tuple[Known, ...], *, what: str) -> Known:
    for each in all_known:
        if each == text:
            return each
    raise SetupFault(f"{text!r} is no {what}; there are {', '.join(all_known)}.")
