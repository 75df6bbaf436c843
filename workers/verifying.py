"""Whether every paper that is kept is what is written and set today from what was issued."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Literal

from msgspec import Struct

from application.anonymous import ERASED
from application.invoices import document_of_invoice, document_of_return
from application.ports import FileStore, InvoiceDocument, InvoicePrinter
from application.store import EventLog, look_up
from domain.invoices import Invoice, InvoiceBuyer, ReturnDocument
from projections.invoices import KeptDocument, kept_documents
from projections.reads import Reads

PAGE = 200

Verdict = Literal["same", "earlier_form", "erased", "missing", "damaged", "differs"]
FAULTS: dict[Verdict, str] = {
    "missing": "a file of it is not there",
    "damaged": "a file of it is not what was stored",
    "differs": "it is set differently from what was issued",
}
"""What is wrong with a paper of which this is the verdict; the others are right."""


class Verified(Struct, frozen=True):
    """What came of looking at one paper."""

    number: str
    verdict: Verdict


async def verify_documents(
    reads: Reads, log: EventLog, *, printer: InvoicePrinter, files: FileStore
) -> AsyncIterator[Verified]:
    """Look at every paper in the order of numbers: read its files, and set it anew."""
    after = ""
    while papers := await kept_documents(reads, after, PAGE):
        for paper in papers:
            yield Verified(paper.number, await _verdict(paper, log, printer=printer, files=files))
        after = papers[-1].number


async def _verdict(
    paper: KeptDocument, log: EventLog, *, printer: InvoicePrinter, files: FileStore
) -> Verdict:
    document = await _document(paper, log)
    if document is None:
        return "erased"
    for digest in filter(None, (paper.digest, paper.xml_digest)):
        try:
            content = await files.get(digest)
        except FileNotFoundError:
            return "missing"
        if sha256(content).hexdigest() != digest:
            return "damaged"
    if paper.kind == "sale" and paper.xml_digest is None:
        return "earlier_form"
    printed = await printer.print_invoice(document)
    xml = sha256(printed.xml).hexdigest() if printed.xml else None
    same = (sha256(printed.pdf).hexdigest(), xml) == (paper.digest, paper.xml_digest)
    return "same" if same else "differs"


async def _document(paper: KeptDocument, log: EventLog) -> InvoiceDocument | None:
    """What stands on it; None when its buyer was erased at the end of the time it was kept for."""
    if paper.kind == "sale":
        invoice = await look_up(Invoice, paper.document_id, log=log)
        return None if _is_erased(invoice.buyer) else document_of_invoice(invoice)
    returned = await look_up(ReturnDocument, paper.document_id, log=log)
    return None if _is_erased(returned.buyer) else document_of_return(returned)


def _is_erased(buyer: InvoiceBuyer) -> bool:
    return {buyer.name, buyer.email, buyer.phone, buyer.tax_number} == {ERASED}
