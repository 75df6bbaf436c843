"""What finance and admins read of entries: the list, and what looks odd, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from adapters.system import jittered_pause
from application.addresses import AddAddress
from application.bus import Bus
from application.manual_entries import ExpireManualEntry, RejectManualEntry, WithdrawManualEntry
from application.store import Append
from domain.identity import Session
from domain.orders import Order, Particulars, number_of
from domain.shared.aggregate import Aggregate, Event, Metadata
from domain.shared.errors import Refusal
from projections.addresses import address_books
from projections.base import AnyReadModel
from projections.entry_report import EntryReport, Likeness, entry_report
from projections.identity import ReadRoles, persons, sessions
from projections.manual_entries import (
    EntryFilter,
    EntryRow,
    manual_entries,
    manual_entry,
    manual_entry_list,
)
from projections.orders import orders
from projections.reads import Reads
from projections.runner import Projector
from tests.drafts.examples import HOME
from tests.given import NOW
from tests.manual_entries.examples import (
    ADMIN,
    AYSE,
    CAN,
    EMRE,
    FATMA,
    OTHER,
    Office,
    approval,
    entry,
    hand,
)
from tests.orders.examples import a_purchase

ALONE = 1_000
FIREFOX, CHROME = "Firefox", "Chrome"


class PostgresOffice(Office):
    """The same office on a real log, with the read models that the report looks at."""

    def __init__(self, pool: Pool, event_log: PostgresLog, reads: Reads) -> None:
        super().__init__()
        self.reads = reads
        models: list[AnyReadModel] = [persons, sessions, manual_entries, orders, address_books]
        self.projector = Projector(pool, event_log, models)
        self.postgres = event_log
        self.buses = [
            Bus(event_log, self._ports, clock=self.clock, ids=self.ids, pause=jittered_pause)
            for _ in range(3)
        ]
        self.bus = self.buses[0]
        self.log = event_log  # type: ignore[assignment]  # keeps the same promises

    async def seen(self) -> None:
        """Let the read models see what happened."""
        while await self.projector.step():
            continue

    async def report(self, **span: object) -> EntryReport:
        """What the report says, of all times unless told."""
        await self.seen()
        since, until = span.get("since"), span.get("until")
        return await entry_report(self.reads, since=since, until=until, alone=ALONE)  # type: ignore[arg-type]  # both are times

    async def listed(self, **wanted: object) -> list[int]:
        """The numbers of the entries that fit."""
        await self.seen()
        rows = await manual_entry_list(
            self.reads,
            EntryFilter(**wanted),  # type: ignore[arg-type]  # fields of the filter
            before=None,
            limit=50,
        )
        return [row.entry_id.int for row in rows]

    async def row(self, number: int = 1) -> EntryRow:
        """One entry as it is read."""
        await self.seen()
        found = await manual_entry(self.reads, UUID(int=number))
        assert found is not None
        return found

    async def logged_in(self, person_id: UUID, address: str, user_agent: str = FIREFOX) -> None:
        """Somebody began a session from there."""
        session = Session.begin(
            Session.Started,
            id=uuid4(),
            now=self.clock.now(),
            person_id=person_id,
            epoch=0,
            token_hash=uuid4().hex,
            expires_at=self.clock.now() + timedelta(days=30),
            user_agent=user_agent,
            address=address,
        )
        await self.happened_to(session)

    async def happened_to(self, aggregate: Aggregate) -> None:
        """Store what an aggregate emitted."""
        events = [each for each in aggregate.collect_events() if isinstance(each, Event)]
        command_id = uuid4()
        facts = Metadata(command_id=command_id, command="Test", correlation_id=command_id)
        await self.postgres.append(Append(events=events, metadata=facts))


@pytest.fixture
async def office(pool: Pool, event_log: PostgresLog, database_url: str) -> PostgresOffice:
    made = PostgresOffice(pool, event_log, Reads(pool, app_url(database_url)))
    await made.projector.prepare()
    await made.open()
    return made


def likeness(who: str, by: str, first: UUID, second: UUID) -> Likeness:
    return Likeness(entry_id=UUID(int=1), who=who, by=by, first_id=first, second_id=second)  # type: ignore[arg-type]  # words of the test


async def test_an_entry_is_read_as_it_stands(office: PostgresOffice) -> None:
    await office.made(5_000)
    waiting = await office.row()
    assert (waiting.state, waiting.needs_second, waiting.decided_by) == ("open", True, None)
    await office.do(approval())
    booked = await office.row()
    assert (booked.state, booked.decided_by, booked.decided_in) == (
        "approved",
        CAN,
        hand(CAN).session_id,
    )
    await office.made(100, number=2)
    alone = await office.row(2)
    assert (alone.state, alone.decided_by, alone.made_in) == (
        "approved",
        None,
        hand(FATMA).session_id,
    )
    assert await manual_entry(office.reads, UUID(int=99)) is None


async def test_entries_are_found_by_whatever_is_asked(office: PostgresOffice) -> None:
    await office.made(100)
    await office.made(5_000, number=2, by=CAN, customer_id=OTHER)
    await office.made(5_000, number=3, reason="campaign")
    await office.do(approval(by=EMRE, number=3))
    office.clock.pass_(days=1)
    await office.made(-50, number=4)
    await office.made(5_000, number=5)
    await office.do(RejectManualEntry(entry_id=UUID(int=5), by=hand(CAN), note="Olmaz"))
    await office.made(5_000, number=6)
    await office.do(WithdrawManualEntry(entry_id=UUID(int=6), by=hand(FATMA)))
    await office.made(5_000, number=7)
    office.clock.pass_(days=8)
    await office.do(ExpireManualEntry(entry_id=UUID(int=7)))
    assert await office.listed() == [7, 6, 5, 4, 3, 2, 1]
    assert await office.listed(state="open") == [2]
    assert await office.listed(state="approved") == [4, 3, 1]
    assert await office.listed(state="expired") == [7]
    assert await office.listed(made_by=CAN) == [2]
    assert await office.listed(decided_by=CAN) == [5]
    assert await office.listed(decided_by=FATMA) == [6]
    assert await office.listed(customer_id=OTHER) == [2]
    assert await office.listed(reason="campaign") == [3]
    assert await office.listed(since=NOW + timedelta(hours=1)) == [7, 6, 5, 4]
    assert await office.listed(until=NOW + timedelta(hours=1), made_by=FATMA) == [3, 1]
    row = await office.row(4)
    page = await manual_entry_list(
        office.reads, EntryFilter(), before=(row.made_at, row.entry_id), limit=2
    )
    assert [each.entry_id.int for each in page] == [3, 2]


async def test_sums_are_told_by_actor_and_reason(office: PostgresOffice) -> None:
    await office.made(100)
    await office.made(200, number=2)
    await office.made(-50, number=3)
    await office.made(5_000, number=4)
    await office.do(approval(number=4))
    await office.made(7_000, number=5)
    report = await office.report()
    told = {(each.person_id, each.reason): each for each in report.actors}
    goodwill = told[FATMA, "goodwill"]
    assert (goodwill.made, goodwill.booked, goodwill.booked_alone) == (4, 3, 2)
    assert (goodwill.given, goodwill.taken) == (5_300, 0)
    assert told[FATMA, "correction"].taken == 50
    (checker,) = report.checkers
    assert (checker.person_id, checker.approved, checker.credits) == (CAN, 1, 5_000)
    assert not (await office.report(until=NOW)).actors
    assert not (await office.report(since=NOW + timedelta(days=1))).actors


async def test_a_maker_who_splits_over_customers_is_reported(office: PostgresOffice) -> None:
    await office.made(600)
    assert not (await office.report()).splits
    office.clock.pass_(hours=20)
    await office.made(600, number=2, customer_id=OTHER)
    (split,) = (await office.report()).splits
    assert (split.of, split.person_id, split.entries, split.credits) == ("maker", FATMA, 2, 1_200)


async def test_makers_who_split_for_one_customer_are_reported(office: PostgresOffice) -> None:
    await office.made(600)
    await office.made(600, number=2, by=CAN)
    (split,) = (await office.report()).splits
    assert (split.of, split.person_id, split.entries, split.credits) == ("customer", AYSE, 2, 1_200)


async def test_a_split_that_went_to_a_second_person_is_reported_too(
    office: PostgresOffice,
) -> None:
    await office.made(700)
    await office.made(700, number=2)
    splits = (await office.report()).splits
    assert {(each.of, each.credits) for each in splits} == {("maker", 1_400), ("customer", 1_400)}


async def test_what_is_days_apart_or_never_booked_is_no_split(office: PostgresOffice) -> None:
    await office.made(600)
    office.clock.pass_(hours=25)
    await office.made(600, number=2, customer_id=OTHER)
    assert not (await office.report()).splits
    await office.made(900, number=3, customer_id=OTHER)
    assert (await office.report()).splits
    await office.do(WithdrawManualEntry(entry_id=UUID(int=3), by=hand(FATMA)))
    assert not (await office.report()).splits


async def test_a_pair_that_always_approves_is_reported(office: PostgresOffice) -> None:
    for number in range(1, 4):
        assert not (await office.report()).pairs
        await office.made(5_000, number=number)
        await office.do(approval(number=number))
    (pair,) = (await office.report()).pairs
    assert (pair.made_by, pair.approved_by, pair.entries, pair.credits) == (FATMA, CAN, 3, 15_000)
    await office.made(5_000, number=4)
    await office.do(approval(number=4, by=EMRE))
    assert not (await office.report()).pairs


async def test_an_account_used_on_the_makers_device_is_reported(office: PostgresOffice) -> None:
    await office.logged_in(FATMA, "192.0.2.7")
    await office.logged_in(AYSE, "192.0.2.7")
    await office.made(100)
    assert (await office.report()).likenesses == [
        likeness("maker_and_customer", "device", FATMA, AYSE)
    ]


async def test_an_account_in_the_makers_network_is_reported(office: PostgresOffice) -> None:
    await office.logged_in(FATMA, "192.0.2.7")
    await office.logged_in(AYSE, "192.0.2.7", CHROME)
    await office.made(100)
    assert (await office.report()).likenesses == [
        likeness("maker_and_customer", "network", FATMA, AYSE)
    ]


async def test_a_checker_on_the_makers_device_is_reported(office: PostgresOffice) -> None:
    await office.logged_in(FATMA, "192.0.2.7")
    await office.made(5_000)
    await office.logged_in(CAN, "192.0.2.7")
    await office.do(approval())
    assert (await office.report()).likenesses == [
        likeness("maker_and_checker", "device", FATMA, CAN)
    ]


async def test_a_checker_on_the_customers_device_is_reported(office: PostgresOffice) -> None:
    await office.logged_in(AYSE, "192.0.2.7")
    await office.logged_in(CAN, "192.0.2.7")
    await office.made(5_000)
    await office.do(approval())
    assert (await office.report()).likenesses == [
        likeness("checker_and_customer", "device", CAN, AYSE)
    ]


async def test_log_ins_long_before_or_after_and_erased_ones_tell_nothing(
    office: PostgresOffice,
) -> None:
    await office.logged_in(FATMA, "192.0.2.7")
    await office.logged_in(AYSE, "192.0.2.7")
    office.clock.pass_(days=8)
    for person_id in (FATMA, AYSE):
        await office.logged_in(person_id, "[erased]", "[erased]")
        await office.logged_in(person_id, "")
    await office.made(100)
    office.clock.pass_(days=2)
    await office.logged_in(FATMA, "192.0.2.8")
    await office.logged_in(AYSE, "192.0.2.8")
    assert not (await office.report()).likenesses


async def test_a_phone_that_two_of_them_gave_is_reported(office: PostgresOffice) -> None:
    for person_id in (FATMA, AYSE):
        address = AddAddress(person_id=person_id, address_id=uuid4(), address=HOME)
        await office.do(address)
    await office.do(
        AddAddress(person_id=OTHER, address_id=uuid4(), address=replace(HOME, phone=""))
    )
    await office.made(100)
    await office.made(100, number=2, customer_id=OTHER)
    assert (await office.report()).likenesses == [
        likeness("maker_and_customer", "phone", FATMA, AYSE)
    ]


async def test_a_tax_number_that_two_of_them_gave_is_reported(office: PostgresOffice) -> None:
    for number, person_id in enumerate((FATMA, AYSE), start=500):
        address = replace(HOME, phone="")
        particulars = Particulars(
            title="Tutunamayanlar",
            author="Oğuz Atay",
            delivery=address,
            billing=address,
            tax_number="1234567890",
        )
        purchase = replace(a_purchase(), draft_id=UUID(int=number))
        order = Order.place(
            person_id,
            purchase,
            number=number_of(UUID(int=number)),
            particulars=particulars,
            now=NOW,
        )
        await office.happened_to(order)
    await office.made(100)
    assert (await office.report()).likenesses == [
        likeness("maker_and_customer", "tax_number", FATMA, AYSE)
    ]


async def test_those_who_hold_a_role_are_found(office: PostgresOffice) -> None:
    await office.take_role(EMRE)
    await office.seen()
    roles = ReadRoles(office.reads)
    assert await roles.holding("finance") == [FATMA, CAN]
    assert await roles.holding("admin") == [ADMIN]


async def test_twenty_checkers_at_once_book_an_entry_once(office: PostgresOffice) -> None:
    await office.made(5_000)

    async def approve(number: int) -> str:
        command = approval(by=(CAN, EMRE)[number % 2])
        try:
            await office.buses[number % 3].execute(command)
        except Refusal as refusal:
            return refusal.code
        return "done"

    outcomes = await asyncio.gather(*map(approve, range(20)))
    assert (outcomes.count("done"), outcomes.count("proposal_closed")) == (10, 10)
    assert await office.available() == 500 + 5_000


async def test_small_entries_at_once_stay_below_the_limit_together(
    office: PostgresOffice,
) -> None:
    commands = [entry(300, number=number) for number in range(1, 13)]
    receipts = await asyncio.gather(
        *(office.buses[number % 3].execute(each) for number, each in enumerate(commands))
    )
    states = [receipt.answer["state"] for receipt in receipts]
    assert (states.count("approved"), states.count("open")) == (3, 9)
    assert await office.available() == 500 + 900
