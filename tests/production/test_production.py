"""From a paid order to a file at the print house, and no further once it is cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from msgspec.structs import replace

from adapters.print import PdfPrepress, preflight
from api.wording import all_words
from application.orders import AttachFinalArtwork, CancelOrder
from application.ports import PrintSpec, Size
from application.production import (
    HandToPrintHouse,
    MakePrintFile,
    RecordHandedOver,
    RecordPrintFileMade,
    RequestPrint,
)
from application.terms import Terms
from domain.orders import Order
from domain.production import PrintFileFacts, PrintFileMissing, PrintJob, Sheet
from projections.production import PrintJobRow, print_jobs
from tests.given import NOW, given
from tests.production.examples import (
    CUSTOMER,
    DRAFT,
    ORDER,
    PICTURE,
    Workshop,
    a_paid_order,
    a_workshop,
    an_order,
    artwork,
    keep,
)
from workers.production import artwork_ppi, make_print_file, refused

JOB = PrintJob.id_of(ORDER)
SHEET = Sheet(trim_width_mm=Decimal(135), trim_height_mm=Decimal(210), bleed_mm=Decimal(3))
FACTS = PrintFileFacts(digest="ef" * 32, size_bytes=9, sheet=SHEET, artwork_ppi=300)


def a_print_job() -> PrintJob:
    return PrintJob.request(ORDER, PICTURE, customer_id=CUSTOMER, order_number="PK-1", now=NOW)


def make_file(job: PrintJob) -> None:
    job.record_file(FACTS)


def refuse(job: PrintJob) -> None:
    job.refuse_file("55 ppi")


@pytest.fixture
def workshop(monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return a_workshop(monkeypatch)


@pytest.fixture
def prepress() -> Iterator[PdfPrepress]:
    prepress = PdfPrepress()
    yield prepress
    prepress.close()


def test_a_sheet_of_135_by_210_with_bleed_has_1666_by_2552_pixels() -> None:
    assert PrintSpec(Decimal(135), Decimal(210), Decimal(3)).pixels == Size(1666, 2552)


@pytest.mark.parametrize(("trim", "pixels"), [("25.4", 300), ("25.41", 301), ("0.01", 1)])
def test_pixels_are_rounded_up_and_only_where_they_have_to_be(trim: str, pixels: int) -> None:
    spec = PrintSpec(Decimal(trim), Decimal(trim), Decimal(0))
    assert spec.pixels == Size(pixels, pixels)


def test_the_first_file_stays() -> None:
    given(a_print_job()).when(make_file).then(PrintJob.FileMade)
    given(a_print_job(), make_file).when(make_file).ignored()


def test_nothing_is_handed_over_before_it_is_made() -> None:
    given(a_print_job()).when(PrintJob.hand_over).refused(PrintFileMissing, state="requested")


def test_a_file_is_handed_over_once() -> None:
    given(a_print_job(), make_file).when(PrintJob.hand_over).then(PrintJob.HandedOver)
    given(a_print_job(), make_file, PrintJob.hand_over).when(PrintJob.hand_over).ignored()


def test_a_refused_file_can_still_be_made() -> None:
    given(a_print_job()).when(refuse).then(PrintJob.FileRefused)
    given(a_print_job(), refuse).when(refuse).ignored()
    given(a_print_job(), refuse).when(make_file).then(PrintJob.FileMade)
    given(a_print_job(), make_file).when(refuse).ignored()


def test_refusals_have_words_in_both_languages() -> None:
    assert PrintFileMissing.code in all_words()


def test_the_resolution_is_that_of_the_side_that_has_less() -> None:
    assert artwork_ppi(PICTURE, SHEET) == 300
    assert artwork_ppi(replace(PICTURE, height=1276), SHEET) == 150
    assert artwork_ppi(replace(PICTURE, media_type="application/pdf"), SHEET) is None


async def a_picture_in(workshop: Workshop) -> Order:
    """A paid order whose artwork lies in the file store."""
    digest = await workshop.files.put(artwork(b"red"))
    return a_paid_order(picture=replace(PICTURE, digest=digest, width=600, height=919))


async def test_a_paid_order_goes_to_the_print_house(workshop: Workshop) -> None:
    await keep(workshop.log, await a_picture_in(workshop))
    await workshop.settle()
    order = await workshop.now_is(Order, ORDER)
    job = await workshop.now_is(PrintJob, JOB)
    assert (order.state, job.state) == ("in_production", "printed")
    assert job.file
    assert order.print_digest == job.file.digest
    assert workshop.files.contents[job.file.digest].startswith(b"%PDF")


async def test_the_file_passes_preflight_with_the_real_prepress(
    workshop: Workshop, prepress: PdfPrepress
) -> None:
    await keep(workshop.log, await a_picture_in(workshop))
    await workshop.do(RequestPrint(order_id=ORDER))
    made = await make_print_file(
        MakePrintFile(order_id=ORDER),
        workshop.log,
        files=workshop.files,
        prepress=prepress,
        terms=Terms(),
    )
    assert isinstance(made, RecordPrintFileMade)
    assert made.facts.artwork_ppi == 108
    pdf = await workshop.files.get(made.facts.digest)
    spec = PrintSpec(SHEET.trim_width_mm, SHEET.trim_height_mm, SHEET.bleed_mm)
    assert preflight(pdf, spec, minimum_ppi=100) == []


async def test_an_artists_order_is_printed_when_its_artwork_is_approved(
    workshop: Workshop,
) -> None:
    await keep(workshop.log, a_paid_order(method="artist", picture=None))
    await workshop.settle()
    assert PrintJob.Requested not in workshop.happened()
    final = replace(PICTURE, digest=await workshop.files.put(artwork(b"sky")))
    await workshop.do(AttachFinalArtwork(order_id=ORDER, artwork=final))
    await workshop.settle()
    assert (await workshop.now_is(PrintJob, JOB)).state == "printed"


async def test_an_order_is_printed_once(workshop: Workshop) -> None:
    await keep(workshop.log, await a_picture_in(workshop))
    await workshop.do(RequestPrint(order_id=ORDER))
    await workshop.do(RequestPrint(order_id=ORDER))
    assert workshop.happened().count(PrintJob.Requested) == 1


async def test_what_is_not_paid_is_not_printed(workshop: Workshop) -> None:
    await keep(workshop.log, an_order())
    await workshop.do(RequestPrint(order_id=ORDER))
    assert workshop.happened() == [Order.Placed]


async def test_a_cancelled_order_is_not_made(workshop: Workshop) -> None:
    await keep(workshop.log, await a_picture_in(workshop))
    await workshop.react()
    await workshop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    assert await workshop.work(MakePrintFile(order_id=ORDER)) is None


async def test_an_order_cancelled_while_its_file_is_made_is_not_handed_over(
    workshop: Workshop,
) -> None:
    await keep(workshop.log, await a_picture_in(workshop))
    await workshop.react()
    assert await workshop.work(MakePrintFile(order_id=ORDER))
    await workshop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    jobs = [wish.intent for wish in await workshop.react()]
    assert not any(isinstance(job, HandToPrintHouse) for job in jobs)
    assert (await workshop.now_is(Order, ORDER)).state == "cancelled"


async def test_work_that_is_done_is_not_done_again(workshop: Workshop) -> None:
    await keep(workshop.log, await a_picture_in(workshop))
    await workshop.do(RequestPrint(order_id=ORDER))
    make, hand = MakePrintFile(order_id=ORDER), HandToPrintHouse(order_id=ORDER)
    assert await workshop.work(hand) is None
    assert await workshop.work(make)
    assert await workshop.work(make) is None
    assert await workshop.work(hand) is None
    await workshop.react()
    assert isinstance(await workshop.work(hand), RecordHandedOver)
    assert await workshop.work(hand) is None


async def test_a_file_that_is_lost_is_not_said_to_be_handed_over(workshop: Workshop) -> None:
    await keep(workshop.log, await a_picture_in(workshop))
    await workshop.do(RequestPrint(order_id=ORDER))
    await workshop.work(MakePrintFile(order_id=ORDER))
    await workshop.react()
    workshop.files.contents.clear()
    with pytest.raises(FileNotFoundError):
        await workshop.work(HandToPrintHouse(order_id=ORDER))


async def test_artwork_that_cannot_be_printed_is_shown_to_the_workshop(workshop: Workshop) -> None:
    await keep(workshop.log, await a_picture_in(workshop))
    await workshop.do(RequestPrint(order_id=ORDER))
    await workshop.do(refused(MakePrintFile(order_id=ORDER), "PrintFileRefused: 55 ppi"))
    row = the_row(workshop)
    assert (row.state, row.reason) == ("refused", "PrintFileRefused: 55 ppi")
    await workshop.work(MakePrintFile(order_id=ORDER))
    row = the_row(workshop)
    assert (row.state, row.reason) == ("file_made", None)
    assert row.file


async def test_the_workshop_sees_what_was_handed_over(workshop: Workshop) -> None:
    await keep(workshop.log, await a_picture_in(workshop))
    await workshop.settle()
    assert the_row(workshop).state == "printed"


def the_row(workshop: Workshop) -> PrintJobRow:
    row: PrintJobRow | None = None
    for recorded in workshop.log.recorded:
        if print_jobs.wants(recorded):
            row = print_jobs.evolve(row, recorded)
    assert row
    return row


async def test_each_order_has_its_own_print_job(workshop: Workshop) -> None:
    await keep(workshop.log, a_paid_order(), a_paid_order(CUSTOMER))
    await workshop.do(RequestPrint(order_id=ORDER))
    await workshop.do(RequestPrint(order_id=Order.id_of(CUSTOMER)))
    assert workshop.happened().count(PrintJob.Requested) == 2
    assert Order.id_of(DRAFT) == ORDER
