"""Rules from a TOML file: each entry is checked, and a wrong one is told in one sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, get_args

from msgspec.structs import replace

from application.what_if.rules import DatedRate, RuleFault, WrittenRules
from domain.orders import LineKind

LARGEST = 1_000_000
LONGEST_DAYS = 36_500
DEAREST = Decimal(10_000_000)
LINES: tuple[str, ...] = get_args(LineKind)


def changed_rules(text: str, present: WrittenRules) -> WrittenRules:
    """The present rules, changed as a TOML file says. Raises `RuleFault`."""
    try:
        given = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise RuleFault(f"it is no TOML: {error}") from error
    changes: dict[str, Any] = {}
    for section, entries in given.items():
        known = ENTRIES.get(section)
        if known is None:
            raise RuleFault(f"there is no section [{section}]; there are {_listed(ENTRIES)}")
        if not isinstance(entries, dict):
            raise RuleFault(f"{section} must be a section, [{section}]")
        for name, value in entries.items():
            if name not in known:
                raise RuleFault(f"[{section}] has no {name}; it may have {_listed(known)}")
            field, read = known[name]
            changes[field] = read(f"{section}.{name}", value)
    if not changes:
        raise RuleFault(f"it changes no rule; sections are {_listed(ENTRIES)}")
    if isinstance(changes.get("kdv_rates"), tuple) and changes["kdv_rates"][0].since is not None:
        changes["kdv_rates"] = (*present.kdv_rates, *changes["kdv_rates"])
    return replace(present, **changes)


def _listed(names: Mapping[str, Any]) -> str:
    return ", ".join(names)


def _whole(low: int, high: int) -> Callable[[str, Any], int]:
    def read(place: str, value: Any) -> int:
        if type(value) is not int:
            raise RuleFault(f"{place} is {_shown(value)}; it must be a whole number")
        if not low <= value <= high:
            raise RuleFault(f"{place} is {value:,}; it must be from {low:,} to {high:,}")
        return value

    return read


def _days(place: str, value: Any) -> int:
    if value == "never":
        return 0
    if type(value) is not int:
        raise RuleFault(f'{place} is {_shown(value)}; it must be a number of days, or "never"')
    return _whole(1, LONGEST_DAYS)(place, value)


def _prices(place: str, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not value:
        raise RuleFault(f"{place} is {_shown(value)}; it must be a list such as [100, 200, 300]")
    each = _whole(0, LARGEST)
    return tuple(each(f"{place}[{number}]", price) for number, price in enumerate(value))


def _amount(place: str, value: Any) -> Decimal:
    amount = _decimal(place, value, like='"1260.00"')
    if not 0 <= amount <= DEAREST:
        raise RuleFault(f"{place} is {amount}; a price is not below 0 and not above {DEAREST:,}")
    if amount != amount.quantize(Decimal("0.01")):
        raise RuleFault(f"{place} is {amount}; a price has at most two decimals")
    return amount.quantize(Decimal("0.01"))


def _rate(place: str, value: Any) -> tuple[DatedRate, ...]:
    return (DatedRate(since=None, rate=_percentage(place, value)),)


def _rates(place: str, value: Any) -> tuple[DatedRate, ...]:
    form = "it must be a list such as [{from = 2026-07-01, rate = 18}]"
    if not isinstance(value, list) or not value:
        raise RuleFault(f"{place} is {_shown(value)}; {form}")
    rates = []
    for number, each in enumerate(value):
        if not isinstance(each, dict) or each.keys() != {"from", "rate"}:
            raise RuleFault(f"{place}[{number}] is {_shown(each)}; {form}")
        since = each["from"]
        if not isinstance(since, date) or isinstance(since, datetime):
            raise RuleFault(f"{place}[{number}].from is {_shown(since)}; it must be a day")
        rate = _percentage(f"{place}[{number}].rate", each["rate"])
        rates.append(DatedRate(since=since, rate=rate))
    if any(later.since <= earlier.since for earlier, later in pairwise(rates)):  # type: ignore[operator]  # all have a day
        raise RuleFault(f"{place} is not in the order of its days")
    return tuple(rates)


def _percentage(place: str, value: Any) -> Decimal:
    rate = _decimal(place, value, like="20")
    if not 0 <= rate <= 100:
        raise RuleFault(f"{place} is {rate}; a rate is from 0 to 100")
    return rate


def _decimal(place: str, value: Any, *, like: str) -> Decimal:
    if isinstance(value, int | Decimal | str) and not isinstance(value, bool):
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite():
            return number
    raise RuleFault(f"{place} is {_shown(value)}; it must be a number such as {like}")


def _keeps(place: str, value: Any) -> str:
    if value not in {"gross", "net"}:
        raise RuleFault(f'{place} is {_shown(value)}; it must be "gross" or "net"')
    return str(value)


def _lines(place: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(each in LINES for each in value):
        raise RuleFault(f"{place} is {_shown(value)}; it must be a list of {', '.join(LINES)}")
    return tuple(value)


def _shown(value: Any) -> str:
    text = str(value) if isinstance(value, int | Decimal) else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


_percent = _whole(0, 100)
ENTRIES: dict[str, dict[str, tuple[str, Callable[[str, Any], Any]]]] = {
    "generation": {"prices": ("generation_prices", _prices)},
    "welcome": {"credits": ("welcome", _whole(0, LARGEST)), "days": ("welcome_days", _days)},
    "expiry": {
        "promotional_days": ("promotional_days", _days),
        "purchased_days": ("purchased_days", _days),
    },
    "refunds": {
        "cancelled_percent": ("cancelled_percent", _percent),
        "lines_kept": ("lines_kept", _lines),
        "credits_percent": ("credits_percent", _percent),
    },
    "kdv": {
        "rate": ("kdv_rates", _rate),
        "rates": ("kdv_rates", _rates),
        "keeps": ("keeps", _keeps),
    },
    "prices": {"cover": ("cover", _amount), "cargo": ("cargo", _amount)},
    "designers": {
        "fee_percent": ("customer_fee_percent", _whole(0, 1_000)),
        "share_percent": ("designer_share_percent", _percent),
    },
}
"""What a file may say, by section and name: the field it changes, and what reads it."""
