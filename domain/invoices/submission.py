"""Handing an invoice to whoever signs it and reports it, and what became of that."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from domain.invoices.invoice import Invoice
from domain.invoices.series import INVOICES
from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.shared.errors import Conflict

SubmissionState = Literal["submitted", "accepted", "refused"]
CODE_LENGTH = 100


class NotRefused(Conflict):
    """Only an invoice that was refused is handed over again. Fact: `state`."""


class InvoiceSubmission(Aggregate):
    """One invoice on its way to the integrator: one submission for ever, and as many tries as it
    takes. An accepted one stays accepted.
    """

    TOPIC = "invoice_submission"

    class Submitted(Created, frozen=True, kw_only=True):
        TOPIC = "invoice_submission.submitted"
        invoice_id: UUID
        order_id: UUID
        number: str

    class SubmittedAgain(Event, frozen=True, kw_only=True):
        TOPIC = "invoice_submission.submitted_again"
        invoice_id: UUID
        request_id: UUID

    class Accepted(Event, frozen=True, kw_only=True):
        TOPIC = "invoice_submission.accepted"
        invoice_id: UUID
        order_id: UUID
        number: str
        reference: str

    class Refused(Event, frozen=True, kw_only=True):
        TOPIC = "invoice_submission.refused"
        invoice_id: UUID
        order_id: UUID
        number: str
        code: str

    @staticmethod
    def id_of(invoice_id: UUID) -> UUID:
        """The one submission of an invoice."""
        return uuid5(INVOICES, f"submission/{invoice_id}")

    @classmethod
    def submit(cls, invoice: Invoice, now: datetime) -> InvoiceSubmission:
        """Hand an invoice over for the first time."""
        return cls.begin(
            cls.Submitted,
            id=cls.id_of(invoice.id),
            now=now,
            invoice_id=invoice.id,
            order_id=invoice.sale.order_id,
            number=invoice.issued.number,
        )

    def submit_again(self, request_id: UUID) -> None:
        """Hand it over once more after a refusal; a request counts once. Raises `NotRefused`."""
        if request_id in self.requests:
            return
        if self.state != "refused":
            raise NotRefused(state=self.state)
        self.emit(
            InvoiceSubmission.SubmittedAgain, invoice_id=self.invoice_id, request_id=request_id
        )

    def accept(self, reference: str) -> None:
        """The integrator has it, under this reference; however late that is heard."""
        if self.state != "accepted":
            self.emit(
                InvoiceSubmission.Accepted,
                invoice_id=self.invoice_id,
                order_id=self.order_id,
                number=self.number,
                reference=reference,
            )

    def refuse(self, code: str) -> None:
        """The integrator does not take it as it is."""
        if self.state == "submitted":
            self.emit(
                InvoiceSubmission.Refused,
                invoice_id=self.invoice_id,
                order_id=self.order_id,
                number=self.number,
                code=code[:CODE_LENGTH],
            )

    @event(Submitted)
    def __init__(self, invoice_id: UUID, order_id: UUID, number: str) -> None:
        self.invoice_id = invoice_id
        self.order_id = order_id
        self.number = number
        self.state: SubmissionState = "submitted"
        self.requests: set[UUID] = set()

    @event(SubmittedAgain)
    def _submitted_again(self, request_id: UUID) -> None:
        self.state = "submitted"
        self.requests.add(request_id)

    @event(Accepted)
    def _accepted(self) -> None:
        self.state = "accepted"

    @event(Refused)
    def _refused(self) -> None:
        self.state = "refused"
