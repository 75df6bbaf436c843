"""Fakes of what else a payment provider offers: instalments, saved cards, its books of a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

from application.ports import (
    BouncedTransfer,
    Declined,
    InstallmentOffer,
    InstallmentPlan,
    Obstacle,
    ReportedPayout,
    ReportedTransaction,
    SavedCard,
    Unavailable,
)
from domain.shared.money import Money

COUNTS = (1, 2, 3, 6, 9, 12)
PERCENT_EACH = Decimal("1.5")
"""What each instalment after the first adds to the price."""
CARDS = {
    "552608": ("MASTER_CARD", "Axess", "Akbank", True),
    "454359": ("VISA", "Maximum", "İş Bankası", True),
    "476662": ("VISA", "Paraf", "Halkbank", False),
}
"""Association, family, bank, and whether it is a credit card, by how the number begins."""


class MemoryInstallments:
    """Offers `COUNTS` to the credit cards of `CARDS`; tells its `obstacle` while that is set."""

    def __init__(self) -> None:
        self.obstacle: Obstacle | None = None

    async def offers(
        self, price: Money, *, card_prefix: str = ""
    ) -> tuple[InstallmentOffer, ...] | Obstacle | Declined:
        if self.obstacle is not None:
            return self.obstacle
        if card_prefix and card_prefix[:6] not in CARDS:
            return Declined(group="BIN_NOT_FOUND", code="10213", message="no such card")
        cards = [CARDS[card_prefix[:6]]] if card_prefix else CARDS.values()
        return tuple(
            InstallmentOffer(
                association=association,
                family=family,
                bank=bank,
                credit=credit,
                plans=tuple(_plan(price, count) for count in (COUNTS if credit else (1,))),
            )
            for association, family, bank, credit in cards
        )


class MemoryCards:
    """Keeps the cards put into it by `keep`; `obstacle` is told instead while it is set."""

    def __init__(self) -> None:
        self.kept: defaultdict[str, dict[str, SavedCard]] = defaultdict(dict)
        self.obstacle: Obstacle | None = None

    def keep(self, card: SavedCard) -> None:
        """The shopper let the provider keep this card."""
        self.kept[card.card_user_key][card.card_token] = card

    async def cards(self, card_user_key: str) -> tuple[SavedCard, ...] | Obstacle | Declined:
        return self.obstacle or tuple(self.kept.get(card_user_key, {}).values())

    async def forget(self, card_user_key: str, card_token: str) -> Obstacle | Declined | None:
        if self.obstacle is None:
            self.kept.get(card_user_key, {}).pop(card_token, None)
        return self.obstacle


class MemoryReports:
    """Books one can write in, by day; `page_size` rows are told at a time, none while `down`."""

    def __init__(self) -> None:
        self.rows: defaultdict[date, list[ReportedTransaction]] = defaultdict(list)
        self.paid_out: defaultdict[date, list[ReportedPayout]] = defaultdict(list)
        self.came_back: defaultdict[date, list[BouncedTransfer]] = defaultdict(list)
        self.page_size = 100
        self.down = False

    async def transactions(self, day: date) -> AsyncIterator[tuple[ReportedTransaction, ...]]:
        self._must_be_up()
        rows = tuple(self.rows.get(day, ()))
        for start in range(0, len(rows), self.page_size):
            yield rows[start : start + self.page_size]

    async def payouts(self, day: date) -> tuple[ReportedPayout, ...]:
        self._must_be_up()
        return tuple(self.paid_out.get(day, ()))

    async def bounced(self, day: date) -> tuple[BouncedTransfer, ...]:
        self._must_be_up()
        return tuple(self.came_back.get(day, ()))

    def _must_be_up(self) -> None:
        if self.down:
            raise Unavailable("the provider is down")


def _plan(price: Money, count: int) -> InstallmentPlan:
    whole = Money.of(price.amount * (1 + PERCENT_EACH * (count - 1) / 100), price.currency)
    each = Money.of(whole.amount / count, whole.currency)
    return InstallmentPlan(installments=count, each=each, total=whole)
