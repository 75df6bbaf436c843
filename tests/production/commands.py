"""Every command about printing, each in a house where it does something."""

from __future__ import annotations

from decimal import Decimal

from application.production import (
    RecordHandedOver,
    RecordPrintFileMade,
    RecordPrintFileRefused,
    RequestPrint,
    ResumeProduction,
)
from domain.production import PrintFileFacts, Sheet
from tests.asked import State
from tests.production.examples import ORDER, Workshop, a_customer, a_paid_order, keep

SHEET = Sheet(trim_width_mm=Decimal(135), trim_height_mm=Decimal(210), bleed_mm=Decimal(3))
FACTS = PrintFileFacts(digest="ef" * 32, size_bytes=900, sheet=SHEET, artwork_ppi=300)


async def with_a_paid_order() -> Workshop:
    """A customer whose order is paid."""
    workshop = Workshop()
    await keep(workshop.log, a_customer(), a_paid_order())
    return workshop


PAID = State(with_a_paid_order)
REQUEST, MADE = RequestPrint(order_id=ORDER), RecordPrintFileMade(order_id=ORDER, facts=FACTS)

EXAMPLES = [
    *PAID.asked(REQUEST),
    *PAID.after(REQUEST).asked(MADE, RecordPrintFileRefused(order_id=ORDER, reason="too_small")),
    *PAID.after(REQUEST, MADE).asked(
        RecordHandedOver(order_id=ORDER), ResumeProduction(order_id=ORDER)
    ),
]
