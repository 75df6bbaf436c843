"""The settings of designers' pay: the commission where no rule is set, and when is paid out."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from application.terms import Terms
from deploy.environment import Environment
from domain.shared.money import Money

PAY_MEANINGS = {
    "COMMISSION_PERCENT": "what is kept of a design fee without KDV where no rule is set (20)",
    "PAYOUT_LEAST": "the least that a designer is paid out, in lira (100)",
    "PAYOUT_IBAN_HOURS": "how long a changed IBAN rests before it is paid to (72)",
}
DECIMAL = r"\d{1,3}(\.\d{1,2})?"


class PaySettings(Struct, frozen=True, kw_only=True):
    """What holds for designers' pay."""

    commission_percent: Decimal
    least: Money
    iban_hours: int


def read_pay(variables: Environment) -> PaySettings:
    """What is set, or what is usual."""
    usual = Terms()
    percent = Decimal(
        variables.text(
            "COMMISSION_PERCENT",
            str(usual.commission_percent),
            pattern=DECIMAL,
            form="a percentage such as 17.50",
        )
    )
    if percent > 100:
        variables.fault("COMMISSION_PERCENT", "is more than 100", fix="give a percentage")
    least = variables.number("PAYOUT_LEAST", int(usual.payout_least.amount), low=1, high=100_000)
    return PaySettings(
        commission_percent=percent,
        least=Money.of(least),
        iban_hours=variables.number("PAYOUT_IBAN_HOURS", usual.payout_iban_hours, low=0, high=720),
    )
