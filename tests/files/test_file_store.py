"""Files on disk: by content, once, all or nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from adapters.files import LocalFileStore, NoRoom
from adapters.memory import MemoryFileStore
from application.ports import FileStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalFileStore]:
    store = LocalFileStore(tmp_path)
    yield store
    store.close()


@pytest.fixture(params=["disk", "memory"])
def any_store(request: pytest.FixtureRequest, store: LocalFileStore) -> FileStore:
    return store if request.param == "disk" else MemoryFileStore()


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [b"", b"kapak", bytes(200_000)])
async def test_what_was_put_in_comes_out(any_store: FileStore, content: bytes) -> None:
    digest = await any_store.put(content)
    assert digest == sha256(content).hexdigest()
    assert await any_store.get(digest) == content
    chunks = [chunk async for chunk in any_store.stream(digest)]
    assert b"".join(chunks) == content
    assert all(0 < len(chunk) <= 64 * 1024 for chunk in chunks)


@pytest.mark.parametrize("digest", ["0" * 64, "../../etc/passwd", "A" * 64, ""])
async def test_what_is_not_there_is_not_found(any_store: FileStore, digest: str) -> None:
    with pytest.raises(FileNotFoundError):
        await any_store.get(digest)
    with pytest.raises(FileNotFoundError):
        [chunk async for chunk in any_store.stream(digest)]


async def test_the_same_bytes_are_stored_once(store: LocalFileStore, tmp_path: Path) -> None:
    digest = await store.put(b"kapak")
    (path,) = files_in(tmp_path)
    first = path.stat()
    assert await store.put(b"kapak") == digest
    assert files_in(tmp_path) == [tmp_path / digest[:2] / digest[2:4] / digest]
    assert path.stat().st_ino == first.st_ino


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
async def test_no_room_is_said_and_leaves_nothing_behind(
    store: LocalFileStore, tmp_path: Path
) -> None:
    content = bytes(3 * 1024 * 1024)
    with at_most(2 * 1024 * 1024), pytest.raises(NoRoom, match="no room"):
        await store.put(content)
    assert files_in(tmp_path) == []
    digest = await store.put(content)
    assert await store.get(digest) == content


@contextmanager
def at_most(file_bytes: int) -> Iterator[None]:
    """The kernel lets nobody here write longer files."""
    import resource  # noqa: PLC0415 - not on Windows

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_files_a_crash_left_half_written_are_swept(
    store: LocalFileStore, tmp_path: Path
) -> None:
    half = tmp_path / "incoming" / "tmpabc"
    half.write_bytes(b"half")
    digest = await store.put(b"whole")
    written = half.stat().st_mtime
    assert store.sweep(older_than_seconds=60, now=written + 30) == 0
    assert store.sweep(older_than_seconds=60, now=written + 61) == 1
    assert not half.exists()
    assert await store.get(digest) == b"whole"
