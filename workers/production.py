"""Making print files, and handing them to the print house."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from application.ports import FileStore, Prepress, PrintFile
from application.production import (
    HandToPrintHouse,
    MakePrintFile,
    RecordHandedOver,
    RecordPrintFileMade,
    RecordPrintFileRefused,
)
from application.store import EventLog, look_up
from application.terms import Terms
from domain.orders import Order
from domain.production import PrintFileFacts, PrintJob, Sheet
from domain.shared.artwork import Artwork
from workers.jobs import works

MM_PER_INCH = Decimal("25.4")


def refused(job: MakePrintFile, error: str) -> RecordPrintFileRefused:
    """What is recorded after the last try."""
    return RecordPrintFileRefused(order_id=job.order_id, reason=error)


@works(give_up=refused)
async def make_print_file(
    job: MakePrintFile, log: EventLog, *, files: FileStore, prepress: Prepress, terms: Terms
) -> RecordPrintFileMade | None:
    """The same artwork gives the same file, so that a second run stores the same bytes again."""
    print_job = await _print_job(job.order_id, log)
    order = await look_up(Order, job.order_id, log=log)
    if not print_job.waits_for_file or not order.may_move_to("in_production"):
        return None
    spec = terms.sheet_of(order.size)
    sheet = Sheet(
        trim_width_mm=spec.trim_width_mm,
        trim_height_mm=spec.trim_height_mm,
        bleed_mm=spec.bleed_mm,
    )
    made = await prepress.make(
        PrintFile(
            order_number=order.number,
            title=order.particulars.title,
            artwork=await files.get(print_job.artwork.digest),
            spec=spec,
        )
    )
    facts = PrintFileFacts(
        digest=await files.put(made),
        size_bytes=len(made),
        sheet=sheet,
        artwork_ppi=artwork_ppi(print_job.artwork, sheet),
    )
    return RecordPrintFileMade(order_id=order.id, facts=facts)


@works()
async def hand_to_print_house(
    job: HandToPrintHouse, log: EventLog, *, files: FileStore
) -> RecordHandedOver | None:
    """The print house fetches files out of our store by their digest; this one must be there."""
    print_job = await _print_job(job.order_id, log)
    if print_job.state == "handed_over" or print_job.file is None:
        return None
    await files.get(print_job.file.digest)
    return RecordHandedOver(order_id=job.order_id)


def artwork_ppi(artwork: Artwork, sheet: Sheet) -> int | None:
    """The resolution at which the artwork's pixels cover the sheet; None for a vector file."""
    if artwork.media_type == "application/pdf":
        return None
    width = (sheet.trim_width_mm + 2 * sheet.bleed_mm) / MM_PER_INCH
    height = (sheet.trim_height_mm + 2 * sheet.bleed_mm) / MM_PER_INCH
    return int(min(artwork.width / width, artwork.height / height))


async def _print_job(order_id: UUID, log: EventLog) -> PrintJob:
    return await look_up(PrintJob, PrintJob.id_of(order_id), log=log)
