"""The price list that everybody may read, and the book in which finance and admins write it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.ask import OPEN, Ask, Done, Listed
from api.pricing.words import KEEPERS, Moment, Size, Word
from application.pricing import SchedulePrice, WithdrawPrice, price_list
from application.store import Store
from application.terms import Terms
from domain.pricing import (
    CardWeight,
    CargoPrice,
    CargoZone,
    CreditList,
    CreditPackage,
    Entry,
    LineTax,
    PriceBook,
    ProductPrice,
    TaxRate,
)
from domain.shared.lines import LineKind
from domain.shared.money import Money
from projections.pricing import PriceEntryRow, entry_list, price_entries

Price = Annotated[str, Meta(pattern=r"^[0-9]{1,6}\.[0-9]{2}$(?!\n)", examples=["1260.00"])]
Rate = Annotated[str, Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$(?!\n)", examples=["20"])]
PerCredit = Annotated[str, Meta(pattern=r"^[0-9]{1,3}\.[0-9]{2,4}$(?!\n)", examples=["0.18"])]
Grams = Annotated[int, Meta(ge=1, le=1_000_000)]
Credits = Annotated[int, Meta(ge=1, le=1_000_000)]
Exemption = Annotated[str, Meta(pattern=r"^([0-9]{3})?$(?!\n)", examples=["335"])]
Province = Annotated[str, Meta(min_length=2, max_length=60, pattern=r"\S")]
Key = Annotated[str, Meta(min_length=1, max_length=120)]
OfKey = Annotated[str | None, QueryParameter(name="key")]


class ScheduleBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From when on, not before now; from now on without it, which is a few seconds from now."""

    since: Moment | None = None


class ProductPriceBody(ScheduleBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cover's price in TRY with KDV, and its weight; without a price it is offered no longer."""

    size: Size
    paper: Word
    price: Price | None
    grams: Grams


class CargoPriceBody(ScheduleBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cargo into a zone up to a weight; the zone `everywhere` has all provinces of no other one."""

    zone: Word
    up_to_grams: Grams
    price: Price | None


class CargoZoneBody(ScheduleBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The zone in which a province lies."""

    province: Province
    zone: Word


class CardWeightBody(ScheduleBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a message card weighs."""

    grams: Grams


class PackageBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many credits for a price of their own."""

    package_id: Word
    credits: Credits
    price: Price


class CreditPricesBody(ScheduleBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Packages of credits, and amounts from `least` to `most` at a price per credit."""

    packages: Annotated[list[PackageBody], Meta(max_length=50)]
    least: Credits
    most: Credits
    per_credit: PerCredit


class KdvRateBody(ScheduleBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rate of a class as a percentage; 0 needs the code of the exemption on invoices."""

    tax_class: Word
    rate: Rate
    exemption: Exemption = ""


class KdvClassBody(ScheduleBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The class in which lines of a kind are."""

    kind: LineKind
    tax_class: Word


class WithdrawBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry that has not begun, by its key and its moment."""

    key: Key
    since: Moment


class PriceScheduled(Done, frozen=True, kw_only=True):
    """The key of the entry, and the moment from which it holds."""

    key: str
    since: datetime


class ProductAnswer(Struct, frozen=True, kw_only=True):
    """A cover on offer; prices have KDV inside."""

    size: str
    paper: str
    price: Money
    grams: int


class CargoAnswer(Struct, frozen=True, kw_only=True):
    """Cargo into a zone for parcels up to a weight, from the next lighter one on."""

    zone: str
    up_to_grams: int
    price: Money


class ZoneAnswer(Struct, frozen=True, kw_only=True):
    """A province that is in a zone of its own."""

    province: str
    zone: str


class RateAnswer(Struct, frozen=True, kw_only=True):
    """A class of KDV and its rate as a percentage."""

    tax_class: str
    rate: Decimal
    exemption: str


class LineTaxAnswer(Struct, frozen=True, kw_only=True):
    """The class of KDV of lines of a kind."""

    kind: LineKind
    tax_class: str


class PriceListAnswer(Struct, frozen=True, kw_only=True):
    """What holds at `as_of`. Message cards, designers and credits tell their prices themselves."""

    as_of: datetime
    products: list[ProductAnswer]
    cargo: list[CargoAnswer]
    zones: list[ZoneAnswer]
    kdv_rates: list[RateAnswer]
    kdv_classes: list[LineTaxAnswer]


class PriceEntryAnswer(Struct, frozen=True, kw_only=True):
    """An entry of the book; `facts` are what it says, by the names in which it was written."""

    key: str
    since: datetime
    state: Literal["to_come", "begun", "withdrawn"]
    facts: dict[str, str]
    scheduled_by: UUID
    scheduled_at: datetime


class PricesController(Controller):
    path = "/prices"
    tags = ("prices",)

    @get(operation_id="Prices", summary="The price list", opt=OPEN)
    async def prices(self, ask: Ask) -> Response[PriceListAnswer]:
        """What is asked for now; its `ETag` is the version of the price book."""
        store = Store(ask.log, ask.now)
        prices = await price_list(store, ask.port(Terms))
        book = await store.consult(PriceBook, PriceBook.ID)
        answer = PriceListAnswer(
            as_of=prices.at,
            products=[
                ProductAnswer(size=each.size, paper=each.paper, price=each.price, grams=each.grams)
                for each in prices.products
                if each.price
            ],
            cargo=[
                CargoAnswer(zone=each.zone, up_to_grams=each.up_to_grams, price=each.price)
                for each in prices.cargo
                if each.price
            ],
            zones=[ZoneAnswer(province=each.province, zone=each.zone) for each in prices.zones],
            kdv_rates=[
                RateAnswer(tax_class=each.tax_class, rate=each.rate, exemption=each.exemption)
                for each in prices.rates
            ],
            kdv_classes=[
                LineTaxAnswer(kind=each.kind, tax_class=each.tax_class)
                for each in prices.line_taxes
            ],
        )
        return ask.answer(answer, version=book.version if book else 0)


class PriceBookController(Controller):
    path = "/admin/prices"
    tags = ("prices",)

    @get(operation_id="PriceEntries", summary="The price book, latest to begin first")
    async def entries(
        self,
        ask: Ask,
        only: OfKey = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[PriceEntryAnswer]]:
        """For finance and admins; of one key if it is given. The opening list is not among them."""
        ask.must_be(*KEEPERS)
        page = ask.page(limit, cursor)
        await ask.fresh(price_entries)
        before = msgspec.convert(page.after, tuple[datetime, str]) if page.after else None
        rows = await entry_list(ask.reads, key=only, before=before, limit=page.limit + 1)
        answers = [_entry(row, now=ask.now) for row in rows]
        return ask.listed(answers, page, key=lambda each: [each.since, each.key])

    @post(
        "/products",
        operation_id="ScheduleProductPrice",
        summary="Set a cover's price from a moment on",
        status_code=200,
    )
    async def product(self, ask: Ask, data: ProductPriceBody) -> Response[PriceScheduled]:
        """For finance and admins. 409 for a moment that has passed: what held is never changed."""
        entry = ProductPrice(
            size=data.size, paper=data.paper, price=_money(data.price), grams=data.grams
        )
        return await _schedule(ask, entry, since=data.since)

    @post(
        "/cargo",
        operation_id="ScheduleCargoPrice",
        summary="Set a price of cargo from a moment on",
        status_code=200,
    )
    async def cargo(self, ask: Ask, data: CargoPriceBody) -> Response[PriceScheduled]:
        """For finance and admins. 409 for a moment that has passed."""
        entry = CargoPrice(zone=data.zone, up_to_grams=data.up_to_grams, price=_money(data.price))
        return await _schedule(ask, entry, since=data.since)

    @post(
        "/zones",
        operation_id="ScheduleCargoZone",
        summary="Put a province into a zone of cargo from a moment on",
        status_code=200,
    )
    async def zone(self, ask: Ask, data: CargoZoneBody) -> Response[PriceScheduled]:
        """For finance and admins. 409 for a moment that has passed."""
        return await _schedule(
            ask, CargoZone(province=data.province, zone=data.zone), since=data.since
        )

    @post(
        "/card-weight",
        operation_id="ScheduleCardWeight",
        summary="Set what a message card weighs from a moment on",
        status_code=200,
    )
    async def card_weight(self, ask: Ask, data: CardWeightBody) -> Response[PriceScheduled]:
        """For finance and admins. 409 for a moment that has passed."""
        return await _schedule(ask, CardWeight(grams=data.grams), since=data.since)

    @post(
        "/credits",
        operation_id="ScheduleCreditPrices",
        summary="Set what credits cost from a moment on",
        status_code=200,
    )
    async def credits(self, ask: Ask, data: CreditPricesBody) -> Response[PriceScheduled]:
        """For finance and admins. All packages together; 409 for a moment that has passed."""
        packages = tuple(
            CreditPackage(
                package_id=each.package_id, credits=each.credits, price=Money.of(each.price)
            )
            for each in data.packages
        )
        entry = CreditList(
            packages=packages,
            least=data.least,
            most=data.most,
            per_credit=Decimal(data.per_credit),
        )
        return await _schedule(ask, entry, since=data.since)

    @post(
        "/kdv-rates",
        operation_id="ScheduleKdvRate",
        summary="Set the KDV rate of a class from a moment on",
        status_code=200,
    )
    async def kdv_rate(self, ask: Ask, data: KdvRateBody) -> Response[PriceScheduled]:
        """For finance and admins. 409 for a moment that has passed."""
        entry = TaxRate(tax_class=data.tax_class, rate=Decimal(data.rate), exemption=data.exemption)
        return await _schedule(ask, entry, since=data.since)

    @post(
        "/kdv-classes",
        operation_id="ScheduleKdvClass",
        summary="Put lines of a kind into a class of KDV from a moment on",
        status_code=200,
    )
    async def kdv_class(self, ask: Ask, data: KdvClassBody) -> Response[PriceScheduled]:
        """For finance and admins. 422 if the class has no rate then."""
        return await _schedule(
            ask, LineTax(kind=data.kind, tax_class=data.tax_class), since=data.since
        )

    @post(
        "/withdraw",
        operation_id="WithdrawPrice",
        summary="Take back an entry that has not begun",
        status_code=200,
    )
    async def withdraw(self, ask: Ask, data: WithdrawBody) -> Response[Done]:
        """For finance and admins. 404 if nothing is to begin then, 409 if it has begun."""
        ask.must_be(*KEEPERS)
        return await ask.run(
            WithdrawPrice(
                key=data.key, since=data.since, by=ask.person, expected_version=ask.if_match
            )
        )


async def _schedule(ask: Ask, entry: Entry, *, since: datetime | None) -> Response[PriceScheduled]:
    ask.must_be(*KEEPERS)
    return await ask.run(
        SchedulePrice(entry=entry, since=since, by=ask.person, expected_version=ask.if_match)
    )


def _money(price: str | None) -> Money | None:
    return None if price is None else Money.of(price)


def _entry(row: PriceEntryRow, *, now: datetime) -> PriceEntryAnswer:
    begun: Literal["to_come", "begun"] = "begun" if row.since <= now else "to_come"
    facts = msgspec.structs.asdict(row.entry)
    return PriceEntryAnswer(
        key=row.key,
        since=row.since,
        state="withdrawn" if row.withdrawn else begun,
        facts={name: str(fact) for name, fact in facts.items() if name != "packages"}
        | {
            f"packages/{each.package_id}": f"{each.credits} {each.price}"
            for each in facts.get("packages", ())
        },
        scheduled_by=row.scheduled_by,
        scheduled_at=row.scheduled_at,
    )
