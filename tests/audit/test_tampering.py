"""Whatever a superuser does to sealed history is found, and where, by what was published of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import psycopg
import pytest

from adapters.audit.tree import HASH_BYTES
from adapters.postgres.audit import Chain, ChainBroken, LogSource
from adapters.postgres.log import PostgresLog
from tests.audit.sealed import (
    delete,
    edit,
    grown,
    rechain,
    sizes,
    superuser,
    swap,
    verified,
)
from tests.core.parts import archive_some, note, of, small_partitions

SEALED = [10, 20, 30, 40, 50, 60]

WAYS: dict[str, tuple[Callable[[str], None], int, list[int]]] = {
    "edit the payload": (partial(edit, position=34), 34, [10, 20, 30]),
    "edit the very first": (partial(edit, position=1), 1, []),
    "delete in the middle": (partial(delete, first=25, last=26), 25, [10, 20]),
    "delete the newest": (partial(delete, first=58, last=60), 58, SEALED[:-1]),
    "delete all": (partial(delete, first=1, last=60), 1, []),
    "reorder neighbours": (partial(swap, first=13, second=14), 13, [10]),
    "reorder far apart": (partial(swap, first=8, second=57), 8, []),
}
"""What is done, the position that has to be named, and the checkpoints that still hold."""
COLUMNS = {
    "stream_id": "gen_random_uuid()",
    "version": "version + 1000",
    "type": "type || 'x'",
    "schema_version": "schema_version + 1",
    "subject_id": "CASE WHEN subject_id IS NULL THEN stream_id END",
    "metadata": """metadata || '{"actor": "00000000-0000-0000-0000-000000000001"}'""",
    "recorded_at": "recorded_at + interval '1 microsecond'",
}


async def test_an_untouched_log_is_as_it_was_sealed(event_log: PostgresLog, chain: Chain) -> None:
    await grown(event_log, chain)
    report = verified(chain)
    assert (report.is_good, sizes(report.held), report.until) == (True, SEALED, 60)


@pytest.mark.parametrize("way", WAYS)
async def test_each_way_of_tampering_is_found_at_its_first_position(
    event_log: PostgresLog, chain: Chain, database_url: str, way: str
) -> None:
    tamper, position, still = WAYS[way]
    await grown(event_log, chain)
    tamper(database_url)
    report = verified(chain)
    assert (report.first_bad, report.between) == (position, None)
    assert (sizes(report.held), sizes(report.failed)) == (still, SEALED[len(still) :])
    assert f"at {position}" in str(report.fault)


@pytest.mark.parametrize("column", COLUMNS)
async def test_each_column_of_an_event_is_sealed(
    event_log: PostgresLog, chain: Chain, database_url: str, column: str
) -> None:
    await grown(event_log, chain)
    with superuser(database_url) as connection:
        connection.execute(
            f"UPDATE events SET {column} = {COLUMNS[column]} WHERE position = 45".encode()  # noqa: S608  # our own words
        )
    assert verified(chain).first_bad == 45


@pytest.mark.parametrize("way", WAYS)
async def test_rebuilding_the_whole_chain_in_the_database_helps_nobody(
    event_log: PostgresLog, chain: Chain, database_url: str, way: str
) -> None:
    tamper, position, still = WAYS[way]
    await grown(event_log, chain)
    tamper(database_url)
    if not way.startswith("delete"):
        rechain(database_url, chain)
    else:
        with superuser(database_url) as connection:
            connection.execute("DELETE FROM audit_seals WHERE size > %s", (max(still, default=0),))
    report = verified(chain)
    assert (report.first_bad, sizes(report.held)) == (position, still)
    with pytest.raises(ChainBroken):
        chain.seal()


async def test_forged_signatures_in_the_database_are_told(
    event_log: PostgresLog, chain: Chain, database_url: str
) -> None:
    await grown(event_log, chain)
    edit(database_url, 34)
    rechain(database_url, chain)
    [first, *_] = verified(chain).faults
    assert first == "the table audit_seals: checkpoint 1 does not count: no known key has signed it"


async def test_new_events_in_the_place_of_deleted_ones_are_found(
    event_log: PostgresLog, chain: Chain, database_url: str
) -> None:
    await grown(event_log, chain)
    delete(database_url, 56, 60)
    await event_log.append(of(note(readers=9)))
    report = verified(chain)
    assert (report.first_bad, sizes(report.failed)) == (56, [60])


async def test_a_missing_event_is_called_the_first_only_if_those_before_it_are_known(
    event_log: PostgresLog, chain: Chain, database_url: str
) -> None:
    """Who loses the newest events and adds others has hashes that no old checkpoint confirms."""
    await grown(event_log, chain)
    edit(database_url, 54)
    delete(database_url, 58, 60)
    altered = LogSource(database_url=database_url, archive_dir=chain.archive_dir)
    leaves = [leaf for page in altered.hashes(50, 57) for leaf in page]
    assert chain.hashes is not None
    path = chain.hashes.path
    path.write_bytes(path.read_bytes()[: 50 * HASH_BYTES] + b"".join(leaves))
    report = verified(chain)
    assert (report.first_bad, report.between) == (None, (50, 58))


async def test_without_the_published_hashes_the_checkpoints_name_the_range(
    event_log: PostgresLog, chain: Chain, database_url: str
) -> None:
    await grown(event_log, chain)
    edit(database_url, 34)
    assert verified(chain, hashes=None).between == (30, 40)
    data = bytearray(chain.hashes.path.read_bytes())
    data[35 * 32] ^= 1
    chain.hashes.path.write_bytes(data)
    report = verified(chain)
    assert (report.first_bad, report.between) == (None, (30, 40))


async def test_altered_hashes_do_no_harm_to_a_log_that_is_right(
    event_log: PostgresLog, chain: Chain
) -> None:
    await grown(event_log, chain)
    data = bytearray(chain.hashes.path.read_bytes())
    data[35 * 32] ^= 1
    chain.hashes.path.write_bytes(data)
    report = verified(chain)
    assert (sizes(report.held), report.first_bad) == (SEALED, None)
    assert report.faults == ["the published hash of event 36 was altered; the log is right"]


async def test_checkpoints_that_were_cut_off_are_missed(
    event_log: PostgresLog, chain: Chain, database_url: str
) -> None:
    """Who deletes the newest events and their checkpoints has forgotten the second place."""
    await grown(event_log, chain)
    delete(database_url, 51, 60)
    until_50 = chain.checkpoints.path.read_text().split("\n\n")[:10]
    chain.checkpoints.path.write_text("\n\n".join(until_50) + "\n\n")
    with superuser(database_url) as connection:
        connection.execute("DELETE FROM audit_seals WHERE size > 50")
    report = verified(chain)
    assert (report.first_bad, sizes(report.failed)) == (51, [60])
    assert "the newest checkpoints are missing; it ends at 50, others at 60" in report.faults[0]


async def test_one_published_file_is_enough_to_find_everything(
    event_log: PostgresLog, chain: Chain, database_url: str
) -> None:
    await grown(event_log, chain)
    edit(database_url, 34)
    rechain(database_url, chain)
    assert chain.copy is not None
    report = verified(chain, evidence=chain.evidence(chain.copy), hashes=None)
    assert (report.between, report.faults) == ((30, 40), [])


async def test_several_processes_find_what_one_finds(
    event_log: PostgresLog, chain: Chain, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.audit.verifying.CHUNK", 7)
    monkeypatch.setattr("adapters.postgres.audit.verifying.WORTH_PROCESSES", 1)
    await grown(event_log, chain)
    assert verified(chain, processes=2).is_good
    delete(database_url, 33, 33)
    edit(database_url, 39)
    report = verified(chain, processes=2)
    assert (report.first_bad, sizes(report.held)) == (33, [10, 20, 30])


async def test_archived_events_are_compared_too_with_and_without_the_database(
    event_log: PostgresLog, chain: Chain, database_url: str
) -> None:
    small_partitions(database_url, 25)
    await grown(event_log, chain)
    archive_some(database_url, chain.archive_dir)
    assert verified(chain).is_good
    files = LogSource(database_url=None, archive_dir=chain.archive_dir)
    report = verified(chain, source=files)
    assert (sizes(report.held), sizes(report.failed)) == (SEALED[:-1], [60])
    assert report.first_bad == 51  # it is in no file yet


async def test_tampering_with_an_archive_is_found(
    event_log: PostgresLog, chain: Chain, database_url: str
) -> None:
    small_partitions(database_url, 25)
    await grown(event_log, chain)
    edit(database_url, 34)  # who archives it then gives it a digest that is right
    archive_some(database_url, chain.archive_dir)
    assert verified(chain).first_bad == 34
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE log_partitions SET digest = 'x' WHERE first_position = 26")
    report = verified(chain)
    assert "is not the file that was archived" in report.faults[0]
    assert sizes(report.held) == [10, 20]
