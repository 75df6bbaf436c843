"""What a draft's order costs: size, paper and coupons, the quote, and the commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Struct

from api.ask import Ask, Done, Rate
from api.pricing.words import Code, Size, Word
from api.wording import words_of
from application.drafts import ChooseOptions, EnterCoupon, RemoveCoupon
from application.orders import CommitDraft
from application.pricing import Basket, RefusedCoupon, basket_of
from application.store import Store
from application.terms import Terms
from domain.drafts import Draft, Options
from domain.orders import AppliedCoupon, LineKind, Order
from domain.shared.money import Money, total

Total = Annotated[
    str | None,
    QueryParameter(
        name="expected_total",
        pattern=r"^[0-9]{1,7}\.[0-9]{2}$(?!\n)",
        description="What the customer was shown, in TRY, such as 1290.00",
    ),
]
GUESSES = {"rate": Rate("coupons", 20)}


class OptionsBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A size, width x height in mm, and a paper, that are on offer together."""

    size: Size
    paper: Word


class CouponBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A coupon's code; case, spaces and hyphens do not count."""

    code: Code


class OrderCommitted(Done, frozen=True, kw_only=True):
    """The order of the draft, its number, and what it costs with KDV."""

    order_id: UUID
    number: str
    total: Money


class QuotedLine(Struct, frozen=True, kw_only=True):
    """A line; `gross` has KDV inside, and is the `list_price` less the `discount`."""

    kind: LineKind
    name: str
    list_price: Money
    discount: Money
    gross: Money
    kdv_rate: Decimal
    tax_class: str
    exemption: str


class QuotedCoupon(Struct, frozen=True, kw_only=True):
    """A coupon and what it takes off."""

    code: str
    discount: Money


class UnusableCoupon(Struct, frozen=True, kw_only=True):
    """A coupon that can't be used now; `problem` is the code with which the commit is refused."""

    code: str
    problem: str
    detail: str


class KdvShare(Struct, frozen=True, kw_only=True):
    """What of the total is of one rate, a percentage: without KDV, and the KDV."""

    rate: Decimal
    net: Money
    kdv: Money


class QuoteAnswer(Struct, frozen=True, kw_only=True):
    """What the commit charges as long as prices and coupons stay: `total`, with KDV inside. It is
    refused while anything is in `missing` or in `unusable`.
    """

    quoted_at: datetime
    lines: list[QuotedLine]
    size: str
    paper: str
    coupons: list[QuotedCoupon]
    unusable: list[UnusableCoupon]
    list_total: Money
    discount: Money
    total: Money
    kdv: list[KdvShare]
    missing: list[str]


class DraftPricesController(Controller):
    path = "/drafts/{draft_id:uuid}"
    tags = ("drafts",)

    @get("/quote", operation_id="QuoteDraft", summary="What the order of a draft would cost")
    async def quote(self, ask: Ask, draft_id: UUID) -> Response[QuoteAnswer]:
        """Exactly what the commit charges, line by line. Without an address, cargo is that of
        most places. Of a draft that was committed, what its order costs.
        """
        store = Store(ask.log, ask.now)
        draft = await store.get(Draft, draft_id)
        draft.must_belong_to(ask.person)
        order = await store.find(Order, Order.id_of(draft_id))
        basket = (
            await basket_of(draft, store, terms=ask.port(Terms))
            if order is None
            else _bought(order)
        )
        return ask.answer(_quote(ask, basket, missing=draft.missing), version=draft.version)

    @post(
        "/options",
        operation_id="ChooseOptions",
        summary="Choose the cover's size and paper",
        status_code=200,
    )
    async def options(self, ask: Ask, draft_id: UUID, data: OptionsBody) -> Response[Done]:
        """409 if the cover is not on offer so."""
        return await ask.run(
            ChooseOptions(
                draft_id=draft_id,
                customer_id=ask.person,
                options=Options(size=data.size, paper=data.paper),
                expected_version=ask.if_match,
            )
        )

    @post(
        "/coupons",
        operation_id="EnterCoupon",
        summary="Use a coupon for the order",
        status_code=200,
        opt=GUESSES,
    )
    async def coupon(self, ask: Ask, draft_id: UUID, data: CouponBody) -> Response[Done]:
        """404 if there is no such coupon, 409 if it can't be used now. It is counted at commit."""
        return await ask.run(
            EnterCoupon(
                draft_id=draft_id,
                customer_id=ask.person,
                code=data.code,
                expected_version=ask.if_match,
            )
        )

    @post(
        "/coupons/remove",
        operation_id="RemoveCoupon",
        summary="Do not use a coupon",
        status_code=200,
    )
    async def no_coupon(self, ask: Ask, draft_id: UUID, data: CouponBody) -> Response[Done]:
        """Take a coupon off the draft; one that is not on it changes nothing."""
        return await ask.run(
            RemoveCoupon(
                draft_id=draft_id,
                customer_id=ask.person,
                code=data.code,
                expected_version=ask.if_match,
            )
        )

    @post(
        "/commit",
        operation_id="CommitDraft",
        summary="Make an order of a draft",
        tags=("orders",),
        status_code=201,
    )
    async def commit(
        self, ask: Ask, draft_id: UUID, expected_total: Total = None
    ) -> Response[OrderCommitted]:
        """Freezes the draft with its prices. Asked again, the order that exists is the answer.

        409 with `price_changed` if it would cost anything but the `expected_total` that is given.
        """
        command = CommitDraft(
            draft_id=draft_id,
            customer_id=ask.person,
            expected_version=ask.if_match,
            expected_total=None if expected_total is None else Money.of(expected_total),
        )
        location = f"/api/v1/orders/{Order.id_of(draft_id)}"
        return await ask.run(command, status=201, location=location)


def _bought(order: Order) -> Basket:
    options = Options(size=order.size, paper=order.paper)
    return Basket(lines=order.lines, options=options, coupons=order.coupons, refused=())


def _quote(ask: Ask, basket: Basket, *, missing: Sequence[str]) -> QuoteAnswer:
    return QuoteAnswer(
        quoted_at=ask.now,
        lines=[
            QuotedLine(**{name: getattr(line, name) for name in QuotedLine.__struct_fields__})
            for line in basket.lines
        ],
        size=basket.options.size,
        paper=basket.options.paper,
        coupons=[_applied(each) for each in basket.coupons],
        unusable=[_unusable(ask, each) for each in basket.refused],
        list_total=total(line.list_price for line in basket.lines),
        discount=total(line.discount for line in basket.lines),
        total=basket.total,
        kdv=[KdvShare(rate=each.rate, net=each.net, kdv=each.tax) for each in basket.kdv],
        missing=list(missing),
    )


def _applied(coupon: AppliedCoupon) -> QuotedCoupon:
    return QuotedCoupon(code=coupon.code, discount=coupon.discount)


def _unusable(ask: Ask, coupon: RefusedCoupon) -> UnusableCoupon:
    refusal = coupon.refusal
    detail = words_of(refusal.code).detail(ask.language, refusal.facts)
    return UnusableCoupon(code=coupon.code, problem=refusal.code, detail=detail)
