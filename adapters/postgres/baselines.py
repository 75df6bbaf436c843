"""States from which loads go on, kept as bytes in a process up to a limit."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from uuid import UUID

from msgspec import Struct
from prometheus_client import Counter, Gauge

LIMIT_BYTES = 32 * 1024 * 1024
OVERHEAD_BYTES = 500
"""About what a baseline takes beside its state."""
DIGEST_BYTES = 16

cached_bytes = Gauge("baseline_cached_bytes", "Memory of the states that loads go on from")
hits = Counter("baseline_hits", "Loads for which a state was in memory")


class Baseline(Struct, frozen=True):
    """The state of one stream at a version, with the position of that version's event.

    `sealed` is the state behind a digest of all of this.
    """

    stream_id: UUID
    shape: str
    version: int
    position: int
    sealed: bytes

    @property
    def state(self) -> memoryview:
        """The state without its digest."""
        return memoryview(self.sealed)[DIGEST_BYTES:]

    @property
    def is_intact(self) -> bool:
        """Whether nothing of it was changed since it was taken."""
        return self.sealed[:DIGEST_BYTES] == self._digest(self.state)

    def holding(self, state: bytes) -> Baseline:
        """The same place in the same stream, with this state."""
        sealed = self._digest(state) + state
        return Baseline(self.stream_id, self.shape, self.version, self.position, sealed)

    def _digest(self, state: bytes | memoryview) -> bytes:
        place = f"{self.stream_id} {self.shape} {self.version} {self.position} "
        digest = hashlib.blake2b(place.encode(), digest_size=DIGEST_BYTES)
        digest.update(state)
        return digest.digest()


class Baselines:
    """The most recently used ones. One that is old only means a longer tail."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._kept: OrderedDict[UUID, Baseline] = OrderedDict()
        self.size_bytes = 0

    def get(self, stream_id: UUID) -> Baseline | None:
        """The stream's baseline, if there is one."""
        baseline = self._kept.get(stream_id)
        if baseline is not None:
            self._kept.move_to_end(stream_id)
            hits.inc()
        return baseline

    def put(self, baseline: Baseline) -> None:
        """Keep it, unless a newer one is here; the least recently used ones make room."""
        kept = self._kept.get(baseline.stream_id)
        if kept is not None and kept.version > baseline.version:
            return
        self.drop(baseline.stream_id)
        if _size(baseline) > self._limit_bytes:
            return
        self._kept[baseline.stream_id] = baseline
        self._grow(_size(baseline))
        while self.size_bytes > self._limit_bytes:
            self.drop(next(iter(self._kept)))

    def drop(self, stream_id: UUID) -> None:
        """Forget what is here of this stream."""
        dropped = self._kept.pop(stream_id, None)
        if dropped is not None:
            self._grow(-_size(dropped))

    def _grow(self, by: int) -> None:
        self.size_bytes += by
        cached_bytes.inc(by)


def _size(baseline: Baseline) -> int:
    return len(baseline.sealed) + OVERHEAD_BYTES
