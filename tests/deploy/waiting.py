"""Waiting for something that another process does, with a deadline and without guessing a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def eventually(condition: Callable[[], bool], *, within_seconds: float = 10) -> None:
    """Return as soon as `condition` holds; fail when it does not hold in time."""
    deadline = time.monotonic() + within_seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        pause.wait(0.01)
