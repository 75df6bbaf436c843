"""What returns are made of: their steps, what is claimed and granted, and why one says no."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.returns.policy import Goods, Reason, Remedy
from domain.shared.errors import Conflict, Invalid
from domain.shared.money import Money

ReturnState = Literal[
    "requested",
    "approved",
    "received",
    "refunding",
    "refunded",
    "reprinting",
    "reprinted",
    "rejected",
    "cancelled",
    "lapsed",
]
Condition = Literal["as_told", "worse", "another_thing"]

EDGES: dict[ReturnState, tuple[ReturnState, ...]] = {
    "requested": ("approved", "rejected", "cancelled"),
    "approved": ("received", "refunding", "refunded", "reprinting", "cancelled", "lapsed"),
    "received": ("refunding", "refunded", "reprinting", "rejected"),
    "refunding": ("refunded", "rejected"),
    "refunded": (),
    "reprinting": ("reprinted", "approved", "received"),
    "reprinted": (),
    "rejected": (),
    "cancelled": (),
    "lapsed": (),
}
"""Every step a return can take; there are no others. What need not come back is never received."""

ENDS: frozenset[ReturnState] = frozenset(state for state, to in EDGES.items() if not to)

MOST_RETURNS = 5
"""So often something is asked back of one line, one time after the other."""

WORDS_LENGTH = 2000


class ReturnCannotMove(Conflict):
    """The return has no such step from where it is. Facts: `state` and `to`."""


class ReturnOpen(Conflict):
    """A return of this line is open. Fact: `return_id`."""


class TooManyReturns(Conflict):
    """So often nobody asks for the same line. Fact: `most`."""


class ReturnTooLate(Conflict):
    """The time to ask is over. Fact: `until`."""


class NothingToReturnYet(Conflict):
    """It is not with the customer yet, or not missing for long enough. Fact: `state`."""


class QuantityTooLarge(Invalid):
    """More pieces than were bought. Facts: `quantity` and `most`."""


class PicturesMissing(Conflict):
    """The reason has to be seen before it is approved. Facts: `pictures` and `needed`."""


class TooManyPictures(Conflict):
    """No more pictures are taken. Fact: `most`."""


class NotBackYet(Conflict):
    """It has to come back first, because it was approved so."""


class NothingToSend(Invalid):
    """There is nothing that could be sent back. Fact: `reason`."""


class ReasonUnsaid(Invalid):
    """Who rejects says why, in words."""


class AmountNotOwed(Invalid):
    """More than was charged for what comes back, or nothing. Facts: `amount` and `most`."""


class RemedyWasAnother(Conflict):
    """It was approved with another remedy. Fact: `remedy`."""


class NoReprintLeft(Conflict):
    """The line's reprints are used up. Fact: `allowed`."""


class MoneyGoesBackAlready(Conflict):
    """All of the line's money is on its way back by another refund. Fact: `line_id`."""


class Claim(Struct, frozen=True, kw_only=True):
    """What is asked back of which line: so many pieces, what was charged for them, why, and what
    the customer wishes to have done. `item` is the line's kind.
    """

    order_id: UUID
    number: str
    line_id: UUID
    item: str
    goods: Goods
    quantity: int
    charged: Money
    reason: Reason
    wanted: Remedy


class Granted(Struct, frozen=True, kw_only=True):
    """What was approved: the remedy, and whether it has to come back first, until when."""

    remedy: Remedy
    send_back: bool
    send_by: datetime | None = None
    remind_at: datetime | None = None
