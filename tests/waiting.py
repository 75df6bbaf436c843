"""Waiting for what real processes do, with a deadline and a reason."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE_SECONDS = 0.05


def eventually(ask: Callable[[], T | None], *, seconds: float = 20, what: str = "it") -> T:
    """The first answer that is true. Fails when there is none in time."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        pause.wait(PAUSE_SECONDS)
