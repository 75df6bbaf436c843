"""A file of rules says what is changed; a wrong one is refused in one sentence."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from application.what_if import CodedRules, RuleFault, changed_rules, present_rules
from application.what_if.rules import DatedRate
from application.what_if.written import ENTRIES
from tests.sources import ROOT
from tests.what_if.shop import TERMS

PRESENT = present_rules(TERMS)
WHOLE = """
[generation]
prices = [150, 250]
[welcome]
credits = 300
days = "never"
[expiry]
promotional_days = 60
purchased_days = 365
[refunds]
cancelled_percent = 80
lines_kept = ["design_fee"]
credits_percent = 50
[kdv]
rates = [{from = 2026-07-01, rate = 18}, {from = 2027-01-01, rate = 20.5}]
keeps = "net"
[prices]
cover = "1400.00"
cargo = 45
[designers]
fee_percent = 120
share_percent = 70
"""


def test_everything_that_can_be_said_is_understood() -> None:
    rules = changed_rules(WHOLE, PRESENT)
    assert rules.generation_prices == (150, 250)
    assert (rules.welcome, rules.welcome_days) == (300, 0)
    assert (rules.promotional_days, rules.purchased_days) == (60, 365)
    assert (rules.cancelled_percent, rules.lines_kept, rules.credits_percent) == (
        80,
        ("design_fee",),
        50,
    )
    assert rules.kdv_rates == (
        DatedRate(since=date(2026, 7, 1), rate=Decimal(18)),
        DatedRate(since=date(2027, 1, 1), rate=Decimal("20.5")),
    )
    assert (rules.keeps, rules.cover, rules.cargo) == ("net", Decimal(1400), Decimal(45))
    assert (rules.customer_fee_percent, rules.designer_share_percent) == (120, 70)


def test_what_is_not_said_stays() -> None:
    assert changed_rules("[refunds]\ncancelled_percent = 100", PRESENT) == PRESENT


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it changes no rule; sections are generation, welcome"),
        ("[kdv]", "it changes no rule"),
        ("x = ", "it is no TOML"),
        ("[taxes]\nkdv = 1", r"there is no section [taxes]; there are generation,"),
        ("welcome = 5", "welcome must be a section, [welcome]"),
        ("[kdv]\nvat = 1", "[kdv] has no vat; it may have rate, rates, keeps"),
        ("[welcome]\ncredits = -1", "welcome.credits is -1; it must be from 0 to"),
        ("[welcome]\ncredits = 1.5", "welcome.credits is 1.5; it must be a whole number"),
        ("[welcome]\ncredits = true", "welcome.credits is True; it must be a whole number"),
        ("[welcome]\ndays = 0", "welcome.days is 0; it must be from 1 to"),
        ('[welcome]\ndays = "x"', "welcome.days is 'x'; it must be a number of days"),
        ("[generation]\nprices = []", "generation.prices is []; it must be a list"),
        ("[generation]\nprices = [1, -2]", "generation.prices[1] is -2"),
        ("[prices]\ncover = -1", "prices.cover is -1; a price is not below 0"),
        ("[prices]\ncover = 1.999", "prices.cover is 1.999; a price has at most two decimals"),
        ('[prices]\ncover = "much"', "prices.cover is 'much'; it must be a number"),
        ("[prices]\ncover = nan", "prices.cover is NaN; it must be a number"),
        ("[kdv]\nrate = 101", "kdv.rate is 101; a rate is from 0 to 100"),
        ("[kdv]\nrates = [{rate = 1}]", "kdv.rates[0] is {'rate': 1}; it must be a list"),
        ('[kdv]\nrates = [{from = "x", rate = 1}]', "kdv.rates[0].from is 'x'; it must be a day"),
        (
            "[kdv]\nrates = [{from = 2026-01-02, rate = 1}, {from = 2026-01-01, rate = 1}]",
            "kdv.rates is not in the order of its days",
        ),
        ("[kdv]\nrates = 3", "kdv.rates is 3; it must be a list"),
        ('[kdv]\nkeeps = "x"', 'kdv.keeps is \'x\'; it must be "gross" or "net"'),
        ('[refunds]\nlines_kept = ["x"]', "refunds.lines_kept is ['x']; it must be a list of"),
        ("[refunds]\ncancelled_percent = 101", "refunds.cancelled_percent is 101; it must be from"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(text: str, why: str) -> None:
    with pytest.raises(RuleFault, match=re.escape(why)) as refused:
        changed_rules(text, PRESENT)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it changes no rule; define a function named generation_price,"),
        ("def f(:", "line 1: invalid syntax"),
        ("x = 1 / 0", "line 1: ZeroDivisionError"),
        ("\ndef price(at): return 1", "there is no rule price; there are generation_price,"),
        (
            "def kdv_rate(kind): return 1",
            "kdv_rate asks for kind; it may ask for at, booked, present",
        ),
        ("keeps = 1\ndef kdv_rate(at): return 1", "keeps is 1; it must be"),
    ],
)
def test_a_wrong_python_file_is_refused_in_one_sentence(text: str, why: str) -> None:
    with pytest.raises(RuleFault, match=re.escape(why)):
        CodedRules.of(text, PRESENT)


def test_the_page_names_every_entry() -> None:
    page = (ROOT / "docs" / "what-if.md").read_text(encoding="utf-8")
    for section, entries in ENTRIES.items():
        for name in entries:
            assert f"| `{section}.{name}` |" in page
