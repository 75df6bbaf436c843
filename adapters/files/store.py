"""Files on the local disk, named by the SHA-256 of their content."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

CHUNK_BYTES = 64 * 1024
SETTLED_SECONDS = 900.0
"""After how long it is recorded for whom a file was stored, or never will be."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class NoRoom(OSError):
    """The disk is full or the quota used up; nothing was stored."""


class LocalFileStore:
    """Keeps each content once, as `ab/cd/abcd…`; what is acknowledged is on the disk.

    A file appears under its name only when all of it has been written and flushed, so a crash or a
    full disk leaves at most a forgotten file in `incoming/`, which the next start clears away.
    """

    def __init__(
        self, folder: Path, *, threads: int = 4, settled_seconds: float = SETTLED_SECONDS
    ) -> None:
        self._folder = folder
        self._settled_seconds = settled_seconds
        self._incoming = folder / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="files")

    async def put(self, content: bytes) -> str:
        """Store durably and return the hex digest. Raises `NoRoom`."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._put, content)

    async def get(self, digest: str) -> bytes:
        """The bytes again. Raises `FileNotFoundError`."""
        path = self._path(digest)
        return await asyncio.get_running_loop().run_in_executor(self._threads, path.read_bytes)

    async def stream(self, digest: str) -> AsyncIterator[bytes]:
        """The bytes in chunks of at most 64 KiB. Raises `FileNotFoundError`."""
        loop = asyncio.get_running_loop()
        file = await loop.run_in_executor(self._threads, self._path(digest).open, "rb")
        with file:
            while chunk := await loop.run_in_executor(self._threads, file.read, CHUNK_BYTES):
                yield chunk

    async def remove(self, digest: str) -> bool:
        """Delete the bytes; False if they were stored, perhaps again, only a moment ago."""
        path = self._path(digest)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._remove, path)

    def sweep(self, *, older_than_seconds: float, now: float) -> int:
        """Delete half-written files that a crash left behind and return how many there were.

        `now` is seconds since 1970; younger ones may still be on their way.
        """
        left = list(self._incoming.iterdir())
        stale = [path for path in left if now - path.stat().st_mtime > older_than_seconds]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def close(self) -> None:
        """Let running reads and writes finish and end the threads."""
        self._threads.shutdown()

    def _path(self, digest: str) -> Path:
        # Anything else, such as a path, is simply not there
        if not _DIGEST.fullmatch(digest):
            raise FileNotFoundError(digest)
        return self._folder / digest[:2] / digest[2:4] / digest

    def _remove(self, path: Path) -> bool:
        # Aside first: whoever stores the same bytes from now on writes them anew
        aside = self._incoming / f"{path.name}.leaving"
        try:
            path.replace(aside)
        except FileNotFoundError:
            aside.unlink(missing_ok=True)
            return True
        if time.time() - aside.stat().st_mtime < self._settled_seconds:
            aside.replace(path)
            return False
        aside.unlink()
        _flush_folder(path.parent)
        return True

    def _put(self, content: bytes) -> str:
        digest = sha256(content).hexdigest()
        path = self._path(digest)
        if not _touched(path):
            try:
                self._write(path, content)
            except OSError as error:
                if error.errno in _FULL:
                    raise NoRoom(error.errno, "no room to store the file") from error
                raise
        return digest

    def _write(self, path: Path, content: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=self._incoming)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                temporary.unlink()
            raise
        for folder in (path.parent, path.parent.parent, self._folder):
            _flush_folder(folder)


def _touched(path: Path) -> bool:
    """Whether it is there; if so, from now on as if it had just been stored."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _flush_folder(folder: Path) -> None:
    # A new name survives a power cut only when its folder has been flushed, too
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
