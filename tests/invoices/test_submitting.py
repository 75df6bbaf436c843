"""Invoices on their way to an integrator: taken, refused, or not known for a while."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

import pytest

from adapters.issuers import NO_INTEGRATOR, LocalInvoiceIssuer
from application import work
from application.invoices import HandToIntegrator, SubmitInvoiceAgain
from application.ports import (
    InvoiceIssuer,
    InvoiceTaken,
    InvoiceTurnedDown,
    InvoiceUnknown,
    IssuedInvoice,
    Unavailable,
)
from application.processes import submitting
from application.work import Job
from domain.invoices import Invoice, InvoiceSubmission, NotRefused
from domain.work_items import WorkItem
from tests.given import NOW, given
from tests.invoices.test_invoices import an_invoice
from tests.production.examples import ORDER, Workshop, a_paid_order, a_workshop, keep
from workers.invoices import hand_to_integrator

INVOICE, REQUEST = Invoice.id_of(ORDER), UUID(int=5)
ITEM = WorkItem.id_of("invoice_refused", str(INVOICE))
Outcome = InvoiceTaken | InvoiceTurnedDown | InvoiceUnknown


class Integrator:
    """Says one after the other what it is told to say, and keeps what it was handed."""

    def __init__(self, *answers: Outcome) -> None:
        self.answers: Iterator[Outcome] = iter(answers)
        self.handed: list[IssuedInvoice] = []

    async def hand_over(self, invoice: IssuedInvoice) -> Outcome:
        self.handed.append(invoice)
        return next(self.answers)


@pytest.fixture
def workshop(monkeypatch: pytest.MonkeyPatch) -> Workshop:
    mine = [
        (kind, each)
        for kind, reactions in work.REACTIONS.items()
        for each in reactions
        if each.__module__ == submitting.__name__
    ]
    workshop = a_workshop(monkeypatch)
    for kind, each in mine:
        work.REACTIONS.setdefault(kind, []).append(each)
    return workshop


async def settle(workshop: Workshop, issuer: InvoiceIssuer) -> Sequence[Job]:
    """Work until nothing is left, and hand over what is to be handed over."""
    asked: list[Job] = []
    while jobs := await workshop.settle():
        asked += jobs
        for job in jobs:
            if isinstance(job, HandToIntegrator):
                await hand(workshop, job, issuer)
    return asked


async def hand(workshop: Workshop, job: HandToIntegrator, issuer: InvoiceIssuer) -> None:
    outcome = await hand_to_integrator(job, workshop.log, issuer=issuer, files=workshop.files)
    if outcome is not None:
        await workshop.do(outcome)  # type: ignore[arg-type]  # this job ends by one command


async def state(workshop: Workshop) -> str:
    submission = await workshop.now_is(InvoiceSubmission, InvoiceSubmission.id_of(INVOICE))
    return submission.state


async def test_an_invoice_is_handed_over_with_its_files(workshop: Workshop) -> None:
    integrator = Integrator(InvoiceTaken(reference="E-1"))
    await keep(workshop.log, a_paid_order(picture=None))
    await settle(workshop, integrator)
    [handed] = integrator.handed
    invoice = await workshop.now_is(Invoice, INVOICE)
    assert invoice.document
    assert handed.xml == await workshop.files.get(invoice.xml)
    assert handed.pdf == await workshop.files.get(invoice.document)
    assert (handed.number, handed.ettn) == (invoice.issued.number, invoice.ettn)
    assert await state(workshop) == "accepted"


async def test_a_refusal_is_for_finance_and_is_over_when_it_is_taken(workshop: Workshop) -> None:
    refused = InvoiceTurnedDown(code="1103")
    integrator = Integrator(refused, InvoiceTaken(reference="E-2"))
    await keep(workshop.log, a_paid_order(picture=None))
    await settle(workshop, integrator)
    item = await workshop.now_is(WorkItem, ITEM)
    assert (item.state, item.facts) == (
        "open",
        (("number", "PLK2026000000001"), ("code", "1103")),
    )
    await workshop.do(SubmitInvoiceAgain(invoice_id=INVOICE, request_id=REQUEST))
    await settle(workshop, integrator)
    assert await state(workshop) == "accepted"
    assert (await workshop.now_is(WorkItem, ITEM)).state == "lapsed"


async def test_what_nobody_knows_is_asked_again(workshop: Workshop) -> None:
    integrator = Integrator(InvoiceUnknown(), InvoiceTaken(reference="E-3"))
    await keep(workshop.log, a_paid_order(picture=None))
    with pytest.raises(Unavailable):
        await settle(workshop, integrator)
    assert await state(workshop) == "submitted"
    await hand(workshop, HandToIntegrator(invoice_id=INVOICE), integrator)
    await hand(workshop, HandToIntegrator(invoice_id=INVOICE), integrator)
    assert await state(workshop) == "accepted"
    assert len({each.ettn for each in integrator.handed}) == 1


@pytest.mark.parametrize("sample", [True, False])
async def test_without_an_integrator_only_samples_are_taken(sample: bool) -> None:
    issued = IssuedInvoice(
        ettn=INVOICE,
        number="PLK2026000000001",
        issued_at=NOW,
        buyer_tax_number="",
        sample=sample,
        xml=b"<Invoice/>",
        pdf=b"%PDF",
    )
    outcome = await LocalInvoiceIssuer().hand_over(issued)
    if sample:
        assert outcome == InvoiceTaken(reference="ÖRNEKTİR/PLK2026000000001")
    else:
        assert outcome == InvoiceTurnedDown(code=NO_INTEGRATOR)


def a_submission() -> InvoiceSubmission:
    return InvoiceSubmission.submit(an_invoice(), NOW)


def take(submission: InvoiceSubmission) -> None:
    submission.accept("E-1")


def refuse(submission: InvoiceSubmission) -> None:
    submission.refuse("1103")


def ask_again(submission: InvoiceSubmission) -> None:
    submission.submit_again(REQUEST)


def test_what_was_taken_stays_taken() -> None:
    given(a_submission(), take).when(refuse).ignored()
    given(a_submission(), take).when(take).ignored()
    given(a_submission(), refuse).when(take).then(InvoiceSubmission.Accepted)


def test_only_what_was_refused_is_handed_over_again() -> None:
    given(a_submission(), refuse).when(ask_again).then(InvoiceSubmission.SubmittedAgain)
    given(a_submission(), refuse, ask_again).when(ask_again).ignored()
    given(a_submission()).when(ask_again).refused(NotRefused, state="submitted")
    given(a_submission(), take).when(ask_again).refused(NotRefused, state="accepted")
