"""What follows from a run: items for people, questions about attempts, fees and transfers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from msgspec.structs import replace

from adapters.postgres.log import PostgresLog
from application.bus import Bus, Call, Command, Receipt
from application.ports import Unavailable
from application.settlements import ReceiveSettlement
from application.store import LogUnavailable
from domain.ledger import postings_of
from domain.payments import Due, PaymentAttempt
from domain.settlements import ReturnedFee, Settlement
from domain.shared.aggregate import Event
from domain.shared.four_eyes import Party
from domain.shared.money import Money
from domain.work_items import WorkItem
from tests.ledger.lives import append
from tests.reconciliation.books import MONDAY, Sale, TwoBooks, our_line, their_line
from workers.reconciliation import Reconciliation, Reconciling, running, telling

TUESDAY = MONDAY + timedelta(days=1)
LATER = MONDAY + timedelta(days=10)
ONE = Sale(name="one")
TWO = Sale(name="two", paid=Decimal("55.00"), commission=Decimal("1.36950000"))
KURUS = Decimal("0.01")


def key_of(sale: Sale) -> str:
    """The key of a paid line."""
    return f"p:{our_line(sale).movement_id}"


async def off_by_a_kurus(books: TwoBooks) -> None:
    """Their commission is a kuruş above ours, and they pay out accordingly."""
    books.keep(our_line(ONE))
    books.theirs.rows[MONDAY].append(their_line(ONE, commission=ONE.commission + KURUS))
    books.pay_out(ONE, ONE.net - KURUS, day=TUESDAY)
    books.come_to(TUESDAY + timedelta(days=1))
    await books.run(MONDAY, TUESDAY)


async def resolved(books: TwoBooks, kind: str, *, resolution: str) -> None:
    """A person resolves the item of the first line."""
    item_id = WorkItem.id_of(kind, key_of(ONE))  # type: ignore[arg-type]  # a kind of theirs
    history = await books.log.load(item_id)
    item = None
    for recorded in history:
        item = recorded.event.mutate(item)
    assert isinstance(item, WorkItem)
    item.at(books.clock.now())
    by = Party(
        person_id=UUID(int=9),
        email="fatma@example.org",
        roles=frozenset({"finance"}),
        session_id=None,
    )
    item.resolve(by, resolution, note="Sözleşmeye uygun")
    await append(books.log, [each for each in item.collect_events() if isinstance(each, Event)])
    await books.follow()


async def test_a_difference_is_shown_once_with_all_that_is_known(books: TwoBooks) -> None:
    await off_by_a_kurus(books)
    assert await books.items() == {key_of(ONE): ("recon_mismatch", "open")}
    [opened] = [each for each in await books.happened() if isinstance(each, WorkItem.Opened)]
    assert opened.amount == Money(KURUS)
    assert (opened.order_id, opened.attempt_id) == (ONE.order_id, ONE.attempt_id)
    assert dict(opened.facts)["faults"] == "commission, payout"
    assert dict(opened.facts)["their_commission"] == "2.5"


async def test_running_again_changes_nothing(books: TwoBooks) -> None:
    await off_by_a_kurus(books)
    await books.follow()
    before, lines = await books.log.head(), await books.look()
    outcome = await books.run(MONDAY, TUESDAY)
    assert (outcome.changed, outcome.items) == (0, 0)
    assert await books.log.head() == before
    assert await books.look() == lines


async def test_an_item_lapses_when_both_books_agree_again(books: TwoBooks) -> None:
    await off_by_a_kurus(books)
    books.theirs.rows[MONDAY] = [their_line(ONE)]
    books.theirs.paid_out.clear()
    books.pay_out(ONE, day=TUESDAY)
    await books.run(MONDAY, TUESDAY)
    assert await books.items() == {key_of(ONE): ("recon_mismatch", "lapsed")}


async def test_what_turns_from_aged_to_wrong_is_told_as_that(books: TwoBooks) -> None:
    books.sell(ONE)
    await books.run(MONDAY, LATER)
    assert await books.items() == {key_of(ONE): ("recon_aged", "open")}
    books.pay_out(ONE, "1.00", day=LATER)
    await books.run(LATER)
    await books.follow()
    kinds = await books.reads.rows("SELECT kind, state FROM read.work_items ORDER BY kind")
    assert kinds == [("recon_aged", "lapsed"), ("recon_mismatch", "open")]


async def test_what_a_person_resolved_is_not_shown_again(books: TwoBooks) -> None:
    await off_by_a_kurus(books)
    await resolved(books, "recon_mismatch", resolution="explained")
    await books.run(MONDAY, TUESDAY)
    assert await books.items() == {key_of(ONE): ("recon_mismatch", "resolved")}


async def test_a_booked_difference_is_a_cost_and_only_what_is_added_is_shown(
    books: TwoBooks,
) -> None:
    await off_by_a_kurus(books)
    await resolved(books, "recon_mismatch", resolution="booked")
    [event] = [each for each in await books.happened() if isinstance(each, WorkItem.Resolved)]
    assert {each.account: each.amount for each in postings_of(event)} == {
        "provider_fees": KURUS,
        "receivable_iyzico": -KURUS,
    }
    books.pay_out(ONE, "-0.05", day=TUESDAY)
    await books.run(MONDAY, TUESDAY)
    [again] = [each for each in await books.happened() if isinstance(each, WorkItem.Reopened)]
    assert again.amount == Money.of("0.05")


async def test_very_many_differences_are_one_item_more(
    books: TwoBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "MOST_ITEMS", 3)
    books.sell(*(Sale(name=str(number)) for number in range(5)), by="ours")
    await books.run(MONDAY, LATER)
    items = await books.items()
    assert items["many:iyzico"] == ("recon_mismatch", "lapsed")
    assert sum(kind == "recon_aged" for kind, _ in items.values()) == 5


async def an_attempt(log: PostgresLog, sale: Sale, *, opened_at: datetime) -> PaymentAttempt:
    """An attempt with a page that has expired."""
    due = Due(order_id=sale.order_id, customer_id=UUID(int=5), amount=Money(sale.paid))
    attempt = PaymentAttempt.open(sale.attempt_id, due, now=opened_at)
    attempt.show_form("token", "https://pay.test", expires_at=opened_at + timedelta(minutes=30))
    attempt.at(opened_at + timedelta(hours=2)).expire(opened_at + timedelta(hours=2))
    await append(log, [each for each in attempt.collect_events() if isinstance(each, Event)])
    return attempt


async def test_an_attempt_that_they_have_as_paid_is_asked_about_before_anybody_looks(
    books: TwoBooks,
) -> None:
    await an_attempt(books.log, ONE, opened_at=datetime(2026, 3, 2, 8, tzinfo=UTC))
    await books.follow()
    books.sell(ONE, by="theirs")
    books.come_to(TUESDAY)
    await books.run(MONDAY)
    assert await books.stands() == {"payment tx-one": ("expected", ())}
    asked = [
        each for each in await books.happened() if isinstance(each, PaymentAttempt.OutcomeAsked)
    ]
    assert [(each.asked_by, each.reference) for each in asked] == [
        ("report", f"report of {MONDAY}")
    ]
    assert await books.items() == {}
    books.come_to(LATER)
    await books.run(TUESDAY, LATER - timedelta(days=1))
    assert await books.stands() == {"payment tx-one": ("mismatched", ("not_recorded",))}
    assert [kind for kind, _ in (await books.items()).values()] == ["recon_mismatch"]


async def test_an_attempt_that_was_recorded_late_matches(books: TwoBooks) -> None:
    await an_attempt(books.log, ONE, opened_at=datetime(2026, 3, 2, 8, tzinfo=UTC))
    await books.follow()
    books.sell(ONE, by="theirs")
    books.come_to(TUESDAY)
    await books.run(MONDAY)
    books.keep(our_line(ONE))
    books.pay_out(ONE, day=TUESDAY)
    books.come_to(LATER)
    await books.run(TUESDAY)
    assert await books.stands() == {}


async def test_commission_that_comes_back_with_a_refund_is_booked_and_matches(
    books: TwoBooks,
) -> None:
    books.sell(ONE)
    books.refund(ONE, "40.00", returned="0.99600000")
    books.pay_out(ONE, ONE.net - 40 + Decimal("0.996"), day=TUESDAY)
    await books.run(MONDAY)
    [told] = [each for each in await books.happened() if isinstance(each, ReturnedFee.Told)]
    assert (told.refund_id, told.amount) == (ONE.refund_id(), Decimal("0.99600000"))
    await books.follow()
    await books.run(TUESDAY)
    assert await books.stands() == {}


async def test_transfers_are_told_as_facts_and_corrected_when_the_report_changes(
    books: TwoBooks,
) -> None:
    books.sell(ONE, TWO)
    books.pay_out(ONE, day=TUESDAY)
    books.pay_out(TWO, day=TUESDAY)
    await books.run(MONDAY, TUESDAY)
    [reported] = [each for each in await books.happened() if isinstance(each, Settlement.Reported)]
    assert reported.payout == Money.of(ONE.net + TWO.net)
    assert (reported.reference, reported.day, reported.lines) == ("STL20260303-1", TUESDAY, 2)
    books.theirs.paid_out[TUESDAY].pop()
    await books.run(MONDAY, TUESDAY)
    [corrected] = [
        each for each in await books.happened() if isinstance(each, Settlement.Corrected)
    ]
    assert corrected.payout == Money.of(ONE.net)
    gone = await books.reads.rows("SELECT count(*) FROM recon_payouts WHERE gone_by IS NOT NULL")
    assert gone == [(1,)], "what was read before is kept"
    fetches = await books.reads.rows(
        "SELECT rows, appeared, vanished FROM recon_fetches WHERE report = 'payouts' AND day = %s"
        " ORDER BY fetch_id",
        (TUESDAY,),
    )
    assert fetches[0] == (2, 2, 0)
    assert fetches[-1] == (1, 0, 1)


async def test_a_payout_without_a_reference_is_named_after_its_day(books: TwoBooks) -> None:
    books.sell(ONE)
    books.pay_out(ONE, day=TUESDAY)
    books.theirs.paid_out[TUESDAY] = [
        replace(each, reference="") for each in books.theirs.paid_out[TUESDAY]
    ]
    await books.run(MONDAY, TUESDAY)
    [reported] = [each for each in await books.happened() if isinstance(each, Settlement.Reported)]
    assert reported.reference == "iyzico-2026-03-03"


async def test_a_transfer_that_came_back_is_owed_again_and_shown(books: TwoBooks) -> None:
    books.sell(ONE)
    books.pay_out(ONE, day=TUESDAY, reference="STL-1")
    books.bounce("STL-1", "97.26", day=TUESDAY)
    await books.run(MONDAY, TUESDAY)
    await books.run(MONDAY, TUESDAY)
    assert [type(each) for each in await books.happened() if isinstance(each, Settlement.Bounced)]
    assert (await books.items())["STL-1:2026-03-03"] == ("payout_bounced", "open")


async def test_a_transfer_that_does_not_arrive_is_shown_until_it_does(books: TwoBooks) -> None:
    books.sell(ONE)
    books.pay_out(ONE, day=TUESDAY, reference="STL-1")
    await books.run(MONDAY, TUESDAY)
    await books.follow()
    await books.run(LATER)
    assert (await books.items())["settlement:STL-1"] == ("recon_aged", "open")
    await books.carry_out(
        ReceiveSettlement(
            reference="STL-1",
            amount=Money.of(ONE.net),
            bank_line_id=UUID(int=3),
            booked_on=LATER,
        )
    )
    await books.run(LATER)
    assert (await books.items())["settlement:STL-1"] == ("recon_aged", "lapsed")


async def test_a_transfer_in_another_currency_is_shown_and_not_booked(books: TwoBooks) -> None:
    books.sell(ONE)
    books.pay_out(ONE, day=TUESDAY, reference="STL-E")
    books.theirs.paid_out[TUESDAY] = [
        replace(each, currency="EUR") for each in books.theirs.paid_out[TUESDAY]
    ]
    await books.run(MONDAY, TUESDAY)
    assert ("settlement:STL-E:EUR") in await books.items()
    assert not [each for each in await books.happened() if isinstance(each, Settlement.Reported)]


class Dying(Bus):
    """A bus whose process is killed before its n-th command."""

    left = 0

    async def execute(self, command: Command, call: Call | None = None) -> Receipt:
        self.left -= 1
        if self.left < 0:
            raise LogUnavailable
        return await super().execute(command, call)


@pytest.mark.parametrize("survives", range(6))
async def test_a_run_that_was_killed_is_finished_by_the_next(
    books: TwoBooks, survives: int
) -> None:
    books.sell(ONE, TWO, by="ours")
    books.sell(ONE, by="theirs")
    books.refund(ONE, "10.00", returned="0.249")
    books.pay_out(ONE, day=TUESDAY, reference="STL-1")
    books.bounce("STL-1", "1.00", day=TUESDAY)
    books.come_to(LATER)
    dying = Dying(books.log, {}, clock=books.clock, ids=books.ids)
    dying.left = survives
    killed = Reconciliation(books.pool, books.theirs, bus=dying, clock=books.clock)
    with pytest.raises(LogUnavailable):
        await killed.run(TUESDAY, TUESDAY, late_days=3)
    await books.run(TUESDAY, late_days=3)
    happened = sorted(type(each).__name__ for each in await books.happened())
    assert happened == ["Bounced", "Opened", "Opened", "Opened", "Reported", "Told"]


async def test_each_day_is_reconciled_when_it_is_over(books: TwoBooks) -> None:
    daily = Reconciling(books.reconciliation, books.pool, books.clock)
    assert await daily.due() == []
    books.sell(ONE)
    books.clock.set(datetime(2026, 3, 3, 0, 59, tzinfo=UTC))
    assert await daily.due() == [], "in Istanbul it is a minute before four"
    books.clock.set(datetime(2026, 3, 3, 1, 0, tzinfo=UTC))
    assert await daily.due() == [MONDAY]
    [outcome] = await daily.step()
    assert outcome.looked_at == 1
    assert await daily.due() == []
    books.come_to(date(2026, 3, 6))
    assert len(await daily.step()) == 3


async def test_a_day_that_was_reconciled_by_hand_hides_none_that_was_missed(
    books: TwoBooks,
) -> None:
    daily = Reconciling(books.reconciliation, books.pool, books.clock)
    books.sell(ONE)
    books.come_to(LATER)
    await books.run(LATER - timedelta(days=1), late_days=3)
    due = await daily.due()
    assert due == [MONDAY + timedelta(days=number) for number in range(9)]
    assert len(await daily.step()) == 9
    assert await daily.due() == []


async def test_a_day_that_was_reconciled_too_early_is_reconciled_again(books: TwoBooks) -> None:
    daily = Reconciling(books.reconciliation, books.pool, books.clock)
    books.sell(ONE)
    books.clock.set(datetime(2026, 3, 3, 0, 59, tzinfo=UTC))
    await books.run(MONDAY)
    books.clock.set(datetime(2026, 3, 3, 1, 0, tzinfo=UTC))
    assert await daily.due() == [MONDAY]
    assert len(await daily.step()) == 1
    assert await daily.due() == []


async def test_a_day_that_could_not_be_read_waits_for_the_provider(books: TwoBooks) -> None:
    daily = Reconciling(books.reconciliation, books.pool, books.clock)
    books.sell(ONE)
    books.come_to(TUESDAY)
    books.theirs.down = True
    with pytest.raises(Unavailable):
        await daily.step()
    assert await daily.due() == [MONDAY]
    books.theirs.down = False
    assert len(await daily.step()) == 1


async def test_rows_that_come_late_are_read_with_the_days_after(books: TwoBooks) -> None:
    daily = Reconciling(books.reconciliation, books.pool, books.clock)
    books.sell(ONE, by="ours")
    books.come_to(TUESDAY)
    await daily.step()
    books.sell(ONE, by="theirs")
    books.pay_out(ONE, day=TUESDAY)
    books.come_to(TUESDAY + timedelta(days=1))
    await daily.step()
    assert await books.stands() == {}
    assert running.LATE_DAYS >= 1
