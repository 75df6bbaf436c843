"""Coupons over HTTP: finance and admins issue them, end them, and see how they are used."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from msgspec import Meta, Struct

from api.ask import Ask, Done, Listed
from api.pricing.words import KEEPERS, Code, Moment
from application.pricing import EndCoupon, IssueCoupon
from domain.pricing import ALL_KINDS, CouponRules
from domain.shared.money import Money
from projections.pricing import CouponRow, coupon_list, coupons

Percent = Annotated[str, Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$(?!\n)", examples=["15"])]
Amount = Annotated[str, Meta(pattern=r"^[0-9]{1,6}\.[0-9]{2}$(?!\n)", examples=["100.00"])]
Times = Annotated[int, Meta(ge=1, le=10_000_000)]
Discounted = Literal["cover", "design_fee", "message_card", "cargo"]


class CouponRulesBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A percentage or an amount in TRY, off lines of these kinds, or of all. `minimum` is what all
    but cargo costs at least. Null is no limit; one that does not stack is used alone.
    """

    code: Code
    percent: Percent | None = None
    amount: Amount | None = None
    kinds: Annotated[list[Discounted], Meta(min_length=1, max_length=4)] | None = None
    minimum: Amount = "0.00"
    first_order: bool = False
    most_uses: Times | None = None
    most_per_person: Times | None = 1
    stacks: bool = False
    valid_from: Moment
    valid_until: Moment | None = None

    def rules(self) -> CouponRules:
        return CouponRules(
            percent=None if self.percent is None else Decimal(self.percent),
            amount=None if self.amount is None else Money.of(self.amount),
            kinds=ALL_KINDS if self.kinds is None else tuple(self.kinds),
            minimum=Money.of(self.minimum),
            first_order=self.first_order,
            most_uses=self.most_uses,
            most_per_person=self.most_per_person,
            stacks=self.stacks,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )


class CodeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A coupon's code; case, spaces and hyphens do not count."""

    code: Code


class CouponIssued(Done, frozen=True, kw_only=True):
    """The coupon, and its code as it is compared."""

    coupon_id: UUID
    code: str


class CouponAnswer(Struct, frozen=True, kw_only=True):
    """A coupon, its rules, how many orders use it now, and what it took off them."""

    id: UUID
    version: int
    code: str
    rules: CouponRules
    uses: int
    discount: Money
    ended: bool
    issued_by: UUID
    issued_at: datetime


class CouponsController(Controller):
    path = "/admin/coupons"
    tags = ("prices",)

    @get(operation_id="Coupons", summary="The coupons, newest first")
    async def all(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[CouponAnswer]]:
        """For finance and admins; ended ones stay."""
        ask.must_be(*KEEPERS)
        page = ask.page(limit, cursor)
        await ask.fresh(coupons)
        before = msgspec.convert(page.after, tuple[datetime, UUID]) if page.after else None
        rows = await coupon_list(ask.reads, before=before, limit=page.limit + 1)
        answers = [_answer(row) for row in rows]
        return ask.listed(answers, page, key=lambda each: [each.issued_at, each.id])

    @post(operation_id="IssueCoupon", summary="Issue a coupon", status_code=201)
    async def issue(self, ask: Ask, data: CouponRulesBody) -> Response[CouponIssued]:
        """For finance and admins. Its rules are never changed: end it, and issue another one."""
        ask.must_be(*KEEPERS)
        command = IssueCoupon(code=data.code, rules=data.rules(), by=ask.person)
        return await ask.run(command, status=201)

    @post("/end", operation_id="EndCoupon", summary="End a coupon", status_code=200)
    async def end(self, ask: Ask, data: CodeBody) -> Response[Done]:
        """For finance and admins. Nobody can use it any more; orders keep what they got."""
        ask.must_be(*KEEPERS)
        return await ask.run(
            EndCoupon(code=data.code, by=ask.person, expected_version=ask.if_match)
        )


def _answer(row: CouponRow) -> CouponAnswer:
    return CouponAnswer(
        id=row.coupon_id,
        version=row.version,
        code=row.code,
        rules=row.rules,
        uses=row.uses,
        discount=row.discount,
        ended=row.ended,
        issued_by=row.issued_by,
        issued_at=row.issued_at,
    )
