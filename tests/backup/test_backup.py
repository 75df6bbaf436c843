"""What is backed up comes back: as it was at one moment, and nothing that should stay away."""

from __future__ import annotations

import asyncio
import gzip
from collections import Counter
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from adapters.postgres.backup.manifest import read_manifest
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrations import migrate
from tests.backup.installation import Installation, newest
from tests.core.parts import note, of


async def test_a_restored_installation_is_the_one_that_was_backed_up(
    lived_in: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    backups, keys = tmp_path / "backups", tmp_path / "keys"

    def operate() -> None:
        assert "150 events are backed up" in lived_in.did("backup", backups, "--keys", keys)
        said = elsewhere.did("restore", backups, "--keys", keys)
        assert "150 events are as they were sealed." in said
        assert "are not in this database" not in said

    await asyncio.to_thread(operate)
    assert elsewhere.content() == lived_in.content()
    stored, brought = (
        sorted(path.relative_to(each.folder) for path in each.folder.glob("[af]*/**/*.*"))
        for each in (lived_in, elsewhere)
    )
    assert [path for path in stored if "hashes" not in path.name] == brought
    assert elsewhere.audited().is_good
    assert migrate(elsewhere.database_url) == []


async def test_a_restored_log_goes_on_and_stays_guarded(
    lived_in: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    backups, keys = tmp_path / "backups", tmp_path / "keys"
    await asyncio.to_thread(lived_in.did, "backup", backups, "--keys", keys)
    await asyncio.to_thread(elsewhere.did, "restore", backups, "--keys", keys)
    with psycopg.connect(elsewhere.database_url) as connection:
        for change in ("DELETE FROM events", "TRUNCATE answers", "UPDATE audit_seals SET size = 1"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(change)
        connection.execute("SET ROLE polikrami_app")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute("INSERT INTO events SELECT * FROM events")
        assert connection.execute("SELECT count(*) FROM history").fetchone() == (30,)
    elsewhere.seal()
    assert elsewhere.audited().is_good
    verified = await asyncio.to_thread(elsewhere.did, "projections", "verify", "all")
    assert "wallet_balances: 0 rows equal their fold at position 150." in verified


async def test_a_backup_is_of_one_moment_however_busy_the_log_is(
    installation: Installation,
    elsewhere: Installation,
    event_log: PostgresLog,
    tmp_path: Path,
) -> None:
    acknowledged: list[int] = []
    busy, enough = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        while not enough.is_set():
            acknowledged.append(await event_log.append(of(note(readers=3))))
            if len(acknowledged) > 20:
                busy.set()

    writers = [asyncio.create_task(write()) for _ in range(4)]
    await busy.wait()
    before = max(acknowledged)
    await asyncio.to_thread(
        installation.did, "backup", tmp_path / "backups", "--keys", tmp_path / "keys"
    )
    enough.set()
    await asyncio.gather(*writers)
    position = read_manifest(newest(tmp_path / "backups")).position
    assert before <= position <= max(acknowledged)
    await asyncio.to_thread(
        elsewhere.did, "restore", tmp_path / "backups", "--keys", tmp_path / "keys"
    )
    restored, was = elsewhere.content()[0], installation.content()[0]
    assert restored == was[:position]
    versions = Counter(stream for _, stream, *_ in restored)
    assert {row[0]: row[1] for row in elsewhere.content()[1]} == versions


async def test_a_backup_holds_no_keys_and_nothing_that_can_be_read_of_persons(
    installation: Installation, event_log: PostgresLog, tmp_path: Path
) -> None:
    await event_log.append(of(note(text="Ayşe'nin sırrı")))
    await asyncio.to_thread(installation.did, "projections", "rebuild", "all")
    await asyncio.to_thread(installation.did, "backup", tmp_path / "backups")
    content = b"".join(
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in (tmp_path / "backups").rglob("*")
        if path.is_file()
    )
    wrapped = installation.ask("SELECT wrapped_key FROM vault.person_keys LIMIT 1")
    assert b"note.written" in content
    assert wrapped.hex().encode() not in content
    assert wrapped not in content
    for encoded in ("sırrı".encode(), b"s\\u0131rr\\u0131", "sırrı".encode("utf-16-le")):
        assert encoded not in content
    assert b"CREATE TABLE read." not in content


async def test_files_are_copied_once_and_kept_as_long_as_a_backup_has_them(
    lived_in: Installation, tmp_path: Path
) -> None:
    backups = tmp_path / "backups"

    def operate() -> None:
        lived_in.did("backup", backups)
        assert "0.0 MB of files that were not there yet" in lived_in.did("backup", backups)
        gone = lived_in.store(b"a picture")
        gone.unlink()
        lived_in.store(b"another picture")
        lived_in.did("backup", backups)
        names = {path.name for path in (backups / "files").glob("??/*")}
        assert gone.name in names
        said = lived_in.did("backup", backups, "--keep", "1")
        assert said.count("was removed.") == 3
        left = {path.name for path in (backups / "files").glob("??/*")}
        assert names - left == {gone.name}
        assert "can be restored." in lived_in.did("backup", "--check", backups)

    await asyncio.to_thread(operate)


async def test_work_that_was_under_way_is_due_again_or_waits_for_a_decision(
    lived_in: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    lived_in.ask(
        "INSERT INTO jobs (job_id, queue, kind, body, state, due_at, leased_until, leased_by)"
        " VALUES (gen_random_uuid(), 'mail', 'SendMail', '{}', 'leased', now() - interval '1 s',"
        " now() + interval '1 day', 'gone'), (gen_random_uuid(), 'mail', 'SendMail', '{}', 'due',"
        " now() + interval '1 day', NULL, NULL) RETURNING 1"
    )
    standing = "SELECT string_agg(state, ' ' ORDER BY due_at) FROM jobs"

    def operate() -> None:
        lived_in.did("backup", tmp_path / "backups", "--keys", tmp_path / "keys")
        said = elsewhere.did(
            "restore", tmp_path / "backups", "--keys", tmp_path / "keys", "--hold-work"
        )
        assert "1 jobs are parked" in said

    await asyncio.to_thread(operate)
    assert elsewhere.ask(standing) == "parked due"


async def test_a_damaged_stored_file_does_not_keep_the_rest_from_being_backed_up(
    lived_in: Installation, tmp_path: Path
) -> None:
    lived_in.store(b"yet another picture").write_bytes(b"something else")

    def operate() -> None:
        result = lived_in.polikrami("backup", tmp_path / "backups")
        assert result.exit_code == 1
        assert "is damaged and was left out." in result.output
        assert "can be restored." in lived_in.did("backup", "--check", tmp_path / "backups")

    await asyncio.to_thread(operate)


async def test_the_age_of_backups_is_told(lived_in: Installation, tmp_path: Path) -> None:
    kinds = "SELECT string_agg(kind, ' ' ORDER BY backup_id) FROM backups"

    def operate() -> None:
        lived_in.did("backup", tmp_path / "backups", "--keys", tmp_path / "keys")
        lived_in.did("backup", "--check", tmp_path / "backups")

    await asyncio.to_thread(operate)
    assert lived_in.ask(kinds) == "log keys check"


def test_nothing_is_done_without_saying_where(installation: Installation) -> None:
    assert "Say a folder" in installation.refused("backup")
    assert "Say the folder" in installation.refused("backup", "--check", "--keys", "x")
    assert "Say --keys" in installation.refused("restore", f"/nowhere/{uuid4()}")
    assert "There is no folder" in installation.refused(
        "restore", f"/nowhere/{uuid4()}", "--without-keys"
    )
