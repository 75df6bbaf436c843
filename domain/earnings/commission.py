"""What the shop keeps of a design fee: dated rules, for all designers or for one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from msgspec import Struct

from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.shared.errors import Invalid
from domain.shared.money import Money

EARNINGS = UUID("0f6d1a52-6f9f-4b6f-8a37-2f9b1c4e7d60")
WHOLE = Decimal(100)


class CommissionOutOfRange(Invalid):
    """A commission is a percentage from 0 to 100 with at most two decimals."""


class CommissionInThePast(Invalid):
    """What was approved stays as it was: a rule holds from now on, or later. Fact: `now`."""


class CommissionRule(Struct, frozen=True, kw_only=True):
    """The percentage from a moment on. Without a designer it is everybody's; None as percentage
    ends what was agreed with one designer.
    """

    rule_id: UUID
    designer_id: UUID | None
    percent: Decimal | None
    since: datetime


class Cut(Struct, frozen=True, kw_only=True):
    """A fee taken apart: `base` is without KDV, `commission + share == base`."""

    base: Money
    rate: Decimal
    commission: Money
    share: Money


def cut_of(base: Money, rate: Decimal) -> Cut:
    """The commission is rounded half up, the share is the rest."""
    commission = Money.of(base.amount * rate / WHOLE, base.currency)
    return Cut(base=base, rate=rate, commission=commission, share=base - commission)


def rate_at(
    rules: Iterable[CommissionRule], designer_id: UUID, *, moment: datetime, default: Decimal
) -> Decimal:
    """What holds for a designer at a moment: their own rule, else everybody's, else `default`. Of
    rules since the same moment the one that was set last holds.
    """
    own: CommissionRule | None = None
    general: CommissionRule | None = None
    for rule in rules:
        if rule.since > moment:
            continue
        if rule.designer_id is None and (general is None or rule.since >= general.since):
            general = rule
        if rule.designer_id == designer_id and (own is None or rule.since >= own.since):
            own = rule
    if own is not None and own.percent is not None:
        return own.percent
    if general is not None and general.percent is not None:
        return general.percent
    return default


class CommissionBook(Aggregate):
    """All rules, in one history: what is decided about one is decided in view of the others."""

    TOPIC = "commission_book"
    ID = uuid5(EARNINGS, "commission")

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "commission_book.opened"

    class RuleSet(Event, frozen=True, kw_only=True):
        TOPIC = "commission_book.rule_set"
        rule: CommissionRule
        set_by: UUID

    @classmethod
    def open(cls, now: datetime) -> CommissionBook:
        """A book without rules."""
        return cls.begin(cls.Opened, id=cls.ID, now=now)

    def set(self, rule: CommissionRule, *, by: UUID) -> None:
        """Add a rule; a second time changes nothing. Raises `CommissionOutOfRange`,
        `CommissionInThePast`.
        """
        if any(each.rule_id == rule.rule_id for each in self.rules):
            return
        _must_be_percentage(rule)
        if rule.since < self.now:
            raise CommissionInThePast("/since", now=self.now)
        self.emit(CommissionBook.RuleSet, rule=rule, set_by=by)

    @event(Opened)
    def __init__(self) -> None:
        self.rules: list[CommissionRule] = []

    @event(RuleSet)
    def _set(self, rule: CommissionRule) -> None:
        self.rules.append(rule)


def _must_be_percentage(rule: CommissionRule) -> None:
    if rule.percent is None:
        if rule.designer_id is None:
            raise CommissionOutOfRange("/percent")
        return
    exact = rule.percent.is_finite() and rule.percent == round(rule.percent, 2)
    if not exact or not 0 <= rule.percent <= WHOLE:
        raise CommissionOutOfRange("/percent")
