"""Files and mails of somebody who is erased, and what others share with them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from adapters.files.store import LocalFileStore
from adapters.mail import NoLetterbox
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from deploy.mailbox.folder import FolderLetterbox, MailFolder
from domain.assets import Asset, KeptFile
from domain.identity import ErasureRequest
from projections.assets import doomed_files, file_holders
from projections.erasures import erasures
from projections.reads import Reads
from projections.runner import Projector
from tests.core.projecting import catch_up
from tests.erasure.test_forgetting_rows import a_user, record
from tests.files.test_file_store import files_in
from tests.given import NOW

AYSE, BARIS = UUID(int=31), UUID(int=32)


async def test_a_file_is_removed_once_it_is_known_for_whom_it_was(tmp_path: Path) -> None:
    store = LocalFileStore(tmp_path)
    digest = await store.put(b"kapak")
    assert not await store.remove(digest)
    assert await store.get(digest) == b"kapak"
    [path] = files_in(tmp_path)
    os.utime(path, (time.time() - 3600,) * 2)
    assert await store.put(b"kapak") == digest
    assert not await store.remove(digest), "somebody has stored the same just now"
    os.utime(path, (time.time() - 3600,) * 2)
    assert await store.remove(digest)
    with pytest.raises(FileNotFoundError):
        await store.get(digest)
    assert await store.remove(digest), "killed in between, it is removed again"
    assert files_in(tmp_path) == []
    store.close()


async def test_a_removal_that_was_killed_half_way_is_completed(tmp_path: Path) -> None:
    store = LocalFileStore(tmp_path)
    digest = await store.put(b"kapak")
    [path] = files_in(tmp_path)
    path.replace(tmp_path / "incoming" / f"{digest}.leaving")
    assert await store.remove(digest)
    assert files_in(tmp_path) == []
    store.close()


async def test_mails_go_by_their_ids_and_others_stay(tmp_path: Path) -> None:
    folder, ids = MailFolder(tmp_path), [uuid4(), uuid4()]
    for message_id in ids:
        mail = f"Message-ID: <{message_id}@example.com>\r\nSubject: x\r\n\r\nMerhaba\r\n"
        folder.deliver(mail.encode(), ["a@example.com"])
    letters = FolderLetterbox(tmp_path)
    assert await letters.forget([ids[0], uuid4()]) == 1
    assert await letters.forget([ids[0]]) == 0
    [left] = folder.newest_first()
    assert str(ids[1]) in left.message_id
    assert await NoLetterbox().forget(ids) == 0


def an_asset(owner_id: UUID, digest: str) -> Asset:
    file = KeptFile(digest=digest * 64, size_bytes=9, media_type="image/png")
    return Asset.accept(owner_id, file, purpose="artwork", now=NOW)


async def test_files_that_somebody_else_has_too_stay_until_they_are_erased(
    pool: Pool, event_log: PostgresLog, database_url: str
) -> None:
    projector = Projector(pool, event_log, (file_holders, erasures))
    reads = Reads(pool, database_url)
    users = {person: a_user(person, "Biri") for person in (AYSE, BARIS)}
    shared = [an_asset(person, "b") for person in users]
    await record(event_log, *users.values(), an_asset(AYSE, "a"), *shared)
    await catch_up(projector)
    assert await doomed_files(reads, AYSE) == ["a" * 64]
    users[BARIS].erase(ErasureRequest(asked_by="person"), forfeited_credits=0)
    await record(event_log, users[BARIS])
    await catch_up(projector)
    assert await doomed_files(reads, AYSE) == ["a" * 64, "b" * 64]
