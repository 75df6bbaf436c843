"""Showing what the demo does: a line for each step that is done, and a bar for the whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

Told = Callable[[str], None]
"""Where a step says what came of it."""


class Steps:
    """The steps of a journey; silent without a console, as in tests."""

    def __init__(self, console: Console | None = None, *, total: int = 0) -> None:
        self._console = console
        self._shown = Progress(
            SpinnerColumn(),
            "{task.description}",
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=console is None,
        )
        self._task = self._shown.add_task("", total=total)

    def __enter__(self) -> Self:
        self._shown.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._shown.stop()

    @contextmanager
    def step(self, what: str) -> Iterator[Told]:
        """Name a step while it is done; call what it gives with what came of it."""
        said: list[str] = []
        self._shown.update(self._task, description=what)
        began = time.monotonic()
        yield said.append
        seconds = time.monotonic() - began
        self._shown.advance(self._task)
        if self._console:
            detail = f": {'; '.join(said)}" if said else ""
            self._shown.console.print(
                f"✓ {what}{detail} ({seconds:.1f} s)", markup=False, highlight=False
            )
