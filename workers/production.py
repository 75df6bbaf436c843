"""Making print files, handing them to the print house, and asking it how far they are."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from msgspec import Struct

from application.ports import (
    FileStore,
    Prepress,
    PrintFile,
    PrintHouse,
    PrintTicket,
    TicketFile,
    TicketRefused,
)
from application.production import (
    AskPrintHouse,
    HandToPrintHouse,
    MakePrintFile,
    RecallFromPrintHouse,
    RecordHandedOver,
    RecordPrintFileMade,
    RecordPrintFileRefused,
    RecordPrintReport,
    RecordTicketRefused,
)
from application.store import EventLog, look_up
from application.terms import Terms
from domain.drafts import Draft
from domain.orders import Order
from domain.production import PrintFileFacts, PrintJob, Sheet
from domain.shared.artwork import Artwork
from domain.shared.days import TURKEY
from workers.jobs import works

MM_PER_INCH = Decimal("25.4")
PRINT_FILE = "cover.pdf"
MESSAGE_CARD = "message-card.txt"


class Bundle(Struct, frozen=True, kw_only=True):
    """What goes to the print house: the ticket, and its files by their digests."""

    ticket: PrintTicket
    files: dict[str, bytes]


def refused(job: MakePrintFile, error: str) -> RecordPrintFileRefused:
    """What is recorded after the last try."""
    return RecordPrintFileRefused(order_id=job.order_id, copy=job.copy, reason=error)


@works(give_up=refused)
async def make_print_file(
    job: MakePrintFile, log: EventLog, *, files: FileStore, prepress: Prepress, terms: Terms
) -> RecordPrintFileMade | None:
    """The same artwork gives the same file, so that a second run stores the same bytes again."""
    print_job = await _print_job(job.order_id, job.copy, log=log)
    order = await look_up(Order, job.order_id, log=log)
    if not print_job.waits_for_file or not _may_be_made(print_job, order):
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
    return RecordPrintFileMade(order_id=order.id, facts=facts, copy=job.copy)


@works()
async def hand_to_print_house(
    job: HandToPrintHouse, log: EventLog, *, files: FileStore, house: PrintHouse, terms: Terms
) -> RecordHandedOver | RecordTicketRefused | None:
    """The house prints the same ticket once, so that handing it over twice is harmless. What is
    cancelled, or held at this moment, is not handed over.
    """
    print_job = await _print_job(job.order_id, job.copy, log=log)
    order = await look_up(Order, job.order_id, log=log)
    if not print_job.waits_for_house or not _may_leave(order):
        return None
    words = await _card(order, log)
    bundle = await _bundle(print_job, order, files=files, terms=terms, words=words)
    try:
        taken = await house.hand_over(bundle.ticket, bundle.files)
    except TicketRefused as refusal:
        return RecordTicketRefused(
            order_id=order.id, copy=job.copy, attempt=print_job.attempt, reason=refusal.reason
        )
    return RecordHandedOver(
        order_id=order.id,
        copy=job.copy,
        attempt=print_job.attempt,
        tells_back=taken.tells_back,
        reference=taken.reference,
    )


@works()
async def ask_print_house(
    job: AskPrintHouse, log: EventLog, *, house: PrintHouse
) -> RecordPrintReport | None:
    """For call-backs that never came."""
    print_job = await look_up(PrintJob, job.print_job_id, log=log)
    if not print_job.is_at_house or print_job.attempt != job.attempt:
        return None
    ticket_id = PrintJob.ticket_id_of(print_job.id, job.attempt)
    report = await house.report(ticket_id, job.attempt)
    return RecordPrintReport(print_job_id=print_job.id, report=report) if report else None


@works()
async def recall_from_print_house(job: RecallFromPrintHouse, *, house: PrintHouse) -> None:
    """Too late is no fault: then there is one copy more."""
    await house.cancel(PrintJob.ticket_id_of(job.print_job_id, job.attempt))


def artwork_ppi(artwork: Artwork, sheet: Sheet) -> int | None:
    """The resolution at which the artwork's pixels cover the sheet; None for a vector file."""
    if artwork.media_type == "application/pdf":
        return None
    width = (sheet.trim_width_mm + 2 * sheet.bleed_mm) / MM_PER_INCH
    height = (sheet.trim_height_mm + 2 * sheet.bleed_mm) / MM_PER_INCH
    return int(min(artwork.width / width, artwork.height / height))


def _may_be_made(print_job: PrintJob, order: Order) -> bool:
    return _may_leave(order) or (print_job.copy == 0 and order.has_edge_to("in_production"))


def _may_leave(order: Order) -> bool:
    """Whether what is printed of it may leave: not before its production, nor while it is held."""
    return order.state in {"in_production", "shipped", "delivered"} and not order.is_held


async def _bundle(
    print_job: PrintJob, order: Order, *, files: FileStore, terms: Terms, words: str
) -> Bundle:
    assert print_job.file  # it waits for the house
    contents = {PRINT_FILE: await files.get(print_job.file.digest)}
    if words:
        contents[MESSAGE_CARD] = words.encode()
    sheet = print_job.file.sheet
    due_at = print_job.created_on.astimezone(TURKEY) + timedelta(days=terms.print_days)
    ticket = PrintTicket(
        ticket_id=PrintJob.ticket_id_of(print_job.id, print_job.attempt),
        print_job_id=print_job.id,
        order_number=print_job.order_number,
        title=order.particulars.title,
        copy=print_job.copy,
        attempt=print_job.attempt,
        reason=print_job.reason or "",
        trim_width_mm=sheet.trim_width_mm,
        trim_height_mm=sheet.trim_height_mm,
        bleed_mm=sheet.bleed_mm,
        paper=order.paper,
        copies=1,
        due_on=due_at.date(),
        files=tuple(_told(name, content) for name, content in contents.items()),
    )
    return Bundle(
        ticket=ticket,
        files={sha256(content).hexdigest(): content for content in contents.values()},
    )


def _told(name: str, content: bytes) -> TicketFile:
    kind = "application/pdf" if name == PRINT_FILE else "text/plain; charset=utf-8"
    digest = sha256(content).hexdigest()
    return TicketFile(name=name, digest=digest, media_type=kind, size_bytes=len(content))


async def _card(order: Order, log: EventLog) -> str:
    """The words of the message card that was ordered with it, as they are printed; else nothing."""
    if order.draft_id is None or not any(line.kind == "message_card" for line in order.lines):
        return ""
    draft = await look_up(Draft, order.draft_id, log=log)
    if draft.card is None:
        return ""
    words = draft.card.words
    return f"{words.recipient}\n\n{words.text}\n\n{words.sender}\n"


async def _print_job(order_id: UUID, copy: int, *, log: EventLog) -> PrintJob:
    return await look_up(PrintJob, PrintJob.id_of(order_id, copy), log=log)
