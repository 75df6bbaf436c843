"""Papers: how long an invoice takes to be written and set, and what memory ten thousand leave."""

from __future__ import annotations

import gc
import os
import time
from datetime import timedelta
from uuid import UUID

import psutil
from msgspec.structs import replace

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from adapters.print import TypstInvoicePrinter
from adapters.ubl import invoice_xml
from application.ports import InvoiceDocument
from domain.shared.money import Money
from tests.benchmarks.measure import Figure, Latencies
from tests.documents.examples import CARD, CARGO, COVER, FONTS, INVOICE, SELLER

TIMES = int(os.environ.get("BENCH_PAPERS", "10000"))
"""So many invoices; at least 500."""
WARM = 200
LOOKS = 20
MEGABYTE = 1024 * 1024


def an_invoice(number: int) -> InvoiceDocument:
    """One of many: none is like another."""
    surcharge = Money.of(number % 50)
    return replace(
        INVOICE,
        number=f"PLK2026{number:09d}",
        ettn=UUID(int=number),
        issued_at=INVOICE.issued_at + timedelta(seconds=number),
        order_number=f"PK-{number:08d}",
        lines=(replace(COVER, surcharge=surcharge), CARGO, CARD),
    )


async def paper_figures(_log: PostgresLog, _pool: Pool, _database_url: str) -> list[Figure]:
    """Milliseconds for each XML and each PDF, one after the other, and resident memory."""
    xml, pdf = Latencies(), Latencies()
    printer = TypstInvoicePrinter(SELLER, FONTS)
    process, resident = psutil.Process(), []
    for number in range(TIMES):
        document = an_invoice(number)
        began = time.perf_counter()
        invoice_xml(document, SELLER)
        written = time.perf_counter()
        await printer.print_invoice(document)
        if number >= WARM:
            xml.each.append(written - began)
            pdf.each.append(time.perf_counter() - written)
        if number % (TIMES // LOOKS) == TIMES // LOOKS - 1:
            gc.collect()
            resident.append(process.memory_info().rss / MEGABYTE)
    printer.close()
    each, half = TIMES // LOOKS, TIMES // 2
    return [
        *_times("papers: UBL-TR of one invoice", xml),
        *_times("papers: PDF/A-3 with it inside", pdf),
        Figure(name=f"papers: memory after {each:,}", value=resident[0], unit="MB"),
        Figure(name=f"papers: memory after {half:,}", value=resident[LOOKS // 2 - 1], unit="MB"),
        Figure(name=f"papers: memory after {TIMES:,}", value=resident[-1], unit="MB"),
        Figure(name="papers: most memory", value=max(resident), unit="MB"),
    ]


def _times(name: str, latencies: Latencies) -> list[Figure]:
    return [
        Figure(name=f"{name}, p{percent}", value=latencies.percentile_ms(percent), unit="ms")
        for percent in (50, 99)
    ]
