"""Compares the log with the checkpoints that were published of it, and finds where it differs."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor

from msgspec import Struct

from adapters.audit.files import HashFile
from adapters.audit.notes import Checkpoint
from adapters.audit.tree import HASH_BYTES, Frontier
from adapters.postgres.archive.faults import FileUnreadable
from adapters.postgres.archive.partitions import Tell
from adapters.postgres.audit.evidence import Evidence
from adapters.postgres.audit.reading import EventMissing, LogSource

CHUNK = 50_000
"""How many events a process hashes before it hands its hashes over."""
WORTH_PROCESSES = 20 * CHUNK
"""From how many events on it is worth starting processes."""
NICE = 5


class Report(Struct, kw_only=True):
    """How the events behind `after` up to `until` agree with the checkpoints over them.

    `held` and `failed` are checkpoints. `first_bad` is the first position at which the log differs
    from what was sealed. Where that can't be told, `between` names the positions behind which, and
    up to which, it is.
    """

    after: int
    until: int
    held: list[Checkpoint]
    failed: list[Checkpoint]
    faults: list[str]
    first_bad: int | None = None
    between: tuple[int, int] | None = None

    @property
    def is_good(self) -> bool:
        return not self.failed and not self.faults

    @property
    def fault(self) -> str | None:
        """In one sentence for each what is wrong; None if nothing is."""
        told = list(self.faults)
        if self.first_bad is not None:
            told.insert(0, f"the first event that is not as it was sealed is at {self.first_bad}")
        elif self.between is not None:
            low, high = self.between
            told.insert(0, f"an event behind {low} up to {high} is not as it was sealed")
        elif self.failed:
            told.insert(0, f"the checkpoint of {self.failed[0].size} events does not hold")
        return "; ".join(told) or None


class Verification(Struct, frozen=True, kw_only=True):
    """What is compared: events, checkpoints, and the published hashes, if there are any, which are
    believed only as far as checkpoints confirm them.
    """

    source: LogSource
    evidence: Evidence
    hashes: HashFile | None = None
    start: Frontier | None = None
    """Where to begin: a tree that agrees with one of the checkpoints."""
    processes: int = min(4, (os.cpu_count() or 2) // 2)
    """How many hash side by side; PostgreSQL needs a core for each of them."""

    def run(self, tell: Tell) -> Report:
        """Read and compare. Raises `psycopg.Error`; what is missing or damaged is reported."""
        start = self.start or Frontier()
        head, until = self.source.head(), self.evidence.size
        comparing = _Comparing(start, self.evidence, self.hashes)
        bound = min(head, until)
        tell(0, bound - start.size)
        try:
            for leaves in self._leaves(start.size, bound):
                comparing.add(leaves)
                tell(comparing.size - start.size, bound - start.size)
            if head < until:
                raise EventMissing(max(head, start.size) + 1)  # noqa: TRY301  # as if it was read
        except EventMissing as missing:
            comparing.stop(missing.position)
        except FileUnreadable as unreadable:
            comparing.stop(None)
            comparing.report.faults.append(str(unreadable))
        return comparing.report

    def _leaves(self, after: int, until: int) -> Iterator[list[bytes]]:
        if self.processes <= 1 or until - after < WORTH_PROCESSES:
            yield from self.source.hashes(after, until)
            return
        with ProcessPoolExecutor(
            self.processes, multiprocessing.get_context("spawn"), initializer=_yield_to_others
        ) as processes:
            waiting: deque[Future[_Hashed]] = deque()
            ranges = iter(range(after, until, CHUNK))
            try:
                while True:
                    while len(waiting) <= self.processes and (first := next(ranges, -1)) >= 0:
                        last = min(first + CHUNK, until)
                        waiting.append(
                            processes.submit(_hashed, self.source, after=first, until=last)
                        )
                    if not waiting:
                        return
                    yield from waiting.popleft().result().leaves()
            finally:
                processes.shutdown(wait=True, cancel_futures=True)


class _Hashed(Struct, frozen=True):
    """The hashes of a chunk, one behind the other, and why there are no more."""

    data: bytes
    missing: int | None
    unreadable: str | None

    def leaves(self) -> Iterator[list[bytes]]:
        yield _cut(self.data)
        if self.missing is not None:
            raise EventMissing(self.missing)
        if self.unreadable is not None:
            raise FileUnreadable(self.unreadable)


class _Comparing:
    """Grows the tree of the log, and beside it, from where they differ, that of the hashes."""

    def __init__(self, start: Frontier, evidence: Evidence, hashes: HashFile | None) -> None:
        self._tree = start.copy()
        self._due = deque(each for each in evidence.checkpoints if each.size > start.size)
        self._hashes = hashes
        self._told: Frontier | None = None
        self._differs: int | None = None
        self._sound = start.size
        self.report = Report(
            after=start.size, until=start.size, held=[], failed=[], faults=list(evidence.faults)
        )

    @property
    def size(self) -> int:
        return self._tree.size

    def add(self, leaves: Sequence[bytes]) -> None:
        """Compare the next events."""
        place = 0
        while place < len(leaves) and self._due:
            some = leaves[place : place + self._due[0].size - self._tree.size]
            self._compare(some)
            self._tree.extend(some)
            place += len(some)
            while self._due and self._due[0].size == self._tree.size:
                self._judge(self._due.popleft())
        self.report.until = self._tree.size

    def stop(self, missing: int | None) -> None:
        """There is no event at this position, or, without one, what follows can't be read."""
        if not self._due:
            return
        if self.report.first_bad is None and self.report.between is None:
            if self._differs is not None:
                self._blame(self._due[0])
            elif missing is None or self._is_first(missing, self._due[0]):
                self.report.first_bad = missing
            else:
                self.report.between = (self._sound, missing)
        self.report.failed += self._due
        self._due.clear()

    def _is_first(self, missing: int, checkpoint: Checkpoint) -> bool:
        """Whether all events before the missing one are known to be as this checkpoint has them."""
        if self._hashes is None or missing == self._sound + 1:
            return True
        told = self._tree.copy()
        told.extend(_cut(self._hashes.read(told.size, checkpoint.size)))
        return told.root() == checkpoint.root

    def _compare(self, some: Sequence[bytes]) -> None:
        if self._hashes is None:
            return
        after = self._tree.size
        data = self._hashes.read(after, after + len(some))
        if len(data) < len(some) * HASH_BYTES:
            self._hashes = self._told = None
            return
        if self._told is None and data != b"".join(some):
            self._told = self._tree.copy()
            told = zip(some, _cut(data), strict=True)
            self._differs = after + 1 + [ours == theirs for ours, theirs in told].index(False)
        if self._told is not None:
            self._told.extend(_cut(data))

    def _judge(self, checkpoint: Checkpoint) -> None:
        if self._tree.root() == checkpoint.root:
            self.report.held.append(checkpoint)
            self._sound = checkpoint.size
            if self._differs is not None:
                self.report.faults.append(
                    f"the published hash of event {self._differs} was altered; the log is right"
                )
                self._told = self._differs = self._hashes = None
            return
        self.report.failed.append(checkpoint)
        if self.report.first_bad is None and self.report.between is None:
            self._blame(checkpoint)

    def _blame(self, checkpoint: Checkpoint) -> None:
        """Name the position where the hashes differ if this checkpoint confirms them."""
        if self._told is not None and self._hashes is not None:
            told = self._told.copy()
            told.extend(_cut(self._hashes.read(told.size, checkpoint.size)))
            if told.root() == checkpoint.root:
                self.report.first_bad = self._differs
                return
        self.report.between = (self._sound, checkpoint.size)


def _hashed(source: LogSource, *, after: int, until: int) -> _Hashed:
    found: list[bytes] = []
    try:
        for leaves in source.hashes(after, until):
            found += leaves
    except EventMissing as missing:
        return _Hashed(b"".join(found), missing.position, None)
    except FileUnreadable as unreadable:
        return _Hashed(b"".join(found), None, str(unreadable))
    return _Hashed(b"".join(found), None, None)


def _cut(data: bytes) -> list[bytes]:
    return [data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES)]


def _yield_to_others() -> None:
    os.nice(NICE)
