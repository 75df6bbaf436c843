"""Every command about printing, each in a house where it does something."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from application.orders import StartProduction
from application.production import (
    AskAfterPrintJob,
    CancelPrint,
    CancelReprint,
    MarkPrinted,
    MarkSpoiled,
    RecordHandedOver,
    RecordPrintFileMade,
    RecordPrintFileRefused,
    RecordPrintReport,
    RecordTicketRefused,
    RequestPrint,
    RequestReprint,
    ResumeProduction,
    RetryPrintJob,
)
from domain.production import HouseReport, PrintFileFacts, PrintJob, Sheet
from tests.asked import State
from tests.production.examples import (
    ORDER,
    Workshop,
    a_customer,
    a_paid_order,
    keep,
)

SHEET = Sheet(trim_width_mm=Decimal(135), trim_height_mm=Decimal(210), bleed_mm=Decimal(3))
FACTS = PrintFileFacts(digest="ef" * 32, size_bytes=900, sheet=SHEET, artwork_ppi=300)
ADMIN, REQUEST_ID = UUID(int=77), UUID(int=78)
JOB, REPRINT_JOB = PrintJob.id_of(ORDER), PrintJob.id_of(ORDER, 1)


async def with_a_paid_order() -> Workshop:
    """A customer whose order is paid."""
    workshop = Workshop()
    await keep(workshop.log, a_customer(), a_paid_order())
    return workshop


PAID = State(with_a_paid_order)
REQUEST, MADE = RequestPrint(order_id=ORDER), RecordPrintFileMade(order_id=ORDER, facts=FACTS)
STARTED = StartProduction(order_id=ORDER, print_digest=FACTS.digest)
AT_HOUSE = RecordHandedOver(order_id=ORDER, tells_back=True, reference="PH1")
PRINTED = RecordPrintReport(print_job_id=JOB, report=HouseReport(1, "printed"))
REPRINT = RequestReprint(order_id=ORDER, request_id=REQUEST_ID, reason="lost", by=ADMIN)
REJECTED = RecordTicketRefused(order_id=ORDER, copy=0, attempt=1, reason="paper_missing")

EXAMPLES = [
    *PAID.asked(REQUEST),
    *PAID.after(REQUEST).asked(
        MADE,
        RecordPrintFileRefused(order_id=ORDER, reason="too_small"),
        CancelPrint(order_id=ORDER),
        ResumeProduction(order_id=ORDER),
    ),
    *PAID.after(REQUEST, MADE).asked(RecordHandedOver(order_id=ORDER), REJECTED),
    *PAID.after(REQUEST, MADE, STARTED, REJECTED).asked(
        RetryPrintJob(print_job_id=JOB, by=ADMIN),
    ),
    *PAID.after(REQUEST, MADE, STARTED, AT_HOUSE).asked(
        PRINTED,
        MarkPrinted(print_job_id=JOB, by=ADMIN),
        MarkSpoiled(print_job_id=JOB, attempt=1, reason="cut", by=ADMIN),
        AskAfterPrintJob(print_job_id=JOB, attempt=1, look=1),
    ),
    *PAID.after(REQUEST, MADE, STARTED, AT_HOUSE, PRINTED).asked(REPRINT),
    *PAID.after(REQUEST, MADE, STARTED, AT_HOUSE, PRINTED, REPRINT).asked(
        CancelReprint(print_job_id=REPRINT_JOB, by=ADMIN),
    ),
]
