"""A parcel on its way: what the carrier tells, in whatever order, adds up to one truth."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

from domain.shared.aggregate import Aggregate, Created, Event, Personal, event
from domain.shipments.estimates import Estimate
from domain.shipments.statuses import (
    ENDED,
    MOVING,
    RANKS,
    CancelTooLate,
    Consignment,
    NothingToDecide,
    ParcelDecided,
    ParcelDecision,
    ParcelStatus,
    ParcelUnknown,
    ShipmentStatus,
    StatusReport,
    standing,
)

SHIPMENTS = UUID("6a1e2b34-0c55-4a67-9d0c-51b5d7a90c03")

HeldBackFor = Literal["order_held", "refused"]
MOST_CODE = 40


class OfParcel(Event, frozen=True, kw_only=True):
    """Something that happened to a parcel of an order."""

    order_id: UUID
    customer_id: UUID


class Shipment(Aggregate):
    """One parcel of an order. `status` depends on what was reported and never on the order of it.

    The carrier's secret for the parcel is encrypted like personal data, with the customer's key.
    """

    TOPIC = "shipment"

    class Requested(Created, frozen=True, kw_only=True):
        TOPIC = "shipment.requested"
        order_id: UUID
        customer_id: UUID
        order_number: str
        carrier: str
        parcel: int = 0
        lines: tuple[UUID, ...] = ()

    class HeldBack(OfParcel, frozen=True, kw_only=True):
        TOPIC = "shipment.held_back"
        reason: HeldBackFor
        code: str

    class AskedAgain(OfParcel, frozen=True, kw_only=True):
        TOPIC = "shipment.asked_again"

    class ParcelCreated(OfParcel, frozen=True, kw_only=True):
        TOPIC = "shipment.parcel_created"
        SUBJECT = "customer_id"
        CONCERNS = ("customer_id",)
        SHOWS = ("order_id", "carrier", "carrier_reference")
        carrier: str
        carrier_reference: str
        webhook_secret: Personal

    class StatusReported(OfParcel, frozen=True, kw_only=True):
        TOPIC = "shipment.status_reported"
        CONCERNS = ("customer_id",)
        SHOWS = ("order_id", "stands_at")
        report: StatusReport
        stands_at: ShipmentStatus

    class CodeNotUnderstood(OfParcel, frozen=True, kw_only=True):
        TOPIC = "shipment.code_not_understood"
        carrier: str
        code: str

    class TrackingNumberTold(OfParcel, frozen=True, kw_only=True):
        TOPIC = "shipment.tracking_number_told"
        tracking_number: str

    class Estimated(OfParcel, frozen=True, kw_only=True):
        TOPIC = "shipment.estimated"
        CONCERNS = ("customer_id",)
        SHOWS = ("order_id", "estimate")
        estimate: Estimate

    class Dispatched(OfParcel, frozen=True, kw_only=True):
        TOPIC = "shipment.dispatched"
        order_number: str
        carrier: str
        carrier_reference: str

    class Arrived(OfParcel, frozen=True, kw_only=True):
        TOPIC = "shipment.arrived"
        order_number: str

    class Lost(OfParcel, frozen=True, kw_only=True):
        TOPIC = "shipment.lost"
        CONCERNS = ("customer_id",)
        SHOWS = ("order_id", "order_number")
        order_number: str
        parcel: int
        carrier: str
        carrier_reference: str

    class ReturnedToSender(OfParcel, frozen=True, kw_only=True):
        TOPIC = "shipment.returned_to_sender"
        CONCERNS = ("customer_id",)
        SHOWS = ("order_id", "order_number")
        order_number: str
        parcel: int
        carrier: str
        carrier_reference: str

    class CancelRequested(OfParcel, frozen=True, kw_only=True):
        TOPIC = "shipment.cancel_requested"
        by: UUID | None

    class CancelRefused(OfParcel, frozen=True, kw_only=True):
        TOPIC = "shipment.cancel_refused"
        code: str

    class Cancelled(OfParcel, frozen=True, kw_only=True):
        TOPIC = "shipment.cancelled"
        CONCERNS = ("customer_id",)
        SHOWS = ("order_id", "order_number")
        order_number: str

    class Decided(OfParcel, frozen=True, kw_only=True):
        TOPIC = "shipment.decided"
        status: ShipmentStatus
        decision: ParcelDecision
        by: UUID

    @staticmethod
    def id_of(order_id: UUID, parcel: int = 0) -> UUID:
        """The one shipment of a parcel of an order."""
        return uuid5(SHIPMENTS, f"{order_id}/{parcel}" if parcel else str(order_id))

    @classmethod
    def request(cls, consignment: Consignment, *, carrier: str, now: datetime) -> Shipment:
        """A new shipment, for which the carrier is still to be asked."""
        return cls.begin(
            cls.Requested,
            id=cls.id_of(consignment.order_id, consignment.parcel),
            now=now,
            order_id=consignment.order_id,
            customer_id=consignment.customer_id,
            order_number=consignment.order_number,
            carrier=carrier,
            parcel=consignment.parcel,
            lines=consignment.lines,
        )

    @property
    def status(self) -> ShipmentStatus:
        """Where the parcel stands."""
        return "cancelled" if self.never_announced else standing(frozenset(self.reports))

    @property
    def never_announced(self) -> bool:
        """Whether it was cancelled before the carrier heard of it."""
        return self.cancelled and self.carrier_reference is None

    @property
    def is_to_be_announced(self) -> bool:
        """Whether the carrier is still to hear of it."""
        return self.carrier_reference is None and not (self.cancelling or self.cancelled)

    @property
    def is_under_way(self) -> bool:
        """Whether the carrier knows it and its journey is not over."""
        return self.carrier_reference is not None and RANKS.get(self.status, 0) < ENDED

    def hold_back(self, reason: HeldBackFor, code: str = "") -> None:
        """It is not announced as it is: the order is held, or the carrier refuses the parcel."""
        if self.is_to_be_announced and self.held_back is None:
            self._happens(Shipment.HeldBack, reason=reason, code=code[:MOST_CODE])

    def ask_again(self) -> None:
        """Announce what was held back; ignored for everything else."""
        if self.is_to_be_announced and self.held_back is not None:
            self._happens(Shipment.AskedAgain)

    def record_parcel(self, carrier_reference: str, webhook_secret: str) -> None:
        """The carrier knows the parcel now; its first answer stays. One that was to be cancelled
        meanwhile is cancelled there.
        """
        if self.carrier_reference is not None:
            return
        self._happens(
            Shipment.ParcelCreated,
            carrier=self.carrier,
            carrier_reference=carrier_reference,
            webhook_secret=webhook_secret,
        )
        if self.cancelling or self.cancelled:
            self._happens(Shipment.CancelRequested, by=None)

    def record_status(self, report: StatusReport) -> None:
        """The carrier tells something; the same again changes nothing. Raises `ParcelUnknown`."""
        if self.carrier_reference is None:
            raise ParcelUnknown(shipment_id=self.id)
        if report in self.reports:
            return
        self._happens(
            Shipment.StatusReported,
            report=report,
            stands_at=standing(frozenset({*self.reports, report})),
        )
        self._draw_conclusions(report.status)

    def record_found(self, status: ParcelStatus, at: datetime) -> None:
        """What was found by asking the carrier, or is said by us; known already it changes nothing.

        Raises `ParcelUnknown`.
        """
        held_up = self.status == "exception"
        known = status in {each.status for each in self.reports}
        if held_up if status == "exception" else known and not held_up:
            return
        sequence = max((each.sequence for each in self.reports), default=0) + 1
        self.record_status(StatusReport(sequence, status, at))

    def record_code(self, code: str) -> None:
        """The carrier answered something that nobody has told us the meaning of; once for each."""
        known = code[:MOST_CODE]
        if known not in self.codes:
            self._happens(Shipment.CodeNotUnderstood, carrier=self.carrier, code=known)

    def record_tracking_number(self, tracking_number: str) -> None:
        """The number under which the carrier shows it; a new one replaces the old."""
        if tracking_number and tracking_number != self.tracking_number:
            self._happens(Shipment.TrackingNumberTold, tracking_number=tracking_number)

    def record_estimate(self, estimate: Estimate | None) -> None:
        """When it should be there, as it looks now; the same again changes nothing."""
        if estimate is not None and estimate != self.estimate and not self.arrived:
            self._happens(Shipment.Estimated, estimate=estimate)

    def request_cancel(self, by: UUID | None) -> None:
        """Have it stopped before it leaves. What no carrier has heard of is not announced any more.

        Raises `CancelTooLate`.
        """
        if self.cancelling or self.cancelled:
            return
        if self.dispatched or RANKS.get(self.status, ENDED) >= ENDED:
            raise CancelTooLate(status=self.status)
        self._happens(Shipment.CancelRequested, by=by)

    def record_cancelled(self) -> None:
        """It is stopped: the carrier says so, or has never heard of it."""
        if self.carrier_reference is not None:
            self.record_found("cancelled", self.now)
        elif not self.cancelled:
            self._happens(Shipment.Cancelled, order_number=self.order_number)

    def refuse_cancel(self, code: str) -> None:
        """The carrier does not stop it any more."""
        if self.cancelling and not self.cancelled:
            self._happens(Shipment.CancelRefused, code=code[:MOST_CODE])

    def decide(self, decision: ParcelDecision, *, by: UUID) -> None:
        """Say what happens now that it is lost, or has come back. Raises `NothingToDecide`,
        `ParcelDecided`.
        """
        if self.decision == decision:
            return
        if self.decision is not None:
            raise ParcelDecided(decision=self.decision)
        if self.status not in {"lost", "returned"}:
            raise NothingToDecide(status=self.status)
        self._happens(Shipment.Decided, status=self.status, decision=decision, by=by)

    def _draw_conclusions(self, told: ParcelStatus) -> None:
        named = {"order_number": self.order_number}
        carried = {"carrier": self.carrier, "carrier_reference": self.carrier_reference}
        if told in MOVING and not self.dispatched:
            self._happens(Shipment.Dispatched, **named, **carried)
        if told == "delivered" and not self.arrived:
            self._happens(Shipment.Arrived, **named)
        if told == "lost" and not self.lost and not self.arrived:
            self._happens(Shipment.Lost, **named, **carried, parcel=self.parcel)
        if told == "returned" and not self.returned:
            self._happens(Shipment.ReturnedToSender, **named, **carried, parcel=self.parcel)
        if told == "cancelled" and not self.cancelled:
            self._happens(Shipment.Cancelled, **named)

    def _happens(self, kind: type[Event], **facts: Any) -> None:
        self.emit(kind, order_id=self.order_id, customer_id=self.customer_id, **facts)

    @event(Requested)
    def __init__(
        self,
        order_id: UUID,
        customer_id: UUID,
        order_number: str,
        *,
        carrier: str,
        parcel: int,
        lines: tuple[UUID, ...],
    ) -> None:
        self.order_id = order_id
        self.customer_id = customer_id
        self.order_number = order_number
        self.carrier = carrier
        self.parcel = parcel
        self.lines = lines
        self.held_back: HeldBackFor | None = None
        self.carrier_reference: str | None = None
        self.webhook_secret = ""
        self.tracking_number: str | None = None
        self.reports: set[StatusReport] = set()
        self.codes: set[str] = set()
        self.estimate: Estimate | None = None
        self.dispatched = self.arrived = self.lost = self.returned = False
        self.cancelling = self.cancelled = False
        self.decision: ParcelDecision | None = None

    @event(HeldBack)
    def _held_back(self, reason: HeldBackFor) -> None:
        self.held_back = reason

    @event(AskedAgain)
    def _asked_again(self) -> None:
        self.held_back = None

    @event(ParcelCreated)
    def _parcel_created(self, carrier_reference: str, webhook_secret: str) -> None:
        self.carrier_reference = carrier_reference
        self.webhook_secret = webhook_secret
        self.held_back = None

    @event(StatusReported)
    def _status_reported(self, report: StatusReport) -> None:
        self.reports.add(report)

    @event(CodeNotUnderstood)
    def _code_not_understood(self, code: str) -> None:
        self.codes.add(code)

    @event(TrackingNumberTold)
    def _tracking_number_told(self, tracking_number: str) -> None:
        self.tracking_number = tracking_number

    @event(Estimated)
    def _estimated(self, estimate: Estimate) -> None:
        self.estimate = estimate

    @event(Dispatched)
    def _dispatched(self) -> None:
        self.dispatched = True

    @event(Arrived)
    def _arrived(self) -> None:
        self.arrived = True

    @event(Lost)
    def _lost(self) -> None:
        self.lost = True

    @event(ReturnedToSender)
    def _returned_to_sender(self) -> None:
        self.returned = True

    @event(CancelRequested)
    def _cancel_requested(self) -> None:
        self.cancelling = True

    @event(CancelRefused)
    def _cancel_refused(self) -> None:
        self.cancelling = False

    @event(Cancelled)
    def _cancelled(self) -> None:
        self.cancelled = True

    @event(Decided)
    def _decided(self, decision: ParcelDecision) -> None:
        self.decision = decision
