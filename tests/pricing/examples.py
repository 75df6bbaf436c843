"""Prices, coupons and drafts that tests about them begin with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from application.bus import Command
from application.drafts import AttachArtwork, ChangeBook, EnterCoupon, GiveAddresses, StartDraft
from application.orders import CommitDraft
from application.pricing import IssueCoupon, SchedulePrice
from application.processes import pricing as _pricing  # noqa: F401  # registers reactions
from application.store import Store
from application.terms import Terms
from domain.drafts import Addresses, Book
from domain.orders import Order
from domain.pricing import Coupon, CouponRules, CouponUse, Entry, ProductPrice
from domain.shared.money import Money
from tests.given import NOW, House
from tests.orders.examples import ADDRESS, ARTWORK, CUSTOMER, DRAFT

FINANCE = UUID(int=(7 << 76) | (9 << 64) | 7)
LATER = NOW + timedelta(days=1)
CODE = "ILKSIPARIS"
LEAD = timedelta(seconds=Terms().price_lead_seconds)


def rules(**changes: Any) -> CouponRules:
    """15 % off everything, once for each person, unless something else is said."""
    told: dict[str, Any] = {"valid_from": NOW}
    if not {"percent", "amount"} & changes.keys():
        told["percent"] = Decimal(15)
    return CouponRules(**told | changes)


def issue(code: str = CODE, **changes: Any) -> IssueCoupon:
    """A coupon is issued."""
    return IssueCoupon(code=code, rules=rules(**changes), by=FINANCE)


def enter(code: str = CODE, draft_id: UUID = DRAFT, customer_id: UUID = CUSTOMER) -> EnterCoupon:
    """The customer types a coupon's code."""
    return EnterCoupon(draft_id=draft_id, customer_id=customer_id, code=code)


def a_cover(price: str | None, *, size: str = "135x210", paper: str = "matte") -> ProductPrice:
    """A cover for so much."""
    asked = None if price is None else Money.of(price)
    return ProductPrice(size=size, paper=paper, price=asked, grams=125)


def schedule(entry: Entry, **changes: Any) -> SchedulePrice:
    """An entry begins tomorrow, unless something else is said."""
    told: dict[str, Any] = {"since": LATER, "by": FINANCE}
    return SchedulePrice(entry=entry, **told | changes)


class Counter(House):
    """A house with prices, where drafts that lack nothing are made and committed."""

    def __init__(
        self, terms: Terms | None = None, ports: Mapping[type, object] | None = None
    ) -> None:
        self.terms = terms or Terms()
        super().__init__({Terms: self.terms, **(ports or {})})

    async def draft(self, draft_id: UUID = DRAFT, customer_id: UUID = CUSTOMER) -> UUID:
        """A draft of somebody that lacks nothing."""
        for command in complete_draft(draft_id, customer_id):
            await self.do(command)
        return draft_id

    async def commits(self, draft_id: UUID = DRAFT, customer_id: UUID = CUSTOMER) -> Order:
        """The draft becomes an order."""
        await self.do(CommitDraft(draft_id=draft_id, customer_id=customer_id))
        return await self.store().get(Order, Order.id_of(draft_id))

    async def coupon(self, code: str = CODE) -> Coupon:
        """The coupon as the log has it."""
        return await self.store().get(Coupon, Coupon.id_of(code))

    async def uses(self, code: str = CODE, customer_id: UUID = CUSTOMER) -> int:
        """For how many orders the person uses a coupon."""
        use_id = CouponUse.id_of(Coupon.id_of(code), customer_id)
        use = await self.store().find(CouponUse, use_id)
        return len(use.orders) if use else 0

    def store(self) -> Store:
        """The log as it is now."""
        return Store(self.log, self.clock.now())


def complete_draft(draft_id: UUID, customer_id: UUID) -> list[Command]:
    """What is asked until a draft lacks nothing."""
    book = Book(title="Tutunamayanlar", author="Oğuz Atay")
    addresses = Addresses(delivery=ADDRESS, billing=ADDRESS)
    return [
        StartDraft(draft_id=draft_id, customer_id=customer_id, method="upload"),
        ChangeBook(draft_id=draft_id, customer_id=customer_id, book=book),
        AttachArtwork(draft_id=draft_id, customer_id=customer_id, artwork=ARTWORK, size_bytes=9),
        GiveAddresses(draft_id=draft_id, customer_id=customer_id, addresses=addresses),
    ]


def somebody(number: int) -> UUID:
    """One of many customers."""
    return uuid5(CUSTOMER, str(number))
