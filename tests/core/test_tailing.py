"""Whoever follows the log sees every event, in order, whatever many processes write meanwhile."""

from __future__ import annotations

from adapters.postgres.log import PostgresLog
from tests.core.tailing import tail_while_others_write

EVENTS = 60_000


async def test_a_reader_sees_each_event_of_several_processes_once_and_in_order(
    event_log: PostgresLog, database_url: str
) -> None:
    run = await tail_while_others_write(event_log, database_url, events=EVENTS, processes=3)
    assert run.written.conflicts > 0, "nobody was in anybody's way"
    assert run.written.commands < run.written.events, "no command had several events"
    assert run.seen.missed == 0
    assert run.head == run.seen.position == run.seen.events == run.written.events >= EVENTS
    assert run.seen.checksum == run.written.checksum
