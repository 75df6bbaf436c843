"""What a customer can ask about a return: to have one, to show what is wrong, to keep it all."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from application.assets import kept
from application.bus import Command, handles
from application.line_returns import returns_of
from application.store import Store
from application.terms import Terms
from domain.orders import Order, OrderLine
from domain.returns import (
    GOODS,
    MOST_RETURNS,
    Claim,
    CreditsGoBackByPurchase,
    MoneyGoesBackAlready,
    NothingToReturnYet,
    QuantityTooLarge,
    Reason,
    Remedy,
    Return,
    ReturnOpen,
    ReturnTooLate,
    TooManyReturns,
)
from domain.shared.artwork import Artwork
from domain.shared.days import midnight_in_turkey
from domain.shared.errors import NotFound
from domain.shared.money import Money


class RequestReturn(Command, frozen=True, kw_only=True):
    """Ask back one line of an order: so many pieces of it, why, and what is wished instead."""

    order_id: UUID
    customer_id: UUID
    line_id: UUID
    reason: Reason
    wanted: Remedy = "refund"
    quantity: int = 1
    said: str = ""


class AddReturnPicture(Command, frozen=True, kw_only=True):
    """Show what is wrong by a picture, inspected and stored."""

    return_id: UUID
    customer_id: UUID
    picture: Artwork
    size_bytes: int
    expected_version: int | None = None


class CancelReturn(Command, frozen=True, kw_only=True):
    """The customer keeps it; possible until it is received."""

    return_id: UUID
    customer_id: UUID
    expected_version: int | None = None


@handles
async def request_return(command: RequestReturn, store: Store, terms: Terms) -> dict[str, Any]:
    order = await store.get(Order, command.order_id)
    if order.customer_id != command.customer_id:
        raise NotFound(kind="order", id=order.id)
    line = next((each for each in order.charged_lines if each.line_id == command.line_id), None)
    if line is None:
        raise NotFound(kind="line", id=command.line_id)
    if line.credits:
        raise CreditsGoBackByPurchase(order_id=order.id)
    earlier = [each async for each in returns_of(line.line_id, store)]
    _must_be_free(earlier)
    _must_be_in_time(order, command.reason, earlier=earlier, terms=terms, now=store.now)
    _must_have_money(order, line, wanted=command.quantity, earlier=earlier)
    asked = Return.request(
        order.customer_id,
        _claim(order, line, command=command),
        turn=len(earlier),
        said=command.said,
        at=(store.now, store.now + timedelta(days=terms.return_answer_days)),
    )
    store.save(asked)
    return {"return_id": asked.id, "answer_by": asked.answer_by, "claimed": asked.claim.charged}


@handles
async def add_return_picture(command: AddReturnPicture, store: Store) -> dict[str, Any]:
    asked = await _own(command.return_id, command.customer_id, store=store)
    asked.must_be_at(command.expected_version)
    asked.add_picture(command.picture)
    asset = await kept(
        store,
        command.customer_id,
        artwork=command.picture,
        size_bytes=command.size_bytes,
        purpose="return",
    )
    store.save(asked, asset)
    return {"pictures": len(asked.pictures)}


@handles
async def cancel_return(command: CancelReturn, store: Store) -> None:
    asked = await _own(command.return_id, command.customer_id, store=store)
    asked.must_be_at(command.expected_version)
    asked.cancel()
    store.save(asked)


def until_when(delivered_at: datetime, days: int) -> datetime:
    """The end of the last day on which something that came then may be asked back."""
    return midnight_in_turkey(delivered_at) + timedelta(days=days + 1)


async def _own(return_id: UUID, customer_id: UUID, *, store: Store) -> Return:
    asked = await store.get(Return, return_id)
    asked.must_be_of(customer_id)
    return asked


def _claim(order: Order, line: OrderLine, *, command: RequestReturn) -> Claim:
    share = line.gross.amount * command.quantity / Decimal(line.quantity)
    return Claim(
        order_id=order.id,
        number=order.number,
        line_id=line.line_id,
        item=line.kind,
        goods=GOODS[line.kind],
        quantity=command.quantity,
        charged=Money.of(share, line.gross.currency),
        reason=command.reason,
        wanted=command.wanted,
    )


def _must_be_free(earlier: list[Return]) -> None:
    """One return of a line is open at a time."""
    if earlier and not earlier[-1].is_over:
        raise ReturnOpen(return_id=earlier[-1].id)
    if len(earlier) >= MOST_RETURNS:
        raise TooManyReturns(most=MOST_RETURNS)


def _must_be_in_time(
    order: Order, reason: Reason, *, earlier: list[Return], terms: Terms, now: datetime
) -> None:
    if order.delivered_at is not None:
        until = until_when(order.delivered_at, terms.return_days)
        # What was printed anew was delivered later than the order.
        for each in earlier:
            if each.state == "reprinted":
                days = terms.return_missing_days + terms.return_days
                until = max(until, until_when(each.modified_on, days))
        if now >= until:
            raise ReturnTooLate(until=until)
        return
    missing = timedelta(days=terms.return_missing_days)
    waits = order.shipped_at is None or now < order.shipped_at + missing
    if waits or reason != "not_arrived":
        raise NothingToReturnYet(state=order.state)


def _must_have_money(order: Order, line: OrderLine, *, wanted: int, earlier: list[Return]) -> None:
    back = sum(each.claim.quantity for each in earlier if each.state == "refunded")
    if not 0 < wanted <= line.quantity - back:
        raise QuantityTooLarge("/quantity", quantity=wanted, most=line.quantity - back)
    if line.gross.amount and order.returned[line.line_id] >= line.gross:
        raise MoneyGoesBackAlready(line_id=line.line_id)
