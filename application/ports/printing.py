"""Print houses: who gets tickets and files, and tells how far they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from domain.production import HouseReport


class TicketFile(Struct, frozen=True, kw_only=True):
    """A file of a ticket: its name in the house, SHA-256 in hex, and what it is."""

    name: str
    digest: str
    media_type: str
    size_bytes: int


class PrintTicket(Struct, frozen=True, kw_only=True):
    """One thing to print, once. It tells nothing of the customer; sizes are millimetres, and the
    sheet has `bleed_mm` beyond the trim on all sides.

    The house knows it by `ticket_id`: another attempt of the same copy has another one. `copy` is 0
    for the order's own cover and counts what is printed anew, for `reason`.
    """

    ticket_id: UUID
    print_job_id: UUID
    order_number: str
    title: str
    copy: int
    attempt: int
    reason: str
    trim_width_mm: Decimal
    trim_height_mm: Decimal
    bleed_mm: Decimal
    paper: str
    copies: int
    due_on: date
    files: tuple[TicketFile, ...]


class CallBack(Struct, frozen=True, kw_only=True):
    """Where the house tells of one ticket, and the secret that signs it (`whsec_...`)."""

    url: str
    secret: str


class TakenOver(Struct, frozen=True, kw_only=True):
    """The house has the ticket and all of its files. One that never `tells_back` has printed it as
    far as anybody will hear.
    """

    reference: str
    tells_back: bool


class TicketRefused(Exception):
    """The house does not take the ticket as it is; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PrintHouse(Protocol):
    """Prints covers."""

    async def hand_over(self, ticket: PrintTicket, files: Mapping[str, bytes]) -> TakenOver:
        """Give it a ticket, and the content of its files by their digests. The same `ticket_id` is
        printed once, however often it is handed over. Raises `Unavailable` when nobody knows
        whether it was taken, and `TicketRefused`.
        """
        ...

    async def cancel(self, ticket_id: UUID) -> None:
        """Ask it not to print this any more; one it does not know, or has printed, is left as it
        is. Raises `Unavailable`.
        """
        ...

    async def report(self, ticket_id: UUID, attempt: int) -> HouseReport | None:
        """How far it is; None when it does not tell, or does not know it. Raises `Unavailable`."""
        ...

    async def forget(self, ticket_ids: Collection[UUID]) -> int:
        """Throw away what it holds of these tickets, because the person is forgotten; how many it
        held. What another company holds is out of our reach, and counts as none.
        """
        ...
