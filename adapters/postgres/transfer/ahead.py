"""Work that is done a step ahead of whoever wants its results."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

STEPS = 2
POLL_SECONDS = 0.2


class _End:
    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class _Unwanted(Exception):
    pass


class _Belt(Generic[T]):
    """What was made and not yet taken."""

    def __init__(self) -> None:
        self.made: queue.Queue[T | _End] = queue.Queue(STEPS)
        self.unwanted = threading.Event()

    def put(self, each: T | _End) -> None:
        while not self.unwanted.is_set():
            with contextlib.suppress(queue.Full):
                return self.made.put(each, timeout=POLL_SECONDS)
        raise _Unwanted

    def fill(self, source: Iterable[T]) -> None:
        with contextlib.suppress(_Unwanted):
            try:
                for each in source:
                    self.put(each)
            except _Unwanted:
                raise
            except BaseException as error:  # noqa: BLE001  # whoever reads gets it
                self.put(_End(error))
            else:
                self.put(_End())


def ahead(source: Iterable[T]) -> Iterator[T]:
    """The same, made in a thread of its own, at most a few steps ahead; it ends with its reader."""
    belt: _Belt[T] = _Belt()
    thread = threading.Thread(target=belt.fill, args=(source,), name="ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(each := belt.made.get(), _End):
            yield each
        if each.error is not None:
            raise each.error
    finally:
        belt.unwanted.set()
        thread.join()
