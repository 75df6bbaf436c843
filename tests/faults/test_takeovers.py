"""Whoever dies is followed soon: a worker in what it held, the reactor in what it was."""

from __future__ import annotations

import asyncio
import time

import pytest

from deploy.parts import command
from tests.faults.conftest import Town

pytestmark = pytest.mark.fault

WORKER_SECONDS = 20.0
"""Whatever kind of job it is, and however long a try of it may take."""
REACTOR_SECONDS = 2.0

HELD = "SELECT max(leased_by) FROM jobs WHERE kind = 'AskProvider' AND state = 'leased'"
PAID = "SELECT count(*) = 1 FROM events WHERE stream_id = %s AND type = 'order.paid'"
LED = "SELECT count(*) = 1 FROM leaders WHERE role = 'reactor' AND holder NOT IN ('', %s)"
HOLDER = "SELECT holder FROM leaders WHERE role = 'reactor'"


async def test_what_a_killed_worker_held_is_taken_over_within_seconds(town: Town) -> None:
    shopper = town.shopper
    await town.provider("plans", plan="drop")
    order_id = await shopper.order()
    await shopper.pay(order_id)
    await town.provider("faults", call="retrieve", kind="timeout_after_commit")
    await town.sweep(shopper.asked[-1].answer["attempt_id"])
    await town.until(HELD)
    [[holder]] = town.system.query(HELD)
    await town.crash("worker")
    died_at = time.monotonic()
    await town.until(
        "SELECT count(*) = 0 FROM jobs WHERE leased_by = %s AND state = 'leased'", holder
    )
    assert time.monotonic() - died_at < WORKER_SECONDS
    await town.until(PAID, order_id)
    await town.check()


async def test_a_standby_reacts_when_the_reactor_is_killed(town: Town) -> None:
    system = town.system
    standby = system._program(command("standby", "serve", "reactor", env=system.env))
    await asyncio.to_thread(standby.start)
    try:
        await town.until(
            "SELECT count(*) > 0 FROM pg_stat_activity"
            " WHERE application_name LIKE 'polikrami leader%%'"
            " AND query LIKE '%%pg_try_advisory_lock%%'"
        )
        [[holder]] = system.query(HOLDER)
        await asyncio.to_thread(system.kill, "reactor")
        died_at = time.monotonic()
        await town.until(LED, holder)
        assert time.monotonic() - died_at < REACTOR_SECONDS
        await town.shopper.order()
        [[head]] = system.query("SELECT max(position) FROM events")
        await town.until("SELECT position >= %s FROM reactors", head)
    finally:
        system.restart("reactor")
        await asyncio.to_thread(standby.stop)
    await town.check()
