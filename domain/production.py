"""Printing: the file for the print house, made from an order's artwork, and its hand-over."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid5

from msgspec import Struct

from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.shared.artwork import Artwork
from domain.shared.errors import Conflict

PRINT_JOBS = UUID("6a1e2b34-0c55-4a67-9d0c-51b5d7a90c02")

PrintState = Literal["requested", "refused", "file_made", "handed_over"]


class PrintFileMissing(Conflict):
    """Nothing can be handed over before the file is made. Fact: `state`."""


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


class PrintJob(Aggregate):
    """One per order: requested, its file made, handed over. A refused file can still be made."""

    TOPIC = "print_job"

    class Requested(Created, frozen=True, kw_only=True):
        TOPIC = "print_job.requested"
        order_id: UUID
        customer_id: UUID
        order_number: str
        artwork: Artwork

    class FileRefused(Event, frozen=True, kw_only=True):
        TOPIC = "print_job.file_refused"
        order_id: UUID
        customer_id: UUID
        reason: str

    class FileMade(Event, frozen=True, kw_only=True):
        TOPIC = "print_job.file_made"
        order_id: UUID
        customer_id: UUID
        facts: PrintFileFacts

    class HandedOver(Event, frozen=True, kw_only=True):
        TOPIC = "print_job.handed_over"
        CONCERNS = ("customer_id",)
        SHOWS = ("order_id", "order_number")
        order_id: UUID
        customer_id: UUID
        order_number: str
        digest: str

    @staticmethod
    def id_of(order_id: UUID) -> UUID:
        """The one print job of an order."""
        return uuid5(PRINT_JOBS, str(order_id))

    @classmethod
    def request(
        cls,
        order_id: UUID,
        artwork: Artwork,
        *,
        customer_id: UUID,
        order_number: str,
        now: datetime,
    ) -> PrintJob:
        """A new print job; the artwork is what will be printed."""
        return cls.begin(
            cls.Requested,
            id=cls.id_of(order_id),
            now=now,
            order_id=order_id,
            customer_id=customer_id,
            order_number=order_number,
            artwork=artwork,
        )

    @property
    def waits_for_file(self) -> bool:
        """Whether the print file is still to be made."""
        return self.state in {"requested", "refused"}

    def record_file(self, facts: PrintFileFacts) -> None:
        """The file is made and kept; the first one stays."""
        if self.waits_for_file:
            self.emit(
                PrintJob.FileMade,
                order_id=self.order_id,
                customer_id=self.customer_id,
                facts=facts,
            )

    def refuse_file(self, reason: str) -> None:
        """The artwork can't be printed as it is; somebody has to look."""
        if self.state == "requested":
            self.emit(
                PrintJob.FileRefused,
                order_id=self.order_id,
                customer_id=self.customer_id,
                reason=reason,
            )

    def hand_over(self) -> None:
        """The print house has the file. Raises `PrintFileMissing`."""
        if self.state == "handed_over":
            return
        if self.file is None:
            raise PrintFileMissing(state=self.state)
        self.emit(
            PrintJob.HandedOver,
            order_id=self.order_id,
            customer_id=self.customer_id,
            order_number=self.order_number,
            digest=self.file.digest,
        )

    @event(Requested)
    def __init__(
        self, order_id: UUID, customer_id: UUID, order_number: str, artwork: Artwork
    ) -> None:
        self.order_id = order_id
        self.customer_id = customer_id
        self.order_number = order_number
        self.artwork = artwork
        self.state: PrintState = "requested"
        self.file: PrintFileFacts | None = None

    @event(FileRefused)
    def _file_refused(self) -> None:
        self.state = "refused"

    @event(FileMade)
    def _file_made(self, facts: PrintFileFacts) -> None:
        self.state = "file_made"
        self.file = facts

    @event(HandedOver)
    def _handed_over(self) -> None:
        self.state = "handed_over"
