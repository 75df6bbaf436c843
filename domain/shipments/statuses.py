"""Where a parcel can be, how reports of it add up, and what is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.shared.errors import Conflict, Invalid

ParcelStatus = Literal[
    "created",
    "label_created",
    "in_transit",
    "out_for_delivery",
    "delivered",
    "exception",
    "lost",
    "returned",
    "cancelled",
]
ShipmentStatus = Literal["requested", ParcelStatus]
ParcelDecision = Literal["resend", "reprint", "refund"]

RANKS: dict[ShipmentStatus, int] = {
    "requested": 0,
    "created": 1,
    "label_created": 2,
    "in_transit": 3,
    "out_for_delivery": 4,
    "cancelled": 5,
    "lost": 6,
    "delivered": 7,
    "returned": 8,
}
"""How far each status is; an exception has no place of its own, it stands where it happened. What
was lost can be found: then it is delivered, or comes back."""

MOVING = frozenset({"in_transit", "out_for_delivery", "delivered"})
ENDED = RANKS["cancelled"]


class ParcelUnknown(Conflict):
    """The carrier has not given the parcel a reference yet."""


class CancelTooLate(Conflict):
    """The parcel has left, or its journey is over. Fact: `status`."""


class NothingToDecide(Conflict):
    """The parcel is neither lost nor brought back. Fact: `status`."""


class ParcelDecided(Conflict):
    """Somebody has decided otherwise. Fact: `decision`."""


class UnknownCarrier(Invalid):
    """There is no such carrier. Facts: `carrier` and `known`."""


class Consignment(Struct, frozen=True, kw_only=True):
    """What goes into a parcel: `lines` of an order, or all that goes anywhere where none are named.

    Parcel 0 is the cover as it was ordered, further ones below 100 are copies that were printed
    again, and those from 100 on are sent without printing.
    """

    order_id: UUID
    customer_id: UUID
    order_number: str
    parcel: int = 0
    lines: tuple[UUID, ...] = ()


class StatusReport(Struct, frozen=True):
    """What a carrier says happened; `sequence` counts a parcel's reports as they were made."""

    sequence: int
    status: ParcelStatus
    occurred_at: datetime


def standing(reports: frozenset[StatusReport]) -> ShipmentStatus:
    """Where a parcel stands after these reports, in whatever order they came.

    It is as far as the furthest of them. An exception shows until a later report of anything else,
    or the end of the journey.
    """
    steps = [each for each in reports if each.status != "exception"]
    furthest = max((each.status for each in steps), key=RANKS.__getitem__, default=None)
    reached: ShipmentStatus = furthest or "requested"
    last_step = max((each.sequence for each in steps), default=0)
    last_exception = max((r.sequence for r in reports if r.status == "exception"), default=0)
    if last_exception > last_step and RANKS[reached] < ENDED:
        return "exception"
    return reached
