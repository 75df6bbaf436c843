"""One copy of an order's cover on its way through the print house."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from domain.production import facts
from domain.production.parts import (
    MOST_ATTEMPTS,
    RANKS,
    HouseReport,
    NotReprinted,
    PrintFileFacts,
    PrintFileMissing,
    PrintJobCannot,
    PrintState,
    ReportStatus,
    ReprintReason,
)
from domain.shared.aggregate import Aggregate, Event, event
from domain.shared.artwork import Artwork

PRINT_JOBS = UUID("6a1e2b34-0c55-4a67-9d0c-51b5d7a90c02")

WAIT_FOR_FILE = frozenset({"requested", "refused"})
WAIT_FOR_HOUSE = frozenset({"file_made", "spoiled"})
AT_HOUSE = frozenset({"handed_over", "accepted", "printing"})


class PrintJob(Aggregate):
    """One per order, and one for each time it is printed anew: requested, its file made, handed
    over, printed. A copy that was spoiled is handed over again, as the next attempt.
    """

    TOPIC = "print_job"

    class Requested(facts.Requested, frozen=True, kw_only=True):
        TOPIC = "print_job.requested"

    class FileRefused(facts.FileRefused, frozen=True, kw_only=True):
        TOPIC = "print_job.file_refused"

    class FileMade(facts.FileMade, frozen=True, kw_only=True):
        TOPIC = "print_job.file_made"

    class HandedOver(facts.HandedOver, frozen=True, kw_only=True):
        TOPIC = "print_job.handed_over"

    class Progressed(facts.Progressed, frozen=True, kw_only=True):
        TOPIC = "print_job.progressed"

    class Printed(facts.Printed, frozen=True, kw_only=True):
        TOPIC = "print_job.printed"

    class Spoiled(facts.Spoiled, frozen=True, kw_only=True):
        TOPIC = "print_job.spoiled"

    class Rejected(facts.Rejected, frozen=True, kw_only=True):
        TOPIC = "print_job.rejected"

    class Retried(facts.Retried, frozen=True, kw_only=True):
        TOPIC = "print_job.retried"

    class Resumed(facts.Resumed, frozen=True, kw_only=True):
        TOPIC = "print_job.resumed"

    class AskedAfter(facts.AskedAfter, frozen=True, kw_only=True):
        TOPIC = "print_job.asked_after"

    class Cancelled(facts.Cancelled, frozen=True, kw_only=True):
        TOPIC = "print_job.cancelled"

    class Recalled(facts.Recalled, frozen=True, kw_only=True):
        TOPIC = "print_job.recalled"

    @staticmethod
    def id_of(order_id: UUID, copy: int = 0) -> UUID:
        """The print job of an order's own cover, or of the copy-th time it is printed anew."""
        return uuid5(PRINT_JOBS, f"{order_id}/{copy}" if copy else str(order_id))

    @staticmethod
    def ticket_id_of(print_job_id: UUID, attempt: int) -> UUID:
        """What the print house knows one attempt by; it prints the same one once."""
        return uuid5(print_job_id, f"attempt/{attempt}")

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
        """The print job of a new order; the artwork is what will be printed."""
        return cls.begin(
            cls.Requested,
            id=cls.id_of(order_id),
            now=now,
            order_id=order_id,
            customer_id=customer_id,
            order_number=order_number,
            artwork=artwork,
        )

    def print_anew(
        self, copy: int, reason: ReprintReason, *, request_id: UUID, asked_by: UUID | None
    ) -> PrintJob:
        """The print job of another copy of the same; the request makes asking twice harmless."""
        return PrintJob.begin(
            PrintJob.Requested,
            id=PrintJob.id_of(self.order_id, copy),
            now=self.now,
            order_id=self.order_id,
            customer_id=self.customer_id,
            order_number=self.order_number,
            artwork=self.artwork,
            copy=copy,
            reason=reason,
            request_id=request_id,
            asked_by=asked_by,
        )

    @property
    def waits_for_file(self) -> bool:
        """Whether the print file is still to be made."""
        return self.state in WAIT_FOR_FILE

    @property
    def waits_for_house(self) -> bool:
        """Whether the file is to be handed over."""
        return self.state in WAIT_FOR_HOUSE

    @property
    def is_at_house(self) -> bool:
        """Whether the house has it and has not told how it ended."""
        return self.state in AT_HOUSE

    def record_file(self, made: PrintFileFacts) -> None:
        """The file is made and kept; the first one stays."""
        if self.waits_for_file:
            self._happens(PrintJob.FileMade, facts=made, copy=self.copy)

    def refuse_file(self, reason: str) -> None:
        """The artwork can't be printed as it is; somebody has to look."""
        if self.state == "requested":
            self._happens(PrintJob.FileRefused, reason=reason)

    def hand_over(self, attempt: int = 1, *, tells_back: bool = False, reference: str = "") -> None:
        """The print house has the file. A house that never `tells_back` has printed it by that.
        What was printed or cancelled meanwhile is called back. Raises `PrintFileMissing`.
        """
        if self.file is None and self.state != "cancelled":
            raise PrintFileMissing(state=self.state)
        if attempt == self.attempt and self.waits_for_house and self.file:
            self._happens(
                PrintJob.HandedOver,
                order_number=self.order_number,
                digest=self.file.digest,
                copy=self.copy,
                attempt=attempt,
                tells_back=tells_back,
                reference=reference,
            )
        elif not self._is_wanted(attempt):
            self._recall(attempt)

    def record_report(self, report: HouseReport) -> None:
        """The house tells something; whatever order its reports come in, and however often, they
        lead to the same end. What it tells of a copy that is given up changes nothing.
        """
        if not self._is_news(report):
            return
        if report.attempt == self.attempt and self.waits_for_house:
            self.hand_over(report.attempt, tells_back=True)
        match report.status:
            case "printed":
                self._print(report.attempt, marked_by=None)
            case "spoiled" if report.attempt < MOST_ATTEMPTS:
                self._spoil(report.reason, marked_by=None)
            case "spoiled":
                self._reject("spoiled_too_often")
            case "rejected":
                self._reject(report.reason)
            case status:
                self._happens(PrintJob.Progressed, attempt=report.attempt, status=status)

    def reject(self, attempt: int, reason: str) -> None:
        """The house does not take it at all."""
        if attempt == self.attempt and self.waits_for_house:
            self._reject(reason)

    def mark_printed(self, by: UUID) -> None:
        """Somebody has seen that it is printed. Raises `PrintJobCannot`."""
        if self.state == "printed":
            return
        if not self.is_at_house:
            raise PrintJobCannot(state=self.state, step="mark_printed")
        self._print(self.attempt, marked_by=by)

    def mark_spoiled(self, attempt: int, reason: str, *, by: UUID) -> None:
        """Somebody has seen that this attempt is of no use; it is printed again, and what the house
        tells of it counts no more. One that is still at the house is called back.

        Raises `PrintJobCannot`.
        """
        if attempt in self.discarded:
            return
        if attempt != self.attempt or not (self.is_at_house or self.state == "printed"):
            raise PrintJobCannot(state=self.state, step="mark_spoiled")
        handed_over = self.is_at_house
        self._spoil(reason, marked_by=by)
        if handed_over:
            self._recall(attempt)

    def retry(self, by: UUID) -> None:
        """Make the file again, or hand over again what was rejected. Raises `PrintJobCannot`."""
        if self.state in {"requested", "file_made"}:
            return
        if self.state not in {"refused", "rejected"}:
            raise PrintJobCannot(state=self.state, step="retry")
        self._happens(
            PrintJob.Retried,
            copy=self.copy,
            attempt=self.attempt + (self.state == "rejected"),
            has_file=self.state == "rejected" and self.file is not None,
            asked_by=by,
        )

    def resume(self) -> None:
        """What was withheld goes on; ignored where nothing waits."""
        if self.state == "requested" or self.waits_for_house:
            self._happens(PrintJob.Resumed, copy=self.copy, has_file=self.file is not None)

    def ask_after(self, attempt: int, look: int) -> None:
        """Nobody has told how this attempt ended; ignored when somebody has, or when so many looks
        were taken already.
        """
        if attempt == self.attempt and self.is_at_house and look > self.looks:
            self._happens(PrintJob.AskedAfter, attempt=attempt, look=look)

    def cancel_with_order(self) -> None:
        """Its order was cancelled before production, so that it was never handed over."""
        if self.waits_for_file or self.state == "file_made":
            self._happens(PrintJob.Cancelled, asked_by=None)

    def cancel_reprint(self, by: UUID) -> None:
        """Give a reprint up; one that is at the house is called back.

        Raises `NotReprinted`, `PrintJobCannot`.
        """
        if self.copy == 0:
            raise NotReprinted
        if self.state == "cancelled":
            return
        if self.state == "printed":
            raise PrintJobCannot(state=self.state, step="cancel")
        handed_over = self.is_at_house
        self._happens(PrintJob.Cancelled, asked_by=by)
        if handed_over:
            self._recall(self.attempt)

    def _is_wanted(self, attempt: int) -> bool:
        """Whether the house rightly has this attempt, or has had it."""
        if self.state == "printed":
            return attempt == self.printed_attempt or attempt < self.attempt
        return self.state != "cancelled"

    def _is_news(self, report: HouseReport) -> bool:
        if self.file is None or self.state in {"cancelled", "printed"}:
            return False
        if report.attempt in self.discarded:
            return False
        if report.attempt < self.attempt:
            return report.status == "printed"
        return report.attempt == self.attempt and RANKS[report.status] > self.rank

    def _print(self, attempt: int, *, marked_by: UUID | None) -> None:
        called_back = self.attempt if attempt < self.attempt and self.is_at_house else None
        self._happens(PrintJob.Printed, copy=self.copy, attempt=attempt, marked_by=marked_by)
        if called_back:
            self._recall(called_back)

    def _spoil(self, reason: str, *, marked_by: UUID | None) -> None:
        self._happens(
            PrintJob.Spoiled,
            copy=self.copy,
            attempt=self.attempt,
            reason=reason,
            marked_by=marked_by,
        )

    def _reject(self, reason: str) -> None:
        self._happens(PrintJob.Rejected, copy=self.copy, attempt=self.attempt, reason=reason)

    def _recall(self, attempt: int) -> None:
        if attempt not in self.recalled:
            self._happens(PrintJob.Recalled, attempt=attempt)

    def _happens(self, kind: type[Event], **told: Any) -> None:
        self.emit(kind, order_id=self.order_id, customer_id=self.customer_id, **told)

    @event(Requested)
    def __init__(
        self,
        order_id: UUID,
        customer_id: UUID,
        order_number: str,
        artwork: Artwork,
        *,
        copy: int = 0,
        reason: ReprintReason | None = None,
        request_id: UUID | None = None,
    ) -> None:
        self.order_id = order_id
        self.customer_id = customer_id
        self.order_number = order_number
        self.artwork = artwork
        self.copy = copy
        self.reason = reason
        self.request_id = request_id
        self.state: PrintState = "requested"
        self.file: PrintFileFacts | None = None
        self.attempt = 1
        self.rank = 0
        self.looks = 0
        self.printed_attempt: int | None = None
        self.discarded: set[int] = set()
        self.recalled: set[int] = set()

    @event(FileRefused)
    def _file_refused(self) -> None:
        self.state = "refused"

    @event(FileMade)
    def _file_made(self, facts: PrintFileFacts) -> None:
        self.state = "file_made"
        self.file = facts

    @event(HandedOver)
    def _handed_over(self, attempt: int, tells_back: bool) -> None:
        self.state = "handed_over" if tells_back else "printed"
        self.looks = 0
        if not tells_back:
            self.printed_attempt = attempt

    @event(Progressed)
    def _progressed(self, status: ReportStatus) -> None:
        self.state = status
        self.rank = RANKS[status]

    @event(Printed)
    def _printed(self, attempt: int) -> None:
        self.state = "printed"
        self.printed_attempt = attempt

    @event(Spoiled)
    def _spoiled(self, attempt: int, marked_by: UUID | None) -> None:
        self.state = "spoiled"
        self.attempt = attempt + 1
        self.rank = 0
        self.printed_attempt = None
        if marked_by is not None:
            self.discarded.add(attempt)

    @event(Rejected)
    def _rejected(self) -> None:
        self.state = "rejected"
        self.rank = RANKS["rejected"]

    @event(Retried)
    def _retried(self, attempt: int, has_file: bool) -> None:
        self.state = "file_made" if has_file else "requested"
        self.attempt = attempt
        self.rank = 0

    @event(Resumed)
    def _resumed(self) -> None:
        pass

    @event(AskedAfter)
    def _asked_after(self, look: int) -> None:
        self.looks = look

    @event(Cancelled)
    def _cancelled(self) -> None:
        self.state = "cancelled"

    @event(Recalled)
    def _recalled(self, attempt: int) -> None:
        self.recalled.add(attempt)
