"""What can be asked of handing invoices to an integrator."""

from __future__ import annotations

from uuid import UUID

from application.bus import Command, handles
from application.ports import InvoiceTaken, InvoiceTurnedDown
from application.store import Store
from application.work import Job
from domain.invoices import Invoice, InvoiceSubmission


class SubmitInvoice(Command, frozen=True, kw_only=True):
    """Have an invoice handed to the integrator; once for ever."""

    invoice_id: UUID


class SubmitInvoiceAgain(Command, frozen=True, kw_only=True):
    """Have a refused invoice handed over once more; a `request_id` counts once."""

    invoice_id: UUID
    request_id: UUID


class RecordSubmission(Command, frozen=True, kw_only=True):
    """What the integrator said of an invoice."""

    invoice_id: UUID
    outcome: InvoiceTaken | InvoiceTurnedDown


class HandToIntegrator(Job, frozen=True, kw_only=True):
    """Hand an invoice to the integrator, and hear what became of it."""

    ATTEMPTS = 24
    LEASE_SECONDS = 120
    invoice_id: UUID


@handles
async def submit_invoice(command: SubmitInvoice, store: Store) -> None:
    invoice = await store.get(Invoice, command.invoice_id)
    submission = await store.find(InvoiceSubmission, InvoiceSubmission.id_of(invoice.id))
    store.save(submission or InvoiceSubmission.submit(invoice, store.now))


@handles
async def submit_invoice_again(command: SubmitInvoiceAgain, store: Store) -> None:
    submission = await _submission(command.invoice_id, store)
    submission.submit_again(command.request_id)
    store.save(submission)


@handles
async def record_submission(command: RecordSubmission, store: Store) -> None:
    submission = await _submission(command.invoice_id, store)
    match command.outcome:
        case InvoiceTaken(reference=reference):
            submission.accept(reference)
        case InvoiceTurnedDown(code=code):
            submission.refuse(code)
    store.save(submission)


async def _submission(invoice_id: UUID, store: Store) -> InvoiceSubmission:
    return await store.get(InvoiceSubmission, InvoiceSubmission.id_of(invoice_id))
