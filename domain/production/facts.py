"""What is told of a print job: the fields of its events."""

from __future__ import annotations

from uuid import UUID

from domain.production.parts import PrintFileFacts, ReportStatus, ReprintReason
from domain.shared.aggregate import Created, Event
from domain.shared.artwork import Artwork


class _Happened(Event, frozen=True, kw_only=True):
    order_id: UUID
    customer_id: UUID


class Requested(Created, frozen=True, kw_only=True):
    order_id: UUID
    customer_id: UUID
    order_number: str
    artwork: Artwork
    copy: int = 0
    reason: ReprintReason | None = None
    request_id: UUID | None = None
    asked_by: UUID | None = None


class FileRefused(_Happened, frozen=True, kw_only=True):
    reason: str


class FileMade(_Happened, frozen=True, kw_only=True):
    facts: PrintFileFacts
    copy: int = 0


class HandedOver(_Happened, frozen=True, kw_only=True):
    CONCERNS = ("customer_id",)
    SHOWS = ("order_id", "order_number")
    order_number: str
    digest: str
    copy: int = 0
    attempt: int = 1
    tells_back: bool = False
    reference: str = ""


class Progressed(_Happened, frozen=True, kw_only=True):
    attempt: int
    status: ReportStatus


class Printed(_Happened, frozen=True, kw_only=True):
    copy: int
    attempt: int
    marked_by: UUID | None


class Spoiled(_Happened, frozen=True, kw_only=True):
    copy: int
    attempt: int
    reason: str
    marked_by: UUID | None


class Rejected(_Happened, frozen=True, kw_only=True):
    copy: int
    attempt: int
    reason: str


class Retried(_Happened, frozen=True, kw_only=True):
    copy: int
    attempt: int
    has_file: bool
    asked_by: UUID | None


class Resumed(_Happened, frozen=True, kw_only=True):
    copy: int
    has_file: bool


class AskedAfter(_Happened, frozen=True, kw_only=True):
    attempt: int
    look: int


class Cancelled(_Happened, frozen=True, kw_only=True):
    asked_by: UUID | None


class Recalled(_Happened, frozen=True, kw_only=True):
    attempt: int
