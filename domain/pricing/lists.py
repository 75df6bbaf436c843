"""What is asked for things at one moment: the opening list, and what the book says since."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from domain.pricing.entries import (
    EVERYWHERE,
    CardWeight,
    CargoPrice,
    CargoZone,
    CreditList,
    Dated,
    Entry,
    LineTax,
    ProductPrice,
    TaxRate,
    zone_key,
)
from domain.pricing.refusals import CargoNotOffered, NotOffered, UnknownTaxClass
from domain.shared.lines import LineKind
from domain.shared.money import Money


class PriceList:
    """The prices, weights and rates that hold at a moment."""

    def __init__(self, at: datetime, opening: Iterable[Entry], held: Iterable[Dated]) -> None:
        self.at = at
        self.since: dict[str, datetime] = {}
        self.entries = {each.key: each for each in opening}
        for dated in held:
            self.entries[dated.entry.key] = dated.entry
            self.since[dated.entry.key] = dated.since

    @property
    def products(self) -> list[ProductPrice]:
        """The covers on offer, by size and paper."""
        found = [each for each in self.entries.values() if isinstance(each, ProductPrice)]
        offered = [each for each in found if each.price is not None]
        return sorted(offered, key=lambda each: (each.size, each.paper))

    @property
    def cargo(self) -> list[CargoPrice]:
        """The prices of cargo, by zone and weight."""
        found = [each for each in self.entries.values() if isinstance(each, CargoPrice)]
        offered = [each for each in found if each.price is not None]
        return sorted(offered, key=lambda each: (each.zone, each.up_to_grams))

    @property
    def zones(self) -> list[CargoZone]:
        """The provinces that are in zones of their own."""
        found = [each for each in self.entries.values() if isinstance(each, CargoZone)]
        return sorted(found, key=lambda each: each.key)

    @property
    def rates(self) -> list[TaxRate]:
        """The classes of KDV."""
        found = [each for each in self.entries.values() if isinstance(each, TaxRate)]
        return sorted(found, key=lambda each: each.tax_class)

    @property
    def line_taxes(self) -> list[LineTax]:
        """Which lines are in which class."""
        found = [each for each in self.entries.values() if isinstance(each, LineTax)]
        return sorted(found, key=lambda each: each.kind)

    @property
    def credits(self) -> CreditList:
        """What credits cost."""
        found = self.entries["credits"]
        assert isinstance(found, CreditList)  # its name is of nothing else
        return found

    @property
    def card_grams(self) -> int:
        """What a message card weighs."""
        found = self.entries.get("card_weight")
        return found.grams if isinstance(found, CardWeight) else 0

    def product(self, size: str, paper: str) -> ProductPrice:
        """A cover on offer. Raises `NotOffered`."""
        found = self.entries.get(f"product/{size}/{paper}")
        if not isinstance(found, ProductPrice) or found.price is None:
            raise NotOffered(size=size, paper=paper)
        return found

    def zone_of(self, province: str) -> str:
        """The zone of a province."""
        found = self.entries.get(zone_key(province))
        return found.zone if isinstance(found, CargoZone) else EVERYWHERE

    def tariff_of(self, zone: str) -> dict[int, Money]:
        """What cargo costs in a zone, by the most grams that a price carries."""
        prices = {each.up_to_grams: each.price for each in self.cargo if each.zone == zone}
        return {grams: price for grams, price in prices.items() if price is not None}

    def cargo_price(self, province: str, grams: int) -> Money:
        """What sending so much there costs: the lightest price of its zone that carries it.

        Raises `CargoNotOffered`.
        """
        zone = self.zone_of(province)
        for each in self.cargo:
            if each.zone == zone and grams <= each.up_to_grams and each.price is not None:
                return each.price
        raise CargoNotOffered(zone=zone, grams=grams)

    def rate_of(self, tax_class: str) -> TaxRate:
        """The rate of a class. Raises `UnknownTaxClass`."""
        found = self.entries.get(f"rate/{tax_class}")
        if not isinstance(found, TaxRate):
            raise UnknownTaxClass("/tax_class", tax_class=tax_class)
        return found

    def tax_of(self, kind: LineKind) -> TaxRate:
        """The KDV of lines of a kind; those that nothing is said of are of the general class."""
        found = self.entries.get(f"tax/{kind}")
        return self.rate_of(found.tax_class if isinstance(found, LineTax) else "general")
