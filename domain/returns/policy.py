"""Why goods may come back: the list of reasons, for which goods, and what each one needs."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.shared.errors import Conflict, Invalid
from domain.shared.lines import LineKind
from domain.shared.money import Money

Goods = Literal["personalised", "plain", "design", "carriage", "credits"]
"""What a line sells: made for one reader, made for everybody, an artist's work, carriage, credits.
"""

Reason = Literal[
    "damaged",
    "defective",
    "misprinted",
    "wrong_item",
    "not_as_approved",
    "not_arrived",
    "changed_mind",
]
Remedy = Literal["refund", "reprint"]

GOODS: dict[LineKind, Goods] = {
    "cover": "personalised",
    "design_fee": "design",
    "message_card": "plain",
    "cargo": "carriage",
    "credits": "credits",
}
"""What each kind of line sells."""

MOST_PICTURES = 6
"""So many pictures of one return."""


class ReasonRule(Struct, frozen=True, kw_only=True):
    """For which goods a reason holds, how many pictures show it, which remedies there are, and
    whether there is anything that could be sent back.
    """

    reason: Reason
    goods: frozenset[Goods]
    pictures: int = 0
    remedies: tuple[Remedy, ...] = ("refund",)
    there_is_something: bool = True


class PersonalisedGoods(Conflict):
    """Made for this reader alone: it comes back for a defect only. Fact: `reason`."""


class ReasonNotForGoods(Invalid):
    """Goods of this kind do not come back for this reason. Facts: `reason` and `allowed`."""


class CreditsGoBackByPurchase(Conflict):
    """Credits are given back by a refund of their purchase. Fact: `order_id`."""


class RemedyNotOffered(Invalid):
    """There is no such remedy for this reason. Facts: `remedy` and `allowed`."""


MADE: frozenset[Goods] = frozenset(("personalised", "plain"))
BOTH: tuple[Remedy, ...] = ("refund", "reprint")

REASONS: dict[Reason, ReasonRule] = {
    rule.reason: rule
    for rule in (
        ReasonRule(reason="damaged", goods=MADE, pictures=1, remedies=BOTH),
        ReasonRule(reason="defective", goods=MADE, pictures=1, remedies=BOTH),
        ReasonRule(
            reason="misprinted",
            goods=frozenset(("personalised",)),
            pictures=1,
            remedies=BOTH,
        ),
        ReasonRule(reason="wrong_item", goods=MADE, pictures=1, remedies=BOTH),
        ReasonRule(
            reason="not_as_approved", goods=frozenset(("design",)), there_is_something=False
        ),
        ReasonRule(
            reason="not_arrived",
            goods=MADE | {"carriage"},
            remedies=BOTH,
            there_is_something=False,
        ),
        ReasonRule(reason="changed_mind", goods=frozenset(("plain",))),
    )
}
"""Every reason there is. Personalised goods have no right of withdrawal, so that `changed_mind` is
not among theirs (Mesafeli Sözleşmeler Yönetmeliği, art. 15/1 ç)."""

REPRINTED: frozenset[Goods] = frozenset(("personalised",))
"""What can be printed once more."""


def reasons_for(goods: Goods) -> tuple[ReasonRule, ...]:
    """The reasons for which such goods come back, in the order of the list."""
    return tuple(rule for rule in REASONS.values() if goods in rule.goods)


def remedies_for(goods: Goods, reason: Reason, *, charged: Money) -> tuple[Remedy, ...]:
    """What may be done about such goods for this reason. Where a coupon paid for all of it, there
    is no money to give back.
    """
    here = {"refund": bool(charged.amount), "reprint": goods in REPRINTED}
    return tuple(remedy for remedy in REASONS[reason].remedies if here[remedy])


def must_be_returnable(goods: Goods, reason: Reason) -> ReasonRule:
    """The rule of a reason. Raises `PersonalisedGoods`, `ReasonNotForGoods`."""
    rule = REASONS[reason]
    if goods in rule.goods:
        return rule
    if goods == "personalised" and reason == "changed_mind":
        raise PersonalisedGoods(reason=reason)
    allowed = ", ".join(each.reason for each in reasons_for(goods))
    raise ReasonNotForGoods("/reason", reason=reason, allowed=allowed)
