"""`polikrami events check` finds every event that can't be read, names why, and stops at none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest
from msgspec.structs import replace

from adapters.postgres import checking
from adapters.postgres.checking import Check, Fault
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from domain.shared.aggregate import Event
from domain.wallet import Grant, Wallet
from tests.core.letters import Letter
from tests.core.notes import Note
from tests.core.test_log import appending
from tests.core.writing import METADATA, hold
from tests.databases import MASTER_SETTING
from tests.given import NOW
from tests.sources import ROOT

AUTHOR = UUID(int=1)
READ = Note.Read.TOPIC


class Stored:
    """A row as somebody else might have stored it."""

    def __init__(self, event: Event, **changes: Any) -> None:
        self.stream: UUID = changes.get("stream", event.originator_id)
        self.version: int = changes.get("version", event.originator_version)
        self.topic: str = changes.get("topic", event.TOPIC)
        self.schema: int = changes.get("schema", event.class_version)
        self.payload: bytes = changes.get("payload", msgspec.json.encode(event))
        self.metadata: bytes = changes.get("metadata", METADATA)


def store(database_url: str, *rows: Stored) -> None:
    """Append them as the database takes them, whatever they say."""
    with psycopg.connect(database_url) as owner:
        for row in rows:
            parameters = (
                *([1], [row.stream], [row.version], [row.topic], [row.schema], [None]),
                *([row.payload], [row.metadata]),
            )
            told = owner.execute(
                "SELECT conflicting FROM append_events(%s, %s, %s, %s, %s, %s, %s, %s,"
                " NULL, NULL, NULL, NULL)",
                parameters,
            ).fetchone()
            assert told == ([],)


def read(note_id: UUID, version: int) -> Note.Read:
    return Note.Read(originator_id=note_id, originator_version=version, timestamp=NOW, by="Can")


async def a_note(log: PostgresLog) -> UUID:
    """A note that was written and read once: two sound events."""
    note = Note.write(uuid4(), AUTHOR, "Merhaba", now=NOW)
    note.read("Ayşe")
    await log.append(appending(note.collect_events()))
    return note.id


async def faults_of(log: PostgresLog, pool: Pool) -> list[Fault]:
    told: list[tuple[int, int]] = []
    report = await Check(pool, log, lambda done, total: told.append((done, total))).run()
    assert told == sorted(told)
    assert not told or told[-1][0] == told[-1][1]
    return list(report.faults)


async def test_a_sound_log_has_no_faults(event_log: PostgresLog, pool: Pool) -> None:
    for _ in range(3):
        await a_note(event_log)
    wallet = Wallet.open(uuid4(), NOW)
    wallet.grant(uuid4(), Grant(credits=10, credit_class="purchased", origin="purchase"))
    await event_log.append(appending(wallet.collect_events()))
    assert await faults_of(event_log, pool) == []


async def test_an_empty_log_has_no_faults(event_log: PostgresLog, pool: Pool) -> None:
    assert await faults_of(event_log, pool) == []


async def test_a_person_who_was_erased_is_no_fault(event_log: PostgresLog, pool: Pool) -> None:
    await a_note(event_log)
    await event_log._keys.destroy(AUTHOR)
    assert await faults_of(event_log, pool) == []


def stamped(note_id: UUID) -> Letter.Stamped:
    return Letter.Stamped(
        originator_id=note_id, originator_version=3, timestamp=NOW, stamps=("red",)
    )


BROKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"payload": b"{ no JSON"}, READ, "DecodeError: JSON is malformed"),
    ({"payload": b"\xff\xfe"}, READ, "DecodeError"),
    ({"payload": b"{}"}, READ, "ValidationError: Object missing required field"),
    ({"schema": 2}, READ, "NewerShape: it has version 2, and this release knows up to 1"),
    ({"topic": "wallet.mined"}, "wallet.mined", "UnknownKind: this release does not know"),
    ({"metadata": b'{"command": "x"}'}, READ, "metadata: ValidationError: Object missing"),
]


@pytest.mark.parametrize("broken", BROKEN)
async def test_what_can_not_be_read_is_named_once_with_its_position(
    event_log: PostgresLog, pool: Pool, database_url: str, broken: tuple[Any, str, str]
) -> None:
    changes, topic, reason = broken
    note_id = await a_note(event_log)
    store(database_url, Stored(read(note_id, 3), **changes))
    await a_note(event_log)
    [fault] = await faults_of(event_log, pool)
    assert (fault.topic, fault.events, fault.positions) == (topic, 1, [3])
    assert fault.reason.startswith(reason)


async def test_an_event_of_an_old_shape_whose_upcaster_fails_is_named(
    event_log: PostgresLog, pool: Pool, database_url: str
) -> None:
    letter = Letter.post(uuid4(), AUTHOR, "Selam", now=NOW)
    await event_log.append(appending(letter.collect_events()))
    store(database_url, Stored(replace(stamped(letter.id), originator_version=2), schema=1))
    [fault] = await faults_of(event_log, pool)
    assert (fault.reason, fault.positions) == ("KeyError: 'stamp'", [2])


async def test_events_that_do_not_fit_their_stream_are_named(
    event_log: PostgresLog, pool: Pool, database_url: str
) -> None:
    [other, skipped, mixed, again] = [await a_note(event_log) for _ in range(4)]
    first = (await event_log.load(again))[0].event
    orphan = uuid4()
    store(
        database_url,
        Stored(read(uuid4(), 3), stream=other),
        Stored(read(skipped, 7), version=3),
        Stored(stamped(mixed)),
        Stored(replace(first, originator_version=3), payload=_resealed(first)),
        Stored(read(orphan, 1)),
    )
    found = {(each.topic, each.reason): each.positions for each in await faults_of(event_log, pool)}
    assert found == {
        (READ, "it belongs to another stream"): [9],
        (READ, "it does not follow the version before it"): [10],
        ("test_letter.stamped", "it does not happen to a Note"): [11],
        ("test_note.written", "it begins again"): [12],
        (READ, "it does not begin its stream"): [13],
    }


def _resealed(first: Event) -> bytes:
    state = msgspec.to_builtins(first) | {"originator_version": 3, "text": {"sealed": ""}}
    return json.dumps(state).encode()


async def test_an_event_that_the_aggregate_can_not_take_is_named(
    event_log: PostgresLog, pool: Pool, database_url: str
) -> None:
    """A hold on a wallet that was never opened: it can be read, but not replayed."""
    wallet = Wallet.open(uuid4(), NOW)
    await event_log.append(appending(wallet.collect_events()))
    store(database_url, Stored(hold(wallet.id, 2), topic="wallet.hold_captured"))
    [fault] = await faults_of(event_log, pool)
    assert (fault.topic, fault.positions) == ("wallet.hold_captured", [2])


async def test_faults_are_grouped_and_the_first_of_them_named(
    event_log: PostgresLog, pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = [await a_note(event_log) for _ in range(9)]
    store(database_url, *(Stored(read(each, 3), payload=b"{}") for each in notes))
    store(database_url, *(Stored(read(each, 4), topic=f"x.{each}") for each in notes))
    monkeypatch.setattr(checking, "KINDS", 4)
    monkeypatch.setattr(checking, "AT_ONCE", 7)
    found = await faults_of(event_log, pool)
    missing = next(each for each in found if each.topic == READ)
    assert (missing.events, missing.positions) == (9, [19, 20, 21, 22, 23])
    assert len(found) == 5
    assert next(each.events for each in found if each.reason == "further faults") == 6


async def test_memory_stays_flat_however_long_the_log_is(
    event_log: PostgresLog, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "AT_ONCE", 200)
    notes, events, bytes_of_an_event = 250, 50, 1_000

    async def peak(notes: int) -> int:
        for _ in range(notes):
            note = Note.write(uuid4(), AUTHOR, "Merhaba", now=NOW)
            for number in range(1, events):
                note.read(str(number))
            await event_log.append(appending(note.collect_events()))
        tracemalloc.start()
        await faults_of(event_log, pool)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    await peak(10)
    little = await peak(20)
    grown = await peak(notes) - little
    # The ids of a thousand streams may be in memory, and what Python keeps for later; no events.
    assert grown < notes * events * bytes_of_an_event / 10


def check(database_url: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    places = {"DATABASE_URL": database_url, "DATA_DIR": str(data_dir), "COLUMNS": "200"}
    env = os.environ | places | MASTER_SETTING
    command = [sys.executable, "-m", "deploy.cli", "events", "check"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)  # noqa: S603  # ourselves


async def test_the_command_tells_by_its_exit_status(
    event_log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    wallet = Wallet.open(uuid4(), NOW)
    await event_log.append(appending(wallet.collect_events()))
    good = check(database_url, tmp_path)
    assert (good.returncode, "1 events and 1 aggregates can be read" in good.stdout) == (0, True)
    store(database_url, Stored(hold(wallet.id, 2), topic="wallet.mined"))
    bad = check(database_url, tmp_path)
    assert bad.returncode == 1
    assert "wallet.mined" in bad.stdout
    missing = check(database_url.replace(psycopg_name(database_url), "nowhere"), tmp_path)
    assert missing.returncode == 2
    assert missing.stderr.splitlines()[-1].startswith("The database can't be reached")


def psycopg_name(database_url: str) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(database_url)["dbname"])
