"""The business's figures that are settings and not rules; the defaults are those of the product."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from msgspec import Struct

from application.ports import PrintSpec
from domain.pricing import (
    EVERYWHERE,
    CardWeight,
    CargoPrice,
    CreditList,
    CreditPackage,
    Entry,
    LineTax,
    ProductPrice,
    TaxRate,
)
from domain.shared.lines import LineKind, trim_of
from domain.shared.money import Money


class CreditPrices(Struct, frozen=True, kw_only=True):
    """What credits cost from a moment on: packages, and amounts from `least` to `most` at
    `per_credit` TRY, rounded half up to the kuruş.
    """

    since: datetime
    packages: tuple[CreditPackage, ...]
    least: int
    most: int
    per_credit: Decimal

    def package(self, package_id: str) -> CreditPackage | None:
        """The package of this id, if there is one."""
        return next((each for each in self.packages if each.package_id == package_id), None)

    def price_of(self, credits: int) -> Money:
        """The price of an amount that is no package."""
        return Money.of(self.per_credit * credits)

    @property
    def entry(self) -> CreditList:
        """As the book of prices writes it."""
        return CreditList(
            packages=self.packages, least=self.least, most=self.most, per_credit=self.per_credit
        )


def _package(credits: int, price: str) -> CreditPackage:
    return CreditPackage(package_id=f"credits-{credits}", credits=credits, price=Money.of(price))


CREDIT_PRICES = (
    CreditPrices(
        since=datetime(2026, 1, 1, tzinfo=UTC),
        packages=(_package(300, "50.00"), _package(500, "80.00"), _package(1000, "150.00")),
        least=100,
        most=10_000,
        per_credit=Decimal("0.18"),
    ),
)
"""The price lists one after the other; a new one is added with the moment from which it holds."""


def _cover(size: str, paper: str, *, price: str, grams: int) -> ProductPrice:
    return ProductPrice(size=size, paper=paper, price=Money.of(price), grams=grams)


MORE_COVERS = (
    _cover("120x195", "matte", price="1190.00", grams=110),
    _cover("120x195", "textured", price="1340.00", grams=130),
    _cover("135x210", "textured", price="1410.00", grams=150),
    _cover("160x240", "matte", price="1390.00", grams=160),
    _cover("160x240", "textured", price="1560.00", grams=190),
)
"""Covers beside the one that is made where nothing else was chosen."""

LINE_KINDS: tuple[LineKind, ...] = ("cover", "design_fee", "message_card", "cargo", "credits")


class Terms(Struct, frozen=True, kw_only=True):
    """Durations carry their unit in the name; prices have KDV inside; rates are percentages.

    Purchased credits do not expire while `purchased_days` is None.
    """

    welcome_credits: int = 500
    welcome_days: int = 90
    generation_prices: tuple[int, ...] = (100, 200, 300)
    generation_deadline_seconds: int = 240
    revisions: int = 3
    preview_days: int = 5
    designer_answer_days: int = 3
    payment_hours: int = 24
    installments: tuple[int, ...] = (1, 2, 3, 6, 9, 12)
    save_cards: bool = True
    entry_alone_credits: int = 1_000
    entry_most_credits: int = 100_000
    entry_credit_days: int = 365
    entry_back_days: int = 366
    proposal_days: int = 7
    closing_margin_minutes: int = 10
    cover_price: Money = Money(Decimal("1260.00"))
    cargo_price: Money = Money(Decimal("30.00"))
    cover_grams: int = 125
    card_grams: int = 20
    cargo_grams: int = 30_000
    paper: str = "matte"
    more_covers: tuple[ProductPrice, ...] = MORE_COVERS
    price_lead_seconds: int = 5
    kdv_rate: Decimal = Decimal(20)
    reduced_kdv_rate: Decimal = Decimal(10)
    lowest_kdv_rate: Decimal = Decimal(1)
    book_exemption: str = "335"
    credit_prices: tuple[CreditPrices, ...] = CREDIT_PRICES
    purchased_days: int | None = None
    trim_width_mm: Decimal = Decimal(135)
    trim_height_mm: Decimal = Decimal(210)
    bleed_mm: Decimal = Decimal(3)
    print_days: int = 3

    @property
    def sheet(self) -> PrintSpec:
        """What covers are printed on, where no other size was chosen."""
        return PrintSpec(self.trim_width_mm, self.trim_height_mm, self.bleed_mm)

    def sheet_of(self, size: str) -> PrintSpec:
        """What a cover of this size is printed on."""
        return PrintSpec(*trim_of(size), self.bleed_mm)

    @property
    def size(self) -> str:
        """The size of covers, where no other was chosen."""
        return f"{self.trim_width_mm}x{self.trim_height_mm}"

    def opening_at(self, moment: datetime) -> tuple[Entry, ...]:
        """The list with which the book of prices opens: it holds of all that the book does not
        name.
        """
        covers = (
            ProductPrice(
                size=self.size, paper=self.paper, price=self.cover_price, grams=self.cover_grams
            ),
            *self.more_covers,
        )
        rates = (
            TaxRate(tax_class="general", rate=self.kdv_rate),
            TaxRate(tax_class="reduced", rate=self.reduced_kdv_rate),
            TaxRate(tax_class="lowest", rate=self.lowest_kdv_rate),
            TaxRate(tax_class="printed_books", rate=Decimal(0), exemption=self.book_exemption),
        )
        return (
            *covers,
            CargoPrice(zone=EVERYWHERE, up_to_grams=self.cargo_grams, price=self.cargo_price),
            CardWeight(grams=self.card_grams),
            *rates,
            *(LineTax(kind=kind, tax_class="general") for kind in LINE_KINDS),
            self.credit_prices_at(moment).entry,
        )

    def credit_prices_at(self, moment: datetime) -> CreditPrices:
        """The price list of credits that holds at a moment; the first one held ever before."""
        begun = [prices for prices in self.credit_prices if prices.since <= moment]
        return begun[-1] if begun else self.credit_prices[0]

    def generation_price(self, earlier: int) -> int:
        """Credits for the next generation of a draft that has had `earlier` ones."""
        return self.generation_prices[min(earlier, len(self.generation_prices) - 1)]
