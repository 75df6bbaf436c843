"""What is not restored, and what a backup that was interrupted leaves behind: nothing."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import resource
import signal
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.backup.manifest import DIGEST, MANIFEST
from adapters.postgres.backup.shelf import Shelf
from adapters.postgres.log import PostgresLog
from tests.backup.installation import Installation, newest
from tests.core.parts import note, of
from tests.waiting import eventually


@pytest.fixture
async def backups(lived_in: Installation, tmp_path: Path) -> Path:
    """A folder with one backup."""
    await asyncio.to_thread(
        lived_in.did, "backup", tmp_path / "backups", "--keys", tmp_path / "keys"
    )
    return tmp_path / "backups"


def flip(path: Path) -> None:
    """Alter one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def own_files(backups: Path) -> list[Path]:
    """Every file of the newest backup, and those that it shares."""
    own = [path for path in newest(backups).rglob("*") if path.is_file() and path.stat().st_size]
    return sorted([*own, *(backups / "files").glob("??/*")])


def damage(path: Path, how: Callable[[Path], object], *, then: Callable[[], str]) -> str:
    """What is said while a file is damaged; afterwards it is as before."""
    content = path.read_bytes()
    how(path)
    try:
        return then()
    finally:
        path.write_bytes(content)


async def test_a_byte_that_was_altered_in_any_file_is_found_before_anything_is_changed(
    backups: Path, elsewhere: Installation
) -> None:
    def refused() -> str:
        return elsewhere.refused("restore", backups, "--without-keys")

    def operate() -> None:
        files = own_files(backups)
        assert len(files) > 20
        for path in files:
            said = damage(path, flip, then=refused)
            named = MANIFEST if path.name == DIGEST else path.name
            assert f"{named} was altered" in said, (path, said)

    await asyncio.to_thread(operate)
    assert elsewhere.ask("SELECT to_regclass('events')") is None


async def test_a_file_that_is_missing_or_too_much_is_named(
    backups: Path, elsewhere: Installation
) -> None:
    def refused() -> str:
        return elsewhere.refused("restore", backups, "--without-keys")

    def operate() -> None:
        for path in own_files(backups):
            if path.name != MANIFEST:
                said = damage(path, Path.unlink, then=refused)
                assert f"{path.name} is missing" in said, (path, said)
        stray = newest(backups) / "dump" / "9999.dat"
        stray.write_bytes(b"")
        assert "9999.dat does not belong to the backup" in refused()
        (newest(backups) / MANIFEST).unlink()
        assert refused() == f"There is no backup in {backups}."

    await asyncio.to_thread(operate)


async def test_a_database_that_holds_anything_is_refused(
    backups: Path, lived_in: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    def operate() -> None:
        said = lived_in.refused("restore", backups, "--keys", tmp_path / "keys")
        assert said.startswith("The database is not empty, it has ")
        elsewhere.ask("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        assert "is not empty" in elsewhere.refused("restore", backups, "--without-keys")

    before = lived_in.content()
    await asyncio.to_thread(operate)
    assert lived_in.content() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "has the format 2; this release reads the format 1."),
        ({"migrations": ["9999.future"], "release": "9.9"}, "is of a newer release, 9.9, whose"),
        ({"server": "99.1"}, "restore into PostgreSQL 99 or newer."),
        ({"tools": "99.1"}, "PostgreSQL's programs of version 99 or newer are needed"),
        ({"position": "many"}, "is no manifest of a backup"),
    ],
)
async def test_a_backup_of_another_kind_is_refused(
    backups: Path, elsewhere: Installation, change: dict[str, object], said: str
) -> None:
    path = newest(backups) / MANIFEST
    content = json.dumps(json.loads(path.read_bytes()) | change).encode()
    path.write_bytes(content)
    path.with_name(DIGEST).write_text(f"{sha256(content).hexdigest()}  {MANIFEST}\n")
    assert said in await asyncio.to_thread(elsewhere.refused, "restore", backups, "--without-keys")


async def test_keys_that_do_not_fit_are_refused(
    backups: Path, elsewhere: Installation, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"

    def refused(**env: str) -> str:
        return elsewhere.refused("restore", backups, "--keys", keys, **env)

    def operate() -> None:
        other = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
        assert "MASTER_KEY does not open the keys in" in refused(MASTER_KEY=other)
        assert "keys was altered" in damage(keys, flip, then=refused)
        assert "is cut short" in damage(
            keys, lambda path: path.write_bytes(path.read_bytes()[:-90]), then=refused
        )
        assert "is no file of keys" in damage(
            keys, lambda path: path.write_bytes(b""), then=refused
        )
        keys.unlink()
        assert "No such file" in refused()

    await asyncio.to_thread(operate)
    assert elsewhere.ask("SELECT to_regclass('events')") is None


async def test_keys_that_are_older_than_the_backup_are_noticed(
    backups: Path,
    lived_in: Installation,
    elsewhere: Installation,
    event_log: PostgresLog,
    tmp_path: Path,
) -> None:
    await event_log.append(of(note()))

    def operate() -> None:
        lived_in.did("backup", backups)
        said = elsewhere.did("restore", backups, "--keys", tmp_path / "keys")
        assert "1 persons of the log have no key" in said

    await asyncio.to_thread(operate)


@pytest.mark.parametrize("moment", ["dumping", "copying files"])
async def test_a_backup_that_was_killed_leaves_nothing_that_would_be_restored(
    backups: Path, lived_in: Installation, moment: str
) -> None:
    def operate() -> None:
        before = Shelf(backups).names()
        stuck = lived_in.store(b"a file that can't be read to its end")
        with psycopg.connect(lived_in.database_url) as connection:
            if moment == "dumping":
                connection.execute("LOCK TABLE answers IN ACCESS EXCLUSIVE MODE")
            else:
                stuck.unlink()
                os.mkfifo(stuck)
            process = lived_in.started("backup", backups)
            begun = "*.part" if moment == "dumping" else "*.part/dump/toc.dat"
            eventually(lambda: list(backups.glob(begun)), what="the backup to begin")
            process.send_signal(signal.SIGKILL)
            process.wait()
        eventually(lambda: _nobody_dumps(lived_in), what="pg_dump to end")
        assert Shelf(backups).names() == before
        stuck.unlink()
        lived_in.did("backup", backups)
        assert len(Shelf(backups).names()) == 2
        assert not list(backups.rglob("*.part"))
        assert "can be restored." in lived_in.did("backup", "--check", backups)

    await asyncio.to_thread(operate)


async def test_a_restore_that_was_killed_lets_nobody_work_on_half_a_database(
    backups: Path, elsewhere: Installation
) -> None:
    def operate() -> None:
        process = elsewhere.started("restore", backups, "--without-keys")
        eventually(
            lambda: elsewhere.ask(
                "SELECT to_regclass('restoring') IS NOT NULL OR EXISTS ("
                "SELECT FROM pg_namespace WHERE nspname = 'restoring')"
            ),
            what="the restore to begin",
        )
        process.send_signal(signal.SIGKILL)
        process.wait()
        if elsewhere.ask(
            "SELECT obj_description(oid) LIKE '%filled' FROM pg_namespace"
            " WHERE nspname = 'restoring'"
        ):
            assert "are in the database" in elsewhere.did("restore", backups, "--without-keys")
            return
        eventually(lambda: _nobody_dumps(elsewhere), what="pg_restore to end")
        assert "An interrupted restore of" in elsewhere.refused(
            "restore", backups, "--without-keys"
        )
        if elsewhere.ask("SELECT to_regclass('events') IS NOT NULL"):
            assert not elsewhere.ask(
                "SELECT has_table_privilege('polikrami_app', 'events', 'SELECT')"
            )

    await asyncio.to_thread(operate)


async def test_a_full_disk_costs_one_backup_and_no_other(
    backups: Path, lived_in: Installation, event_log: PostgresLog
) -> None:
    for _ in range(30):
        await event_log.append(of(note(readers=90, text=os.urandom(2000).hex())))

    def operate() -> None:
        before = Shelf(backups).names()
        process = lived_in.started("backup", backups)
        # As if only so much room was left: no file grows beyond it.
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (60_000, 60_000))
        assert process.wait() == 2
        assert Shelf(backups).names() == before
        assert "can be restored." in lived_in.did("backup", "--check", backups)

    await asyncio.to_thread(operate)


async def test_two_backups_into_one_folder_do_not_mix(
    backups: Path, lived_in: Installation
) -> None:
    def operate() -> None:
        with (backups / "lock").open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            assert "Another backup is made" in lived_in.refused("backup", backups)
            assert "is being made" in lived_in.refused("backup", "--check", backups)
        both = [lived_in.started("backup", backups) for _ in range(2)]
        ended = sorted(process.wait() for process in both)
        assert ended in ([0, 0], [0, 2])
        assert len(Shelf(backups).names()) == 1 + ended.count(0)

    await asyncio.to_thread(operate)


def _nobody_dumps(installation: Installation) -> bool:
    return bool(
        installation.ask(
            "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name IN ('pg_dump', 'pg_restore')"
        )
    )
