"""When controls run, what is kept of a run, and how people hear that one failed."""

from __future__ import annotations

from uuid import UUID

import pytest
from prometheus_client import REGISTRY

from application.wallet import OpenWallet
from domain.controls import MOST_FINDINGS
from tests.controls.books import Books
from workers.controls import CONTROLS, NotLevel

GONE = "DELETE FROM events WHERE position = 1"


def metric(name: str, control: str) -> float | None:
    """What a gauge says of a control."""
    return REGISTRY.get_sample_value(name, {"name": control})


async def test_every_control_runs_once_and_then_waits_for_its_time(books: Books) -> None:
    await books.follow()
    assert sorted(await books.controlling.step()) == sorted(CONTROLS)
    assert await books.controlling.step() == []
    await books.follow()
    assert await books.controlling.step() == []
    books.clock.pass_(hours=1)
    assert "invoice-numbers" in await books.controlling.step()


async def test_a_fault_raises_the_alarm_and_is_looked_at_again_soon(books: Books) -> None:
    await books.do(OpenWallet(customer_id=UUID(int=1)))
    books.tamper(GONE)
    await books.follow()
    await books.controlling.step()
    assert metric("control_failed", "log-gaps") == 1
    await books.follow()
    books.clock.pass_(minutes=5)
    assert "log-gaps" in await books.controlling.step()


async def test_the_alarm_ends_when_a_run_finds_nothing(books: Books) -> None:
    await books.follow()
    books.tamper("INSERT INTO streams VALUES (gen_random_uuid(), 3, 1000)")
    await books.do(OpenWallet(customer_id=UUID(int=1)))
    await books.follow()
    await books.controlling.step()
    assert metric("control_failed", "log-gaps") == 1
    books.tamper("DELETE FROM streams WHERE version = 3 AND since = 1000")
    books.clock.pass_(hours=2)
    await books.follow()
    await books.controlling.step()
    assert metric("control_failed", "log-gaps") == 0


async def test_tables_that_are_not_level_are_not_compared(books: Books) -> None:
    await books.follow()
    books.tamper("UPDATE projections SET state = 'paused' WHERE name = 'invoices'")
    with pytest.raises(NotLevel, match="invoices"):
        await books.controls.run("invoice-numbers")


async def test_a_control_that_can_not_run_is_overdue(books: Books) -> None:
    await books.follow()
    books.tamper("UPDATE projections SET state = 'paused' WHERE name = 'invoices'")
    await books.controlling.step()
    assert metric("control_overdue", "invoice-numbers") == 0
    books.clock.pass_(hours=10)
    await books.controlling.step()
    assert metric("control_overdue", "invoice-numbers") == 1
    assert metric("control_overdue", "log-gaps") == 0


async def test_a_control_that_breaks_keeps_no_other_from_its_work(books: Books) -> None:
    await books.follow()
    books.tamper("DROP VIEW read.invoices")
    assert sorted({*CONTROLS} - {*await books.controlling.step()}) == ["invoice-numbers"]
    books.clock.pass_(hours=10)
    await books.controlling.step()
    assert metric("control_overdue", "invoice-numbers") == 1


async def test_a_clock_that_was_set_back_silences_no_control(books: Books) -> None:
    await books.follow()
    await books.controlling.step()
    await books.follow()
    books.clock.pass_(hours=-1)
    assert sorted(await books.controlling.step()) == sorted(CONTROLS)


async def test_the_first_run_of_a_day_looks_at_everything_again(books: Books) -> None:
    await books.do(OpenWallet(customer_id=UUID(int=1)))
    await books.follow()
    await books.controlling.step()
    books.tamper("DELETE FROM read.ledger_entries")
    for hours, failed in ((1, 0), (24, 1)):
        books.clock.pass_(hours=hours)
        await books.follow()
        await books.controlling.step()
        assert metric("control_failed", "ledger-coverage") == failed


async def test_all_faults_are_counted_and_the_first_ones_are_kept(books: Books) -> None:
    for person in range(1, 2 * MOST_FINDINGS + 5):
        await books.do(OpenWallet(customer_id=UUID(int=person)))
    books.tamper("DELETE FROM events WHERE mod(position, 2) = 0")
    await books.run("log-gaps")
    standing = await books.standing("log-gaps")
    assert standing.faults > MOST_FINDINGS == len(standing.findings)
    assert standing.last_passed_at is None
