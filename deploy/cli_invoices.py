"""Commands about invoices and return documents: whether what is kept is what was issued."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from api.wording import words_of
from application.invoices import SubmitInvoiceAgain
from application.ports import FileStore, InvoicePrinter
from deploy.bootstrap import System
from deploy.cli_events import progress
from deploy.cli_operate import with_system
from deploy.faults import SetupFault
from deploy.screen import console, table
from domain.shared.errors import NotFound, Refusal
from projections.invoices import invoice_by_number, kept_documents_count
from workers.verifying import FAULTS, Verdict, Verified, verify_documents

invoices_app = typer.Typer(help="Invoices and return documents, as they are kept.")


@invoices_app.command("verify")
def verify() -> None:
    """Set every kept paper anew and compare it with its files; exit status 1 if any differs."""

    async def look(system: System) -> tuple[Counter[Verdict], list[Verified]]:
        counts: Counter[Verdict] = Counter()
        faults = []
        total = await kept_documents_count(system.reads)
        papers = verify_documents(
            system.reads,
            system.event_log,
            printer=system.ports.of(InvoicePrinter),
            files=system.ports.of(FileStore),
        )
        with progress("verifying", unit="papers") as tell:
            async for each in papers:
                counts[each.verdict] += 1
                if each.verdict in FAULTS:
                    faults.append(each)
                tell(counts.total(), total)
        return counts, faults

    counts, faults = with_system(look)
    console.print(
        f"{counts.total():,} papers: {counts['same']:,} are set as they are kept,"
        f" {counts['earlier_form']:,} have the form of an earlier release,"
        f" {counts['erased']:,} are about buyers whose names are erased."
    )
    if not faults:
        return
    shown = table("Number", "What is wrong")
    for each in faults:
        shown.add_row(each.number, FAULTS[each.verdict])
    console.print(shown)
    console.print(f"{len(faults):,} papers are not as they were issued.", style="red")
    raise typer.Exit(1)


@invoices_app.command("submit")
def submit(
    number: Annotated[str, typer.Argument(help="The invoice's number, such as PLK2026000000042.")],
) -> None:
    """Hand an invoice that the integrator refused over once more."""

    async def ask(system: System) -> None:
        invoice = await invoice_by_number(system.reads, number)
        if invoice is None:
            raise SetupFault(f"There is no invoice {number}.")
        request_id = system.ids.new()
        again = SubmitInvoiceAgain(invoice_id=invoice.invoice_id, request_id=request_id)
        await system.bus.execute(again)

    try:
        with_system(ask)
    except NotFound as refusal:
        raise SetupFault(f"{number} was not handed over yet, so nobody refused it.") from refusal
    except Refusal as refusal:
        raise SetupFault(words_of(refusal.code).detail("en", refusal.facts)) from refusal
    console.print(f"{number} is handed over again.")
