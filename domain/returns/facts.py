"""What the events of a return tell; their names are in the return."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from domain.returns.parts import Claim, Condition, Granted
from domain.returns.policy import Remedy
from domain.shared.aggregate import Created, Event, Personal
from domain.shared.artwork import Artwork
from domain.shared.money import Money

RejectedFor = Literal["claim", "condition", "not_owed"]


class Requested(Created, frozen=True, kw_only=True):
    """The customer asks something back."""

    SUBJECT = "customer_id"
    CONCERNS = ("customer_id",)
    SHOWS: ClassVar[tuple[str, ...]] = ("order_id", "number", "line_id", "item", "reason")
    customer_id: UUID
    order_id: UUID
    number: str
    line_id: UUID
    item: str
    reason: str
    claim: Claim
    said: Personal
    answer_by: datetime


class OfReturn(Event, frozen=True, kw_only=True):
    """A step of a return, which its customer is told of."""

    SUBJECT = "customer_id"
    CONCERNS = ("customer_id",)
    SHOWS: ClassVar[tuple[str, ...]] = ("order_id", "number", "item")
    customer_id: UUID
    order_id: UUID
    number: str
    line_id: UUID
    item: str


class PictureAdded(OfReturn, frozen=True, kw_only=True):
    """The customer shows what is wrong."""

    picture: Artwork


class Approved(OfReturn, frozen=True, kw_only=True):
    """Staff agree; `instructions` tell how and where to send it."""

    SHOWS: ClassVar[tuple[str, ...]] = ("order_id", "number", "item", "remedy")
    by: UUID
    remedy: Remedy
    granted: Granted
    instructions: Personal


class Rejected(OfReturn, frozen=True, kw_only=True):
    """Staff disagree with the claim or with what came back, or finance finds nothing owed."""

    SHOWS: ClassVar[tuple[str, ...]] = ("order_id", "number", "item", "because")
    by: UUID | None
    because: RejectedFor
    said: Personal


class Cancelled(OfReturn, frozen=True, kw_only=True):
    """The customer keeps it."""


class Reminded(OfReturn, frozen=True, kw_only=True):
    """It was approved and has not come back yet."""

    SHOWS: ClassVar[tuple[str, ...]] = ("order_id", "number", "item", "send_by")
    send_by: datetime


class Lapsed(OfReturn, frozen=True, kw_only=True):
    """It was approved and not sent back in time."""


class Received(OfReturn, frozen=True, kw_only=True):
    """It is back; `condition` is what staff found."""

    SHOWS: ClassVar[tuple[str, ...]] = ("order_id", "number", "item", "condition")
    by: UUID
    condition: Condition
    said: Personal


class RefundAsked(OfReturn, frozen=True, kw_only=True):
    """Its money is to go back, by this refund of the payment."""

    SHOWS: ClassVar[tuple[str, ...]] = ("order_id", "number", "item", "amount")
    by: UUID | None
    refund_id: UUID
    amount: Money


class RefundRefused(OfReturn, frozen=True, kw_only=True):
    """The provider does not give it back; finance looks at it."""

    refund_id: UUID


class Refunded(OfReturn, frozen=True, kw_only=True):
    """Its money has gone back; `otherwise` tells that it went by another way than was asked."""

    SHOWS: ClassVar[tuple[str, ...]] = ("order_id", "number", "item", "amount")
    refund_id: UUID | None
    amount: Money
    otherwise: bool


class ReprintAsked(OfReturn, frozen=True, kw_only=True):
    """It is printed once more, as this copy of the order."""

    by: UUID
    copy: int


class ReprintCalledOff(OfReturn, frozen=True, kw_only=True):
    """The copy will not be made; its reprint is not used up."""

    copy: int


class Reprinted(OfReturn, frozen=True, kw_only=True):
    """The copy is made and goes to the customer."""

    copy: int
