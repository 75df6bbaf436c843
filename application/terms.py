"""The business's figures that are settings and not rules; the defaults are those of the product."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from application.ports import PrintSpec
from domain.shared.money import Money


class Terms(Struct, frozen=True, kw_only=True):
    """Durations carry their unit in the name; prices have KDV inside; rates are percentages."""

    welcome_credits: int = 500
    welcome_days: int = 90
    generation_prices: tuple[int, ...] = (100, 200, 300)
    generation_deadline_seconds: int = 240
    revisions: int = 3
    preview_days: int = 5
    designer_answer_days: int = 3
    payment_hours: int = 24
    entry_alone_credits: int = 1_000
    entry_most_credits: int = 100_000
    entry_credit_days: int = 365
    proposal_days: int = 7
    closing_margin_minutes: int = 10
    cover_price: Money = Money(Decimal("1260.00"))
    cargo_price: Money = Money(Decimal("30.00"))
    kdv_rate: Decimal = Decimal(20)
    trim_width_mm: Decimal = Decimal(135)
    trim_height_mm: Decimal = Decimal(210)
    bleed_mm: Decimal = Decimal(3)

    @property
    def sheet(self) -> PrintSpec:
        """What covers are printed on."""
        return PrintSpec(self.trim_width_mm, self.trim_height_mm, self.bleed_mm)

    def generation_price(self, earlier: int) -> int:
        """Credits for the next generation of a draft that has had `earlier` ones."""
        return self.generation_prices[min(earlier, len(self.generation_prices) - 1)]
