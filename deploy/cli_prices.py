"""Commands about prices: what holds, what is to come, and how coupons are used."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from application.pricing import price_list
from application.store import Store
from application.terms import Terms
from deploy.bootstrap import System
from deploy.cli_operate import with_system
from deploy.screen import console, table
from domain.pricing import PriceList
from projections.pricing import CouponRow, PriceEntryRow, coupon_list, entry_list

prices_app = typer.Typer(help="Prices, KDV and coupons; whoever changes them is logged in.")
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")]


@prices_app.command("list")
def prices() -> None:
    """Show what holds now, and since when; what has no moment is of the opening list."""

    async def look(system: System) -> PriceList:
        return await price_list(Store(system.event_log, system.clock.now()), system.ports.of(Terms))

    held = with_system(look)
    shown = table("Entry", "Says", "Since")
    for key, entry in sorted(held.entries.items()):
        shown.add_row(key, _said(entry), _moment(held.since.get(key)))
    console.print(shown)


@prices_app.command("entries")
def entries(
    *,
    key: Annotated[str | None, typer.Option(help="Such as product/135x210/matte.")] = None,
    limit: Limit = 50,
) -> None:
    """Show the price book, the latest to begin first; withdrawn entries stay in it."""

    async def look(system: System) -> list[PriceEntryRow]:
        return await entry_list(system.reads, key=key, before=None, limit=limit)

    shown = table("Entry", "Says", "Since", "Withdrawn", "Scheduled", "By")
    for row in with_system(look):
        shown.add_row(
            row.key,
            _said(row.entry),
            _moment(row.since),
            "yes" if row.withdrawn else "",
            _moment(row.scheduled_at),
            str(row.scheduled_by),
        )
    console.print(shown)


@prices_app.command("coupons")
def coupons(*, limit: Limit = 50) -> None:
    """Show coupons, newest first, with what they took off."""

    async def look(system: System) -> list[CouponRow]:
        return await coupon_list(system.reads, before=None, limit=limit)

    shown = table("Code", "Off", "Uses", "Most", "Took off", "Valid from", "Until", "Ended")
    for row in with_system(look):
        rules = row.rules
        shown.add_row(
            row.code,
            f"{rules.percent} %" if rules.percent is not None else str(rules.amount),
            str(row.uses),
            str(rules.most_uses or ""),
            str(row.discount),
            _moment(rules.valid_from),
            _moment(rules.valid_until),
            "yes" if row.ended else "",
        )
    console.print(shown)


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


def _said(entry: object) -> str:
    names = getattr(entry, "__struct_fields__", ())
    return ", ".join(f"{name} {getattr(entry, name)}" for name in names if name != "packages")
