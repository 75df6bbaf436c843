"""From the money to a printed cover: held orders, silent houses, rejected tickets and reprints."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from adapters.memory_printing import MemoryPrintHouse
from application.orders import CancelOrder, HoldOrder, ReleaseOrder
from application.ports import Unavailable
from application.processes.printing import LOOK_AFTER, OVERDUE_LOOK
from application.production import (
    CancelReprint,
    HandToPrintHouse,
    MakePrintFile,
    MarkSpoiled,
    RecordPrintReport,
    RequestPrint,
    RequestReprint,
    ResumeProduction,
    RetryPrintJob,
)
from application.shipments import RecordParcelStatus
from application.work import Job, Later
from domain.orders import Order
from domain.production import (
    MOST_COPIES,
    AlreadyOnItsWay,
    CopiesExhausted,
    HouseReport,
    NothingToReprint,
    PrintJob,
)
from domain.shipments import Shipment, StatusReport
from domain.work_items import WorkItem
from tests.given import NOW
from tests.production.examples import (
    CUSTOMER,
    ORDER,
    PICTURE,
    Workshop,
    a_paid_order,
    a_workshop,
    artwork,
    keep,
)

ADMIN, HOLD = UUID(int=77), UUID(int=78)
JOB = PrintJob.id_of(ORDER)
REPRINT = RequestReprint(order_id=ORDER, request_id=UUID(int=79), reason="damaged", by=ADMIN)


class Printing(Workshop):
    """A workshop with a print house that tells back."""

    def __init__(self, *, tells_back: bool = True) -> None:
        super().__init__()
        self.at_house = MemoryPrintHouse(tells_back=tells_back)
        self.house = self.at_house

    async def begin(self) -> None:
        """A paid order whose artwork lies in the file store."""
        digest = await self.files.put(artwork(b"red"))
        await keep(self.log, a_paid_order(picture=replace(PICTURE, digest=digest)))

    async def told(self, report: HouseReport, *, copy: int = 0) -> None:
        job_id = PrintJob.id_of(ORDER, copy)
        await self.do(RecordPrintReport(print_job_id=job_id, report=report))
        await self.settle()

    async def time_passes(self, duration: timedelta) -> None:
        """Timers come due, in their order, and what follows is done."""
        end = self.clock.now() + duration
        while due := sorted(
            (wish for wish in self.wanted if isinstance(wish.intent, Later)),
            key=lambda wish: wish.intent.due_at,  # type: ignore[union-attr]  # all are timers
        ):
            timer = due[0].intent
            assert isinstance(timer, Later)
            if timer.due_at > end:
                break
            self.wanted.remove(due[0])
            self.clock.set(timer.due_at)
            await self.do(timer.command)
            await self.settle()
        self.clock.set(end)

    async def job(self, copy: int = 0) -> PrintJob:
        return await self.now_is(PrintJob, PrintJob.id_of(ORDER, copy))

    async def item(self, kind: str) -> str:
        item_id = WorkItem.id_of(kind, str(JOB))  # type: ignore[arg-type]  # one of the kinds
        return (await self.now_is(WorkItem, item_id)).state

    def parcels(self) -> list[UUID]:
        events = [each.event for each in self.log.recorded]
        return [each.originator_id for each in events if isinstance(each, Shipment.Requested)]


@pytest.fixture
async def printing(monkeypatch: pytest.MonkeyPatch) -> Printing:
    a_workshop(monkeypatch)
    printing = Printing()
    await printing.begin()
    return printing


async def test_a_cover_is_shipped_when_the_house_says_that_it_is_printed(
    printing: Printing,
) -> None:
    await printing.settle()
    assert ((await printing.job()).state, printing.parcels()) == ("handed_over", [])
    await printing.told(HouseReport(1, "printing"))
    assert printing.parcels() == []
    await printing.told(HouseReport(1, "printed"))
    assert printing.parcels() == [Shipment.id_of(ORDER)]


async def test_a_spoiled_cover_is_printed_again_and_shipped_once(printing: Printing) -> None:
    await printing.settle()
    await printing.told(HouseReport(1, "spoiled", "colour"))
    assert [ticket.attempt for ticket in printing.at_house.tickets.values()] == [1, 2]
    await printing.told(HouseReport(2, "printed"))
    await printing.told(HouseReport(1, "printed"))
    assert printing.parcels() == [Shipment.id_of(ORDER)]


async def test_a_ticket_that_is_not_taken_waits_for_an_admin(printing: Printing) -> None:
    printing.at_house.refuses = "paper_missing"
    await printing.settle()
    assert (await printing.job()).state == "rejected"
    assert await printing.item("print_rejected") == "open"
    printing.at_house.refuses = ""
    await printing.do(RetryPrintJob(print_job_id=JOB, by=ADMIN))
    await printing.settle()
    assert (await printing.job()).state == "handed_over"
    assert await printing.item("print_rejected") == "lapsed"


async def test_a_house_that_is_away_is_asked_again(printing: Printing) -> None:
    printing.at_house.down = True
    with pytest.raises(Unavailable):
        await printing.settle()
    assert (await printing.job()).state == "file_made"
    printing.at_house.down = False
    await printing.work(HandToPrintHouse(order_id=ORDER))
    assert (await printing.job()).state == "handed_over"


async def test_a_house_that_never_calls_is_asked(printing: Printing) -> None:
    await printing.settle()
    [ticket_id] = printing.at_house.tickets
    await printing.time_passes(LOOK_AFTER[0])
    assert (await printing.job()).state == "handed_over"
    printing.at_house.reports[ticket_id] = HouseReport(1, "printed")
    await printing.time_passes(LOOK_AFTER[1])
    assert (await printing.job()).state == "printed"
    assert printing.parcels() == [Shipment.id_of(ORDER)]
    looks = printing.happened().count(PrintJob.AskedAfter)
    await printing.time_passes(timedelta(days=60))
    assert printing.happened().count(PrintJob.AskedAfter) == looks


async def test_a_house_that_stays_silent_is_looked_after_by_a_person(printing: Printing) -> None:
    await printing.settle()
    await printing.time_passes(sum(LOOK_AFTER[:OVERDUE_LOOK], timedelta()))
    assert await printing.item("print_overdue") == "open"
    await printing.time_passes(timedelta(days=60))
    assert (await printing.job()).looks == len(LOOK_AFTER)
    await printing.told(HouseReport(1, "printed"))
    assert await printing.item("print_overdue") == "lapsed"


async def test_a_held_order_is_not_handed_over_until_it_is_released(printing: Printing) -> None:
    await printing.do(_hold())
    await printing.settle()
    assert (await printing.now_is(Order, ORDER)).state == "paid"
    await _release(printing)
    assert (await printing.job()).state == "handed_over"


async def test_an_order_that_is_held_when_its_file_is_made_waits(printing: Printing) -> None:
    await printing.react()
    await printing.do(_hold())
    await printing.work(MakePrintFile(order_id=ORDER))
    await printing.settle()
    assert (await printing.now_is(Order, ORDER)).state == "paid"
    await _release(printing)
    assert (await printing.job()).state == "handed_over"
    assert len(printing.at_house.tickets) == 1


async def test_an_order_in_production_that_is_held_is_not_handed_over(printing: Printing) -> None:
    await printing.react()
    await printing.work(MakePrintFile(order_id=ORDER))
    await printing.react()
    await printing.do(_hold())
    assert await printing.work(HandToPrintHouse(order_id=ORDER)) is None
    assert printing.at_house.tickets == {}
    await _release(printing)
    assert (await printing.job()).state == "handed_over"


async def test_what_is_still_held_or_was_cancelled_does_not_go_on(printing: Printing) -> None:
    await printing.react()
    await printing.do(_hold())
    head = await printing.log.head()
    await printing.do(ResumeProduction(order_id=ORDER))
    assert await printing.log.head() == head


async def test_nothing_is_handed_over_for_a_cancelled_order(printing: Printing) -> None:
    await printing.react()
    await printing.work(MakePrintFile(order_id=ORDER))
    await printing.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER))
    await printing.settle()
    assert await printing.work(HandToPrintHouse(order_id=ORDER)) is None
    await printing.do(ResumeProduction(order_id=ORDER))
    await printing.settle()
    assert (await printing.job()).state == "cancelled"
    assert printing.at_house.tickets == {}


async def test_a_cancel_that_loses_the_race_changes_nothing(printing: Printing) -> None:
    await printing.settle()
    assert (await printing.now_is(Order, ORDER)).state == "in_production"
    assert not (await printing.now_is(Order, ORDER)).may_move_to("cancelled")
    assert len(printing.at_house.tickets) == 1


async def test_a_reprint_is_a_copy_and_a_parcel_of_its_own(printing: Printing) -> None:
    await printing.settle()
    await printing.refuses(NothingToReprint, REPRINT)
    await printing.told(HouseReport(1, "printed"))
    for _ in range(2):
        await printing.do(REPRINT)
        await printing.settle()
    tickets = [(each.copy, each.reason) for each in printing.at_house.tickets.values()]
    assert tickets == [(0, ""), (1, "damaged")]
    await printing.told(HouseReport(1, "printed"), copy=1)
    assert printing.parcels() == [Shipment.id_of(ORDER), Shipment.id_of(ORDER, 1)]


async def test_nobody_prints_an_order_for_ever(printing: Printing) -> None:
    await printing.settle()
    await printing.told(HouseReport(1, "printed"))
    for number in range(MOST_COPIES):
        await printing.do(replace(REPRINT, request_id=UUID(int=1000 + number)))
    await printing.refuses(CopiesExhausted, replace(REPRINT, request_id=UUID(int=2000)))
    await printing.do(replace(REPRINT, request_id=UUID(int=1007)))


async def test_a_reprint_that_is_given_up_is_called_back(printing: Printing) -> None:
    await printing.settle()
    await printing.told(HouseReport(1, "printed"))
    await printing.do(REPRINT)
    await printing.settle()
    await printing.do(CancelReprint(print_job_id=PrintJob.id_of(ORDER, 1), by=ADMIN))
    await printing.settle()
    ticket_id = PrintJob.ticket_id_of(PrintJob.id_of(ORDER, 1), 1)
    assert printing.at_house.cancelled == {ticket_id}


async def test_what_has_left_is_not_printed_again_under_the_same_name(printing: Printing) -> None:
    await printing.settle()
    await printing.told(HouseReport(1, "printed"))
    shipment = await printing.now_is(Shipment, Shipment.id_of(ORDER))
    assert not shipment.dispatched
    moving = StatusReport(3, "in_transit", NOW)
    await printing.do(RecordParcelStatus(shipment_id=shipment.id, report=moving))
    spoiled = MarkSpoiled(print_job_id=JOB, attempt=1, reason="cut", by=ADMIN)
    await printing.refuses(AlreadyOnItsWay, spoiled)


async def test_jobs_of_earlier_releases_are_understood(printing: Printing) -> None:
    await printing.react()
    jobs: list[Job] = [MakePrintFile(order_id=ORDER), HandToPrintHouse(order_id=ORDER)]
    for job in jobs:
        await printing.work(job)
        await printing.react()
    assert (await printing.job()).state == "handed_over"


def _hold() -> HoldOrder:
    return HoldOrder(order_id=ORDER, hold_id=HOLD, kind="fraud", reason="Kart şüpheli", by=ADMIN)


async def _release(printing: Printing) -> None:
    await printing.do(ReleaseOrder(order_id=ORDER, hold_id=HOLD, by=ADMIN))
    await printing.do(RequestPrint(order_id=ORDER))
    await printing.do(ResumeProduction(order_id=ORDER))
    await printing.settle()
