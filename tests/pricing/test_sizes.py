"""What is printed has the size that was ordered."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from adapters.memory import MemoryFileStore
from adapters.memory_log import MemoryLog
from adapters.print.preflight import preflight
from adapters.print.prepress import PdfPrepress
from application.ports import PrintSpec
from application.production import MakePrintFile, RecordPrintFileMade
from application.terms import Terms
from domain.orders import Order
from domain.production import PrintJob
from domain.shared.lines import trim_of
from tests.given import NOW
from tests.production.examples import CUSTOMER, ORDER, PICTURE, an_order, artwork, keep
from workers.production import make_print_file


@pytest.mark.parametrize("size", ["120x195", "160x240"])
async def test_the_print_file_has_the_size_of_the_order(size: str) -> None:
    log, files, prepress = MemoryLog(), MemoryFileStore(), PdfPrepress()
    picture = replace(PICTURE, digest=await files.put(artwork(b"sky")))
    order = of_size(an_order(picture=picture), size)
    job = PrintJob.request(ORDER, picture, customer_id=CUSTOMER, order_number=order.number, now=NOW)
    await keep(log, order, job)
    try:
        made = await make_print_file(
            MakePrintFile(order_id=ORDER), log, files=files, prepress=prepress, terms=Terms()
        )
    finally:
        prepress.close()
    assert isinstance(made, RecordPrintFileMade)
    sheet = made.facts.sheet
    assert (sheet.trim_width_mm, sheet.trim_height_mm) == trim_of(size)
    pdf = await files.get(made.facts.digest)
    assert preflight(pdf, PrintSpec(*trim_of(size), Decimal(3)), minimum_ppi=72) == []


def of_size(order: Order, size: str) -> Order:
    """The same order, paid, of a cover of another size."""
    [placed] = order.collect_events()
    assert isinstance(placed, Order.Placed)
    purchase = replace(placed.purchase, size=size)
    again = Order.place(
        order.customer_id,
        purchase,
        number=order.number,
        particulars=placed.particulars,
        now=NOW,
    )
    again.start_payment(ORDER)
    again.mark_paid(ORDER, again.total)
    return again
