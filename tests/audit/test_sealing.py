"""The sealer goes on where it stopped, disturbs nobody, and signs nothing that is not as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from prometheus_client import REGISTRY
from psycopg.errors import InsufficientPrivilege

from adapters.audit.files import CheckpointFile
from adapters.audit.notes import SigningKey, Verifiers
from adapters.audit.tree import leaf_hash, root_of
from adapters.memory import MemoryNoticeboard
from adapters.postgres.audit import Chain, ChainBroken, LogSource
from adapters.postgres.audit.leaves import Entry
from adapters.postgres.leader import Leadership
from adapters.postgres.log import PostgresLog
from application.ports import Noticeboard
from tests.audit.sealed import KEY, edit, grown, sizes, superuser, verified
from tests.core.parts import note, of
from tests.waiting import eventually
from workers.sealing import Sealing

WHOLE = (
    "SELECT position, stream_id, version, type, schema_version, subject_id, recorded_at, payload,"
    " metadata::text FROM events ORDER BY position"
)
ANOTHER_ROOT = (
    "UPDATE audit_seals SET roots = set_byte(roots, 3, get_byte(roots, 3) # 1) WHERE size = %s"
)


def seals(database_url: str) -> list[int]:
    """The sizes that the database knows."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT size FROM audit_seals ORDER BY size").fetchall()
    return [size for (size,) in rows]


async def test_what_is_sealed_are_the_canonical_bytes_of_each_event(
    event_log: PostgresLog, chain: Chain, database_url: str
) -> None:
    await grown(event_log, chain, checkpoints=2)
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(WHOLE).fetchall()
    fields = Entry.__struct_fields__
    leaves = [leaf_hash(Entry(**dict(zip(fields, row, strict=True))).canonical) for row in rows]
    source = LogSource(database_url=chain.database_url, archive_dir=chain.archive_dir)
    assert [leaf for some in source.hashes(0, 20) for leaf in some] == leaves
    [_, newest] = chain.evidence().checkpoints
    assert newest.root == root_of(leaves)
    assert chain.hashes.read(0, 20) == b"".join(leaves)


async def test_a_sealer_that_was_interrupted_goes_on_from_what_it_published(
    event_log: PostgresLog, chain: Chain, database_url: str
) -> None:
    await grown(event_log, chain, checkpoints=3)
    with superuser(database_url) as connection:  # as if the last two commits had not happened
        connection.execute("DELETE FROM audit_seals WHERE size > 10")
    assert chain.seal().size == 30
    assert seals(database_url) == [10, 30]
    assert chain.seal().note is None
    await grown(event_log, chain, checkpoints=1)
    assert verified(chain).is_good


async def test_two_who_seal_at_once_publish_nothing_that_contradicts(
    event_log: PostgresLog, chain: Chain
) -> None:
    for _ in range(4):
        await event_log.append(of(note(readers=50)))
        await asyncio.gather(*(asyncio.to_thread(chain.seal) for _ in range(4)))
    assert verified(chain).is_good


def cut(chain: Chain, _url: str) -> None:
    notes = chain.checkpoints.path.read_text().split("\n\n")
    chain.checkpoints.path.write_text("\n\n".join(notes[:-3]) + "\n\n")


def lost(chain: Chain, _url: str) -> None:
    chain.checkpoints.path.unlink()


def tail_deleted(_chain: Chain, database_url: str) -> None:
    with superuser(database_url) as connection:
        connection.execute("DELETE FROM events WHERE position > 27")


def state_forged(_chain: Chain, database_url: str) -> None:
    with superuser(database_url) as connection:
        connection.execute(ANOTHER_ROOT, (30,))


def state_damaged(_chain: Chain, database_url: str) -> None:
    with superuser(database_url) as connection:
        connection.execute("UPDATE audit_seals SET roots = 'x' WHERE size = 30")


def signed_by_another(chain: Chain, _url: str) -> None:
    other = SigningKey(bytes([9] * 32))
    newest = chain.checkpoints.last() or ""
    chain.checkpoints.add(other.signed(newest.partition("\n\n")[0] + "\n"))


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (cut, "ends at 20 events, but 30 were sealed"),
        (lost, "ends at 0 events, but 30 were sealed"),
        (tail_deleted, "event 28 is missing; 30 were sealed"),
        (state_forged, "of 30 events, does not hold"),
        (state_damaged, "newest row of audit_seals is wrong"),
        (signed_by_another, "does not count: no known key has signed it"),
    ],
)
async def test_nothing_is_signed_that_does_not_continue_what_was_published(
    event_log: PostgresLog,
    chain: Chain,
    database_url: str,
    *,
    harm: Callable[[Chain, str], None],
    why: str,
) -> None:
    await grown(event_log, chain, checkpoints=3)
    harm(chain, database_url)
    with pytest.raises(ChainBroken, match=why):
        chain.seal()


async def test_keys_change_and_what_the_old_one_signed_still_counts(
    event_log: PostgresLog, chain: Chain
) -> None:
    await grown(event_log, chain, checkpoints=2)
    new = SigningKey(bytes([5] * 32))
    fields = {name: getattr(chain, name) for name in chain.__struct_fields__}
    fields |= {"key": new, "verifiers": Verifiers([new.verifier, KEY.verifier])}
    after = Chain(**fields)
    await grown(event_log, after, checkpoints=2)
    assert sizes(verified(after).held) == [10, 20, 30, 40]
    assert "no known key" in verified(chain).faults[0]


async def test_sealing_runs_beside_appends_and_seals_each_of_them(
    event_log: PostgresLog, chain: Chain
) -> None:
    appended = 0

    async def client() -> None:
        nonlocal appended
        for _ in range(60):
            await event_log.append(of(note()))
            appended += 4

    async def sealer() -> None:
        while (await asyncio.to_thread(chain.seal)).size < 8 * 60 * 4:
            pass

    await asyncio.gather(sealer(), *(client() for _ in range(8)))
    report = verified(chain)
    assert (report.is_good, report.until) == (True, appended)
    assert len(report.held) > 1


async def test_controls_are_due_by_the_clock_and_remember_what_they_found(
    event_log: PostgresLog, chain: Chain, database_url: str
) -> None:
    sealing = Sealing(chain, MemoryNoticeboard())
    await grown(event_log, chain, checkpoints=2)
    whole = await sealing.control()
    assert whole
    assert (whole.after, whole.until, whole.is_good) == (0, 20, True)
    await grown(event_log, chain, checkpoints=1)
    assert await sealing.control() is None
    _passes(database_url, hours=2)
    new = await sealing.control()
    assert new
    assert (new.after, new.until, sizes(new.held)) == (20, 30, [30])
    edit(database_url, 5)
    _passes(database_url, hours=24)
    found = await sealing.control()
    assert found
    assert found.first_bad == 5
    assert _told("audit_failed", by="control") == 1
    assert await Sealing(chain, MemoryNoticeboard()).control() is None
    assert _told("audit_failed", by="control") == 1  # also told by whoever takes over
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT until, first_bad, fault FROM audit_controls").fetchall()
    assert rows[-1][:2] == (30, 5)


async def test_a_control_of_what_is_new_begins_at_a_state_that_a_checkpoint_confirms(
    event_log: PostgresLog, chain: Chain, database_url: str
) -> None:
    await grown(event_log, chain, checkpoints=3)
    assert chain.control(after=20).after == 20
    with superuser(database_url) as connection:
        connection.execute(ANOTHER_ROOT, (20,))
    assert chain.control(after=20).after == 0


async def test_the_sealer_tells_how_far_it_is_and_copies_each_checkpoint(
    event_log: PostgresLog, chain: Chain
) -> None:
    board = MemoryNoticeboard()
    sealing = Sealing(chain, board)
    for _ in range(2):
        await event_log.append(of(note()))
        await sealing.seal()
    assert board.notes == list(chain.checkpoints.notes())
    assert (_told("audit_sealed_position"), _told("audit_lag_seconds")) == (8, 0)
    board.broken, before = True, _told("audit_copies_failed_total")
    await event_log.append(of(note()))
    assert (await sealing.seal()).size == 12
    assert _told("audit_copies_failed_total") == before + 1
    chain.checkpoints.path.unlink()
    with pytest.raises(ChainBroken):
        await sealing.seal()
    assert _told("audit_failed", by="sealer") == 1


async def test_the_sealer_runs_while_it_leads(event_log: PostgresLog, chain: Chain) -> None:
    board = MemoryNoticeboard()
    await event_log.append(of(note()))
    leadership = Leadership(chain.database_url, "sealer")
    running = asyncio.create_task(leadership.lead(Sealing(chain, board).run))
    try:
        await asyncio.to_thread(eventually, lambda: board.notes and chain.controls())
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert verified(chain).is_good


@pytest.fixture(params=["memory", "file"])
def board(request: pytest.FixtureRequest, tmp_path: Path) -> Noticeboard:
    """Each kind of noticeboard."""
    return MemoryNoticeboard() if request.param == "memory" else CheckpointFile(tmp_path / "copy")


async def test_a_noticeboard_keeps_all_notes_in_their_order(board: Noticeboard) -> None:
    notes = [KEY.signed(f"a text\nof {number}\n") for number in range(3)]
    for each in notes:
        await board.post(each)
    kept = board.notes if isinstance(board, MemoryNoticeboard) else list(_notes(board))
    assert kept == notes


async def test_the_running_system_adds_to_the_chain_and_changes_nothing_in_it(
    event_log: PostgresLog, chain: Chain, database_url: str
) -> None:
    await grown(event_log, chain, checkpoints=1)
    chain.control()
    for url in (database_url, chain.database_url):
        for table, column in (("audit_seals", "note"), ("audit_controls", "fault")):
            for change in (f"UPDATE {table} SET {column} = ''", f"DELETE FROM {table}"):  # noqa: S608  # our own words
                with psycopg.connect(url) as connection, pytest.raises(InsufficientPrivilege):
                    connection.execute(change.encode())


def _notes(board: Noticeboard) -> Iterator[str]:
    assert isinstance(board, CheckpointFile)
    return board.notes()


def _passes(database_url: str, *, hours: int) -> None:
    """Make all controls older."""
    with superuser(database_url) as connection:
        connection.execute(
            "UPDATE audit_controls SET finished_at = finished_at - make_interval(hours => %s)",
            (hours,),
        )


def _told(metric: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(metric, labels) or 0.0
