"""Orders over HTTP for those who work here: finding them, holds, notes, and who did what."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Struct
from msgspec.structs import asdict, replace

from api.ask import Ask, Done, Listed
from api.explained import STAFF
from api.field_faults import FieldFault
from api.orders.answers import OrderAnswer, OrderSummary, answer_now, summary_of
from api.orders.bodies import HoldBody, NoteBody
from api.orders.looking import page_of_orders, readable_order
from api.past import AsOf
from api.problems import Trouble
from application.history import FieldChange, told
from application.identity import Claims, user_of_email
from application.orders import HoldOrder, NoteOrder, RefuseOrder, ReleaseOrder
from application.past import moment_of
from application.store import Store
from domain.orders import Order, OrderMethod, OrderState, RefundState
from domain.payments import PaymentAttempt, RefundPart
from domain.shared.aggregate import Event
from projections.identity import names_of, persons
from projections.orders import (
    HoldRow,
    NoteRow,
    OrderFilter,
    OrderHead,
    order_streams,
    orders,
    streams_of_order,
)
from projections.shipments import trackings

InOrderState = Annotated[OrderState | None, QueryParameter(name="state")]
ByMethod = Annotated[OrderMethod | None, QueryParameter(name="method")]
Refunded = Annotated[RefundState | None, QueryParameter(name="refund_state")]
Number = Annotated[
    str | None, QueryParameter(max_length=20, description="How the order's number begins")
]
Title = Annotated[
    str | None,
    QueryParameter(max_length=200, description="Words of the title, or how each of them begins"),
]
Email = Annotated[str | None, QueryParameter(max_length=254, description="The customer's, whole")]
Province = Annotated[str | None, QueryParameter(max_length=60)]
Since = Annotated[
    str | None,
    QueryParameter(max_length=64, description="Placed then or later; RFC 3339 with its offset"),
]
Until = Annotated[
    str | None,
    QueryParameter(max_length=64, description="Placed before then; RFC 3339 with its offset"),
]


class StaffOrderSummary(OrderSummary, frozen=True, kw_only=True):
    """A line of the list of everybody's orders."""

    customer_id: UUID
    held: bool


class StaffOrderAnswer(Struct, frozen=True, kw_only=True):
    """An order with what only staff read: holds that are not over, notes, and what of each line
    may still be given back.
    """

    order: OrderAnswer
    holds: tuple[HoldRow, ...]
    notes: tuple[NoteRow, ...]
    refundable: tuple[RefundPart, ...]


class StaffStep(Struct, frozen=True, kw_only=True):
    """One event of anything that belongs to an order: what it changed, who asked for it by which
    command, and the position of the event that caused it. The system acts where there is no actor.
    `text` is what staff wrote with it; other personal texts read as `[personal]`.
    """

    position: int
    at: datetime
    kind: str
    about: str
    about_id: UUID
    version: int
    command: str
    actor_id: UUID | None
    actor: str | None
    cause: int | None
    changes: list[FieldChange]
    text: str


class StaffOrdersController(Controller):
    path = "/admin/orders"
    tags = ("orders",)

    @get("/", operation_id="AllOrders", summary="Everybody's orders, newest first")
    async def everybody(
        self,
        ask: Ask,
        *,
        only: InOrderState = None,
        held: bool | None = None,
        method: ByMethod = None,
        refund_state: Refunded = None,
        number: Number = None,
        title: Title = None,
        email: Email = None,
        province: Province = None,
        since: Since = None,
        until: Until = None,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: AsOf = None,
    ) -> Response[Listed[StaffOrderSummary]]:
        """For admins and finance. All filters given must fit; capital letters and Turkish dots do
        not matter.
        """
        ask.must_be(*STAFF)
        page = ask.page(limit, cursor)
        known, customer_id = await _customer(ask, email)
        wanted = OrderFilter(
            customer_id=customer_id,
            state=only,
            held=held,
            method=method,
            refund_state=refund_state,
            number=number,
            words=title or "",
            province=province,
            since=_instant("since", since),
            until=_instant("until", until),
        )
        rows = await page_of_orders(ask, wanted, page=page, as_of=as_of) if known else []
        return ask.listed([_summary(row, ask) for row in rows], page, key=_place)

    @get("/{order_id:uuid}", operation_id="StaffOrder", summary="An order with its holds and notes")
    async def one(self, ask: Ask, order_id: UUID) -> Response[StaffOrderAnswer]:
        """For admins and finance. 404 if there is no such order."""
        ask.must_be(*STAFF)
        await ask.fresh(orders, trackings)
        row = await readable_order(ask, order_id)
        answer = StaffOrderAnswer(
            order=await answer_now(row, ask),
            holds=row.holds,
            notes=row.notes,
            refundable=await _refundable(ask, order_id),
        )
        return ask.answer(answer, version=row.version)

    @get(
        "/{order_id:uuid}/timeline",
        operation_id="StaffTimeline",
        summary="Who did what to an order, and to all that belongs to it, oldest first",
    )
    async def timeline(
        self, ask: Ask, order_id: UUID, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[StaffStep]]:
        """Its payments, invoice, design, print, parcels and whatever else names it. For admins and
        finance.
        """
        ask.must_be(*STAFF)
        page = ask.page(limit, cursor)
        await ask.fresh(orders, order_streams, persons)
        row = await readable_order(ask, order_id)
        after = page.after[0] if page.after else 0
        steps = [each for each in await _steps(ask, row.order_id) if each.position > after]
        return ask.listed(steps[: page.limit + 1], page, key=lambda step: [step.position])

    @post(
        "/{order_id:uuid}/holds",
        operation_id="HoldOrder",
        summary="Keep an order back from print and parcel",
        status_code=201,
    )
    async def hold(self, ask: Ask, order_id: UUID, data: HoldBody) -> Response[Any]:
        """For admins and finance; answers the `hold_id`. 409 when the parcel is away or the order
        is over, 412 when it is not at the version of `If-Match` any more.
        """
        ask.must_be(*STAFF)
        command = HoldOrder(
            order_id=order_id,
            hold_id=ask.new_id(),
            kind=data.kind,
            reason=data.reason.strip(),
            by=ask.person,
            expected_version=ask.if_match,
        )
        return await ask.run(command, status=201)

    @post(
        "/{order_id:uuid}/holds/{hold_id:uuid}/release",
        operation_id="ReleaseOrder",
        summary="Let a hold be over",
        status_code=200,
    )
    async def release(self, ask: Ask, order_id: UUID, hold_id: UUID) -> Response[Done]:
        """For admins and finance. With the last hold gone the order goes on by itself. 409 if it
        has no such hold, 412 when it is not at the version of `If-Match` any more.
        """
        ask.must_be(*STAFF)
        command = ReleaseOrder(
            order_id=order_id, hold_id=hold_id, by=ask.person, expected_version=ask.if_match
        )
        return await ask.run(command)

    @post(
        "/{order_id:uuid}/notes",
        operation_id="NoteOrder",
        summary="Write something about an order",
        status_code=201,
    )
    async def note(self, ask: Ask, order_id: UUID, data: NoteBody) -> Response[Any]:
        """For admins and finance; answers the `note_id`. The customer reads what is shown to them
        in the order's history.
        """
        ask.must_be(*STAFF)
        command = NoteOrder(
            order_id=order_id,
            note_id=ask.new_id(),
            by=ask.person,
            text=data.text.strip(),
            shown_to=data.shown_to,
            expected_version=ask.if_match,
        )
        return await ask.run(command, status=201)

    @post(
        "/{order_id:uuid}/cancel",
        operation_id="RefuseOrder",
        summary="Cancel an order as its seller, before it is printed",
        status_code=200,
    )
    async def refuse(self, ask: Ask, order_id: UUID) -> Response[Done]:
        """For admins. What was paid goes back by itself, held or not. 409 when it is in production
        already, 412 when it is not at the version of `If-Match` any more.
        """
        ask.must_be("admin")
        return await ask.run(RefuseOrder(order_id=order_id, expected_version=ask.if_match))


async def _customer(ask: Ask, email: str | None) -> tuple[bool, UUID | None]:
    """Whether anybody can be meant, and who: by the blind index, so that no list is searched."""
    if email is None:
        return True, None
    found = await user_of_email(email, Store(ask.log, ask.now), claims=ask.port(Claims))
    return found is not None, found.id if found else None


def _instant(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    with suppress(ValueError):
        if isinstance(moment := moment_of(text), datetime):
            return moment
    fault = FieldFault(code="field_malformed", parameter=name)
    raise Trouble(422, "invalid_parameters", errors=[fault])


def _place(item: OrderSummary) -> list[Any]:
    return [item.created_at, item.id]


def _summary(row: OrderHead, ask: Ask) -> StaffOrderSummary:
    return StaffOrderSummary(
        **asdict(summary_of(row, ask)), customer_id=row.customer_id, held=row.held
    )


async def _refundable(ask: Ask, order_id: UUID) -> tuple[RefundPart, ...]:
    store = Store(ask.log, ask.now)
    found = await store.get(Order, order_id)
    if found.paid_attempt is None:
        return ()
    attempt = await store.get(PaymentAttempt, found.paid_attempt)
    return attempt.left() if attempt.capture else ()


async def _steps(ask: Ask, order_id: UUID) -> list[StaffStep]:
    streams = await streams_of_order(ask.reads, order_id)
    recorded = await ask.log.histories(set(streams), until=await ask.log.head())
    by_stream = sorted(recorded, key=lambda each: each.event.originator_id)
    found: list[StaffStep] = []
    for stream_id, history in groupby(by_stream, key=lambda each: each.event.originator_id):
        events = sorted(history, key=lambda each: each.position)
        whole = told(events, personal=False, most=len(events))
        for step, each in zip(whole.steps[::-1], events, strict=True):
            found.append(
                StaffStep(
                    position=step.position,
                    at=step.at,
                    kind=step.event,
                    about=whole.kind,
                    about_id=stream_id,
                    version=step.version,
                    command=step.command,
                    actor_id=step.actor_id,
                    actor=None,
                    cause=step.cause,
                    changes=step.changes,
                    text=_written(each.event),
                )
            )
    return await _named(ask, sorted(found, key=lambda each: each.position))


def _written(event: Event) -> str:
    match event:
        case Order.Held(reason=text) | Order.Noted(text=text):
            return text
        case _:
            return ""


async def _named(ask: Ask, steps: list[StaffStep]) -> list[StaffStep]:
    """With the names of those who acted."""
    names = await names_of(ask.reads, {each.actor_id for each in steps if each.actor_id})
    return [
        replace(each, actor=names.get(each.actor_id) if each.actor_id else None) for each in steps
    ]
