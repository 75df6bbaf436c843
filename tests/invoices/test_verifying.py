"""`polikrami invoices`: kept papers are laid beside what is set anew, or handed over again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from application.bus import Call
from application.invoices import (
    IssueInvoice,
    PrintInvoice,
    PrintReturnDocument,
    RecordInvoicePrinted,
    RecordReturnDocumentPrinted,
)
from application.ports import FileStore, InvoicePrinter
from deploy.bootstrap import System, running_system
from deploy.cli import app
from deploy.faults import SetupFault
from deploy.settings import load_settings
from deploy.surroundings import with_surroundings
from domain.invoices import Invoice
from projections.base import AnyReadModel
from projections.invoices import InvoiceRow, invoices, return_documents
from projections.runner import Projector
from tests.core.projecting import catch_up
from tests.given import NOW
from tests.invoices.returning import ReturnInPaper, a_returned_order, refund_of
from tests.production.examples import CUSTOMER, a_paid_order, keep
from workers.invoices import print_invoice, print_return_document

Polikrami = Callable[..., Result]
OLD = a_paid_order(CUSTOMER)


async def a_year_of_papers(system: System) -> None:
    """One invoice and its return as they are made today, and an invoice of an earlier release."""
    order, attempt = a_returned_order()
    await keep(system.event_log, order, attempt, a_paid_order(CUSTOMER))
    printer, files = system.ports.of(InvoicePrinter), system.ports.of(FileStore)
    issue = IssueInvoice(order_id=order.id, paid_at=NOW)
    in_paper = ReturnInPaper(order_id=order.id, refund_ids=(refund_of(order, 0),))
    await system.bus.execute(issue, Call(key="issue"))
    answer = (await system.bus.execute(in_paper, Call(key="in paper"))).answer
    for recorded in (
        await print_invoice(
            PrintInvoice(invoice_id=Invoice.id_of(order.id)),
            system.event_log,
            printer=printer,
            files=files,
        ),
        await print_return_document(
            PrintReturnDocument(document_id=UUID(answer["document_id"])),
            system.event_log,
            printer=printer,
            files=files,
        ),
    ):
        assert isinstance(recorded, RecordInvoicePrinted | RecordReturnDocumentPrinted)
        await system.bus.execute(recorded, Call(key=repr(recorded)))
    await system.bus.execute(IssueInvoice(order_id=OLD.id, paid_at=NOW), Call(key="old"))
    digest = await files.put(b"%PDF-1.7 of an earlier release")
    old = RecordInvoicePrinted(invoice_id=Invoice.id_of(OLD.id), digest=digest, size_bytes=30)
    await system.bus.execute(old, Call(key="old printed"))


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where files are kept."""
    return tmp_path / "files"


@pytest.fixture
def verify(database_url: str, tmp_path: Path) -> Polikrami:
    """Runs `polikrami invoices`, if nothing else is said `verify`, over papers made before."""
    env = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)}

    async def prepared() -> None:
        async with running_system(load_settings(with_surroundings(env)), name="test") as system:
            await a_year_of_papers(system)
            models: list[AnyReadModel] = [invoices, return_documents]
            await catch_up(Projector(system.pool, system.event_log, models))
            [new, old] = await system.reads.all(
                InvoiceRow, "SELECT * FROM read.invoices ORDER BY number"
            )
            assert new.xml_digest
            assert old.xml_digest is None

    asyncio.run(prepared())

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["invoices", *(arguments or ("verify",))], env=env)

    return run


def test_papers_that_are_as_they_were_issued_pass(verify: Polikrami) -> None:
    result = verify()
    assert result.exit_code == 0, (result.output, result.exception)
    assert "3 papers: 2 are set as they are kept" in result.output
    assert "1 have the form of an earlier release" in result.output


def files_in(kept: Path) -> list[Path]:
    """The stored files, the largest last."""
    found = [each for each in kept.rglob("*") if each.is_file() and "incoming" not in each.parts]
    return sorted(found, key=lambda each: each.stat().st_size)


def test_a_file_that_was_changed_is_named(verify: Polikrami, kept: Path) -> None:
    largest = files_in(kept)[-1]
    largest.chmod(0o600)
    largest.write_bytes(largest.read_bytes() + b"\n")
    result = verify()
    assert result.exit_code == 1
    assert "a file of it is not what was stored" in result.output
    assert "1 papers are not as they were issued." in result.output


def test_a_file_that_is_gone_is_named(verify: Polikrami, kept: Path) -> None:
    files_in(kept)[-1].unlink()
    result = verify()
    assert result.exit_code == 1
    assert "a file of it is not there" in result.output


def test_a_paper_that_would_be_set_differently_is_named(
    verify: Polikrami, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.ubl.invoice.UNSIGNED", "Başka bir söz.")
    result = verify()
    assert result.exit_code == 1
    assert "it is set differently from what was issued" in result.output


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("PLK2026000000009", "There is no invoice PLK2026000000009."),
        ("PLK2026000000001", "PLK2026000000001 was not handed over yet, so nobody refused it."),
    ],
)
def test_only_what_was_refused_is_handed_over_again(
    verify: Polikrami, number: str, told: str
) -> None:
    result = verify("submit", number)
    assert isinstance(result.exception, SetupFault)
    assert str(result.exception) == told
