"""The entries of the price book: what each one prices, and the name under which it is dated."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from domain.pricing.refusals import (
    NoCreditPackages,
    NoSuchSize,
    PriceImpossible,
    RateNotPossible,
)
from domain.shared.lines import LineKind, trim_of
from domain.shared.money import KURUS, Money
from domain.shared.text import folded

SMALLEST_MM, LARGEST_MM = 50, 500
SIZE = re.compile(r"[1-9][0-9]{1,2}x[1-9][0-9]{1,2}\Z")
EVERYWHERE = "everywhere"
"""The zone of all provinces that are in no other."""


class ProductPrice(Struct, frozen=True, kw_only=True, tag="product"):
    """A cover in a size, width x height in mm, on a paper, and its weight. Without a price it is
    not on offer.
    """

    size: str
    paper: str
    price: Money | None
    grams: int

    @property
    def key(self) -> str:
        return f"product/{self.size}/{self.paper}"

    def check(self) -> None:
        """Raises `NoSuchSize`, `PriceImpossible`."""
        sides = trim_of(self.size) if SIZE.match(self.size) else ()
        if not sides or not all(SMALLEST_MM <= side <= LARGEST_MM for side in sides):
            raise NoSuchSize("/size", size=self.size)
        if self.price is not None:
            _must_cost(self.price)


class CargoPrice(Struct, frozen=True, kw_only=True, tag="cargo"):
    """Sending up to so many grams into a zone, from the next lighter price of the zone on. Without
    a price nothing of that weight is sent there at this price.
    """

    zone: str
    up_to_grams: int
    price: Money | None

    @property
    def key(self) -> str:
        return f"cargo/{self.zone}/{self.up_to_grams}"

    def check(self) -> None:
        """Raises `PriceImpossible`; cargo may be free."""
        if self.price is not None:
            _must_cost(self.price, least=Decimal(0))


class CargoZone(Struct, frozen=True, kw_only=True, tag="zone"):
    """The zone in which a province lies."""

    province: str
    zone: str

    @property
    def key(self) -> str:
        return zone_key(self.province)

    def check(self) -> None:
        """There is nothing that it could not be."""


class CardWeight(Struct, frozen=True, kw_only=True, tag="card_weight"):
    """What a message card weighs."""

    grams: int

    @property
    def key(self) -> str:
        return "card_weight"

    def check(self) -> None:
        """There is nothing that it could not be."""


class CreditPackage(Struct, frozen=True, kw_only=True):
    """So many credits for a price of their own."""

    package_id: str
    credits: int
    price: Money


class CreditList(Struct, frozen=True, kw_only=True, tag="credits"):
    """What credits cost: packages, and amounts from `least` to `most` at `per_credit` TRY, rounded
    half up to the kuruş.
    """

    packages: tuple[CreditPackage, ...]
    least: int
    most: int
    per_credit: Decimal

    @property
    def key(self) -> str:
        return "credits"

    def check(self) -> None:
        """Raises `NoCreditPackages`, `PriceImpossible`."""
        names = {each.package_id for each in self.packages}
        counts = [self.least, *(each.credits for each in self.packages)]
        if len(names) != len(self.packages) or min(counts) < 1 or self.least > self.most:
            raise NoCreditPackages("/packages")
        for package in self.packages:
            _must_cost(package.price)
        _must_cost(Money.of(self.per_credit * self.least))


class TaxRate(Struct, frozen=True, kw_only=True, tag="rate"):
    """The KDV of a class as a percentage; an exempt one has 0 and the reason's code that stands in
    invoices, such as 335 for printed books.
    """

    tax_class: str
    rate: Decimal
    exemption: str = ""

    @property
    def key(self) -> str:
        return f"rate/{self.tax_class}"

    def check(self) -> None:
        """Raises `RateNotPossible`."""
        if not 0 <= self.rate <= 100 or bool(self.exemption) != (self.rate == 0):
            raise RateNotPossible("/rate", rate=self.rate, exemption=self.exemption)


class LineTax(Struct, frozen=True, kw_only=True, tag="tax"):
    """The class of KDV in which lines of a kind are."""

    kind: LineKind
    tax_class: str

    @property
    def key(self) -> str:
        return f"tax/{self.kind}"

    def check(self) -> None:
        """Whether the class has a rate is asked of the book."""


Entry = ProductPrice | CargoPrice | CargoZone | CardWeight | CreditList | TaxRate | LineTax


class Dated(Struct, frozen=True, kw_only=True):
    """An entry and the moment from which it holds, until the next one of its name."""

    since: datetime
    entry: Entry


def zone_key(province: str) -> str:
    """The name under which a province's zone is dated, however the province is written."""
    return f"zone/{folded(province.strip())}"


def _must_cost(price: Money, *, least: Decimal = KURUS) -> None:
    to_the_kurus = price.amount.is_finite() and price == Money.of(price.amount)
    if not to_the_kurus or price.amount < least:
        raise PriceImpossible("/price", price=price)
