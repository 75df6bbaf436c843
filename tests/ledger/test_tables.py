"""The ledger's tables: as live as rebuilt, and right at every position."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from domain.ledger import CHART
from domain.shared.aggregate import Event
from domain.shared.months import month_at
from domain.wallet import Dated, Grant, Wallet
from projections import replay
from projections.base import AnyReadModel
from projections.ledger import (
    BLOCKS,
    Filter,
    LedgerBlock,
    LedgerEntry,
    LedgerMonth,
    Place,
    account_totals,
    ages_of_holds,
    customer_accounts,
    customer_statement,
    entries_of_event,
    largest_movers,
    ledger_blocks,
    ledger_customers,
    ledger_entries,
    ledger_holds,
    ledger_months,
    ledger_position,
    ledger_statement,
    oldest_holds,
    roll_forward,
    trial_balance,
)
from projections.reads import Reads
from projections.replay import OfRange, bulk
from projections.runner import Projector
from projections.tables import ReadTable
from tests.core.projecting import asked, catch_up
from tests.core.replaying import equals_its_fold, silent, workshop
from tests.given import NOW
from tests.ledger.lives import an_order_paid_and_partly_returned, append, some_lives

MODELS: Sequence[AnyReadModel] = (
    ledger_entries,
    ledger_blocks,
    ledger_months,
    ledger_customers,
    ledger_holds,
)
LATER = datetime(2026, 12, 31, tzinfo=UTC)


@pytest.fixture
def reads(pool: Pool, database_url: str) -> Reads:
    """Queries on the test's database; nobody listens to a projector."""
    return Reads(pool, database_url)


async def all_entries(pool: Pool) -> list[LedgerEntry]:
    """Every line there is, in order."""
    rows = await asked(pool, "SELECT * FROM read.ledger_entries ORDER BY position, line")
    return [ledger_entries.read(row) for row in rows]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
async def test_every_table_is_what_the_log_says_live_and_rebuilt(
    event_log: PostgresLog, pool: Pool, model: AnyReadModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await append(event_log, list(an_order_paid_and_partly_returned(delivered_first=True)))
    await some_lives(event_log, seed=1)
    await catch_up(Projector(pool, event_log, [model]))
    assert await equals_its_fold(pool, event_log, model)
    monkeypatch.setattr(bulk, "EVENTS", 30)
    monkeypatch.setattr(bulk, "PAGE", 7)
    await replay.rebuild(pool, event_log, model=model, tell=silent)
    assert await equals_its_fold(pool, event_log, model)
    assert await asked(pool, f"SELECT count(*) FROM read.{model.name}") > [(0,)]  # noqa: S608  # a model's name


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
async def test_a_part_of_a_table_is_repaired_from_the_log(
    event_log: PostgresLog, pool: Pool, model: AnyReadModel
) -> None:
    head = await some_lives(event_log, seed=2)
    await catch_up(Projector(pool, event_log, [model]))
    await asked(pool, f"DELETE FROM read.{model.table}")  # noqa: S608  # a model's name
    await replay.replay_part(
        workshop(pool, event_log, model), model.name, part=OfRange(1, head), tell=silent
    )
    assert await equals_its_fold(pool, event_log, model)


async def test_balances_at_a_position_are_the_entries_up_to_it(
    event_log: PostgresLog, pool: Pool, reads: Reads
) -> None:
    await append(event_log, list(an_order_paid_and_partly_returned(delivered_first=False)))
    head = await some_lives(event_log, seed=3)
    assert await ledger_position(reads) == 0
    await catch_up(Projector(pool, event_log, MODELS))
    assert await ledger_position(reads) == head
    entries = await all_entries(pool)
    nets: defaultdict[str, Decimal] = defaultdict(Decimal)
    done = 0
    for position in range(head + 1):
        while done < len(entries) and entries[done].position <= position:
            nets[entries[done].account] += entries[done].amount
            done += 1
        balance = await trial_balance(reads, position)
        assert {each.account: each.net for each in balance.accounts if each.net} == {
            account: net for account, net in nets.items() if net
        }
        assert not any(balance.sums().values())
        assert [each.account for each in balance.accounts] == [each.key for each in CHART]
    one = await account_totals(reads, "held_purchased", position=head)
    assert one.net == nets["held_purchased"] == -one.balance
    assert sum(each.entries for each in balance.accounts) == len(entries)


def an_entry(chance: Random, position: int) -> LedgerEntry:
    """A line of some account at a position."""
    account = chance.choice(CHART)
    return LedgerEntry(
        position=position,
        line=1,
        account=account.key,
        unit=account.unit,
        amount=Decimal(chance.randint(-99999, 99999)) / 100,
        movement="paid",
        customer_id=None,
        order_id=None,
        entry_id=None,
        source_id=UUID(int=1),
        topic="test",
        period=month_at(NOW),
        booked_at=NOW,
        effective_on=NOW.date(),
    )


async def test_balances_are_right_wherever_blocks_begin_and_end(
    event_log: PostgresLog, pool: Pool, reads: Reads
) -> None:
    await catch_up(Projector(pool, event_log, [ledger_entries, ledger_blocks]))
    chance = Random(4)  # noqa: S311  # chance that can be repeated
    edges = [n * size + by for size in BLOCKS for n in (1, 2, 3) for by in (-1, 0, 1)]
    places = sorted({*edges, *(chance.randrange(1, 4 << 20) for _ in range(400))})
    entries = [an_entry(chance, position) for position in places]
    parts = [
        LedgerBlock(
            size=size,
            block=each.position // size,
            account=each.account,
            debits=max(each.amount, Decimal(0)),
            credits=max(-each.amount, Decimal(0)),
            entries=1,
        )
        for each in entries
        for size in BLOCKS
    ]
    async with pool.connection() as connection:
        await ReadTable(connection, ledger_entries).insert(entries)
        await ReadTable(connection, ledger_blocks).add(ledger_blocks.totals(parts))
    for position in (*edges, *places[::40], 1 << 30):
        balance = await trial_balance(reads, position)
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for each in entries:
            if each.position <= position:
                sums[each.account] += each.amount
        assert {each.account: each.net for each in balance.accounts} == {
            account.key: sums[account.key] for account in CHART
        }, position


async def test_statements_drill_down_from_totals_to_the_lines_of_an_event(
    event_log: PostgresLog, pool: Pool, reads: Reads
) -> None:
    head = await some_lives(event_log, seed=5)
    await catch_up(Projector(pool, event_log, MODELS))
    entries = await all_entries(pool)
    account = "customer_credits_purchased"
    mine = [each for each in entries if each.account == account][::-1]
    found: list[LedgerEntry] = []
    before: Place | None = None
    while True:
        some = await ledger_statement(reads, Filter(account=account), before=before, limit=7)
        found += some
        if len(some) < 7:
            break
        before = Place(some[-1].period, some[-1].position, some[-1].line)
    assert found == mine
    consumed = Filter(account=account, movement="purchased", period=mine[0].period, until=head // 2)
    assert await ledger_statement(reads, consumed, before=None, limit=1000) == [
        each for each in mine if each.movement == "purchased" and each.position <= head // 2
    ]
    newest = mine[0]
    assert await entries_of_event(reads, newest.position) == [
        each for each in entries if each.position == newest.position
    ]
    bought = next(each for each in entries if each.order_id)
    assert (
        await ledger_statement(reads, Filter(order_id=bought.order_id), before=None, limit=1000)
        == [each for each in entries if each.order_id == bought.order_id][::-1]
    )


async def test_a_customers_statement_carries_the_balance_of_each_account(
    event_log: PostgresLog, pool: Pool, reads: Reads
) -> None:
    await some_lives(event_log, seed=6)
    await catch_up(Projector(pool, event_log, MODELS))
    entries = await all_entries(pool)
    customer = entries[0].customer_id
    assert customer
    nets: defaultdict[str, Decimal] = defaultdict(Decimal)
    expected = []
    for each in entries:
        if each.customer_id == customer:
            nets[each.account] += each.amount
            expected.append((each, nets[each.account]))
    lines, before = [], None
    while some := await customer_statement(
        reads, Filter(customer_id=customer), before=before, limit=9
    ):
        lines += some
        last = some[-1].entry
        before = Place(last.period, last.position, last.line)
    assert [(each.entry, each.net) for each in lines] == expected[::-1]
    accounts = await customer_accounts(reads, customer)
    assert {each.account: each.debits - each.credits for each in accounts} == nets


async def test_a_statement_of_one_month_counts_what_is_posted_to_another_meanwhile(
    event_log: PostgresLog, pool: Pool, reads: Reads
) -> None:
    """A correction that is posted to February between two entries of March."""
    wallet = Wallet.open(UUID(int=77), NOW)
    february = Dated(NOW.date() - timedelta(days=9), "2026-02")
    for number, dated in enumerate((None, february, None), start=1):
        given = Grant(credits=10**number, credit_class="promotional", origin="manual", dated=dated)
        wallet.grant(UUID(int=number), given)
    await append(event_log, [each for each in wallet.collect_events() if isinstance(each, Event)])
    await catch_up(Projector(pool, event_log, MODELS))
    account = "customer_credits_promotional"
    [month] = {each.period for each in await all_entries(pool)} - {"2026-02"}
    for key in (account, None):
        wanted = Filter(customer_id=UUID(int=77), account=key, period=month)
        lines = await customer_statement(reads, wanted, before=None, limit=9)
        assert [each.net for each in lines if each.entry.account == account] == [-1110, -10]


async def test_the_roll_forward_ties_to_the_trial_balance(
    event_log: PostgresLog, pool: Pool, reads: Reads
) -> None:
    head = await some_lives(event_log, seed=7)
    await catch_up(Projector(pool, event_log, MODELS))
    known = {each.account: each for each in (await trial_balance(reads, head)).accounts}
    for credit_class in ("promotional", "purchased"):
        [roll] = await roll_forward(reads, credit_class, since=None, until=None)
        both = [known[f"{key}_{credit_class}"] for key in ("customer_credits", "held")]
        assert roll.closing == sum(each.balance for each in both)
        assert roll.movements.keys() <= {
            "granted",
            "purchased",
            "consumed",
            "refunded",
            "expired",
            "clawed_back",
        }
        moved = roll.movements
        assert moved["consumed"] < 0 < moved["granted"]
    [deferred] = await roll_forward(reads, "deferred_credits", since=None, until=None)
    assert deferred.closing == known["deferred_credits"].balance
    assert deferred.period == month_at(datetime.now(UTC))
    assert await roll_forward(reads, "purchased", since="2999-01", until=None) == []
    assert await roll_forward(reads, "purchased", since=None, until="2020-01") == []


async def test_months_open_with_what_the_month_before_closed_with(
    event_log: PostgresLog, pool: Pool, reads: Reads
) -> None:
    await catch_up(Projector(pool, event_log, [ledger_months]))
    facts = {"account": "customer_credits_purchased", "debits": Decimal(0), "entries": 1}
    rows = [
        LedgerMonth(period="2026-01", movement="purchased", credits=Decimal(500), **facts),  # type: ignore[arg-type]  # facts of all
        LedgerMonth(period="2026-03", movement="purchased", credits=Decimal(100), **facts),  # type: ignore[arg-type]  # facts of all
    ]
    async with pool.connection() as connection:
        await ReadTable(connection, ledger_months).insert(rows)
    january, march = await roll_forward(reads, "purchased", since=None, until=None)
    assert (january.opening, january.closing) == (Decimal(0), Decimal(500))
    assert (march.opening, march.closing) == (Decimal(500), Decimal(600))
    assert march.movements == {"purchased": Decimal(100)}
    assert await roll_forward(reads, "purchased", since="2026-02", until="2026-03") == [march]


async def test_the_largest_movers_come_first(
    event_log: PostgresLog, pool: Pool, reads: Reads
) -> None:
    await some_lives(event_log, seed=8)
    await catch_up(Projector(pool, event_log, MODELS))
    account, period = "customer_credits_purchased", month_at(datetime.now(UTC))
    movers = await largest_movers(reads, account, period=period, limit=3)
    sums: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for each in await all_entries(pool):
        if each.account == account and each.customer_id:
            sums[each.customer_id] += each.amount
    largest = sorted(map(abs, sums.values()), reverse=True)
    assert [abs(each.debits - each.credits) for each in movers] == largest[:3]


async def test_open_holds_are_counted_by_age(
    event_log: PostgresLog, pool: Pool, reads: Reads
) -> None:
    await some_lives(event_log, seed=9)
    await catch_up(Projector(pool, event_log, MODELS))
    holds = await oldest_holds(reads, after=None, limit=100)
    assert holds
    assert [each.held_at for each in holds] == sorted(each.held_at for each in holds)
    after = (holds[0].held_at, holds[0].hold_id)
    assert await oldest_holds(reads, after=after, limit=100) == holds[1:]
    bands = await ages_of_holds(reads, LATER)
    assert [each.minutes for each in bands] == [0, 1, 5, 15, 60]
    assert sum(each.holds for each in bands) == bands[-1].overdue == len(holds)
    [held] = await asked(
        pool, "SELECT -sum(amount) FROM read.ledger_entries WHERE account LIKE 'held%%'"
    )
    assert sum(each.credits for each in bands) == held[0]
