"""What print jobs are made of: states, reports of the house, the sheet and its file, refusals."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from domain.shared.errors import Conflict

PrintState = Literal[
    "requested",
    "refused",
    "file_made",
    "handed_over",
    "accepted",
    "printing",
    "printed",
    "spoiled",
    "rejected",
    "cancelled",
]
ReportStatus = Literal["accepted", "printing", "printed", "spoiled", "rejected"]
ReprintReason = Literal["damaged", "lost", "misprint", "defect"]

RANKS: dict[ReportStatus, int] = {
    "accepted": 1,
    "printing": 2,
    "rejected": 3,
    "spoiled": 4,
    "printed": 5,
}
"""How far each report brings an attempt. Of two that contradict each other, the one counts that
leaves least to be printed a second time; so the order of their arrival makes no difference.
"""

MOST_ATTEMPTS = 5
"""So often a house may spoil one copy before a person decides how it goes on."""
MOST_COPIES = 20
"""So many times an order can be printed anew."""


class PrintFileMissing(Conflict):
    """Nothing can be handed over before the file is made. Fact: `state`."""


class PrintJobCannot(Conflict):
    """The print job allows no such step where it stands. Facts: `state` and `step`."""


class NothingToReprint(Conflict):
    """Only what has been printed once is printed anew. Fact: `state`, of the order's own cover."""


class NotReprinted(Conflict):
    """The order's own cover is cancelled with its order, and not by itself."""


class CopiesExhausted(Conflict):
    """The order has been printed anew so often that something else is wrong. Fact: `most`."""


class AlreadyOnItsWay(Conflict):
    """The parcel has left, so that the same copy can't be printed again; a reprint can."""


class Sheet(Struct, frozen=True, kw_only=True):
    """The size that was printed for: trim and bleed in millimetres."""

    trim_width_mm: Decimal
    trim_height_mm: Decimal
    bleed_mm: Decimal


class PrintFileFacts(Struct, frozen=True, kw_only=True):
    """What is known of a file that passed preflight. `artwork_ppi` is the resolution at which the
    artwork's pixels cover the sheet; None for a vector file.
    """

    digest: str
    size_bytes: int
    sheet: Sheet
    artwork_ppi: int | None


class HouseReport(Struct, frozen=True):
    """What the print house says of one attempt; `reason` is a code, where there is one."""

    attempt: int
    status: ReportStatus
    reason: str = ""
