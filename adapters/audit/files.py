"""What is published of the audit chain outside the database: checkpoints, and hashes of events."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from adapters.audit.tree import HASH_BYTES

CHECKPOINTS = "checkpoints"
"""The file of signed notes, the oldest first, with an empty line behind each."""
HASHES = "hashes"
"""The file of the hashes of all events, each of 32 bytes, by position. It is not trusted: it shows
where the log differs, if the checkpoints say that it is right."""
TAIL_BYTES = 65_536
SIGNED = "— "
"""Begins a line of signatures."""


class Overtaken(Exception):
    """Somebody else has written a newer note meanwhile."""


class CheckpointFile:
    """Signed notes in a file that only grows; also a `Noticeboard`, for the second place."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def post(self, note: str) -> None:
        await asyncio.to_thread(self.add, note)

    def follow(self, note: str, *, newest: str | None) -> None:
        """Write a note behind the one that is the newest as far as one knows, durably.

        Raises `Overtaken` if it is not any more, and `OSError`.
        """
        self._write(note, lambda: self.last() == newest)

    def add(self, note: str) -> None:
        """Write a note at the end, durably. Raises `OSError`."""
        self._write(note, lambda: True)

    def _write(self, note: str, is_wanted: Callable[[], bool]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = not self.path.exists()
        with self.path.open("ab+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not is_wanted():
                raise Overtaken
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - TAIL_BYTES))
            whole = _whole(file.read())
            torn = end - max(0, end - TAIL_BYTES) - whole
            if torn:
                # What a crash has left in the middle of a note was never acknowledged.
                file.truncate(end - torn)
            file.write(note.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if fresh:
            _settle(self.path.parent)

    def notes(self) -> Iterator[str]:
        """All notes, the oldest first, and what should be one but lacks a half; none if there is no
        file. What a crash has cut short at the end is left out. Raises `OSError`.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return
        *parts, _torn = content.decode(errors="replace").split("\n\n")
        parts.reverse()
        while parts:
            text = parts.pop()
            if not text.startswith(SIGNED) and parts and parts[-1].startswith(SIGNED):
                yield f"{text}\n\n{parts.pop()}\n"
            elif parts or text.startswith(SIGNED):
                yield text

    def last(self) -> str | None:
        """The newest whole note. Raises `OSError`."""
        try:
            with self.path.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
                content = file.read()
        except FileNotFoundError:
            return None
        parts = content[: _whole(content)].decode(errors="replace").rsplit("\n\n", 3)
        return f"{parts[-3]}\n\n{parts[-2]}\n" if len(parts) > 2 else None


class HashFile:
    """The hash of the event at position n lies at (n - 1) * 32."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, after: int, hashes: Sequence[bytes]) -> None:
        """Put the hashes of the events behind a position into their places, durably.

        Whoever writes them a second time writes the same. Raises `OSError`.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.seek(after * HASH_BYTES)
            file.write(b"".join(hashes))
            file.flush()
            os.fsync(file.fileno())

    def read(self, after: int, until: int) -> bytes:
        """The hashes behind a position up to another, as far as there are any, one behind the
        other. Raises `OSError`.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(after * HASH_BYTES)
                return file.read((until - after) * HASH_BYTES)
        except FileNotFoundError:
            return b""


def _whole(content: bytes) -> int:
    """How much of the content is whole notes."""
    end = len(content)
    while (end := content.rfind(b"\n\n", 0, end)) >= 0:
        start = content.rfind(b"\n\n", 0, end) + 2
        if content.startswith(SIGNED.encode(), start):
            return end + 2
    return 0


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
