"""What the servers that we bring along have in common: one process each, watched at its start."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from deploy.faults import SetupFault
from deploy.local.folders import FolderLock, drop_socket_folder
from deploy.local.processes import end, how_it_ended, last_words


class EmbeddedServer:
    """One server process below `data_dir`; whoever holds its lock is the only one to run it."""

    name: str
    title: str

    def __init__(self, data_dir: Path) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.log = data_dir / "logs" / f"{self.name}.log"
        self._data_dir = data_dir
        self._sockets: Path | None = None
        self._lock = FolderLock(data_dir / f"{self.name}.lock")

    def _end(self, first: signal.Signals, patience_seconds: float) -> None:
        if self.process is not None:
            end(self.process, first=first, patience_seconds=patience_seconds)
            self.process = None
        if self._sockets is not None:
            drop_socket_folder(self._sockets)
        self._lock.release()

    def _await_answer(
        self, answers: Callable[[], bool], *, seconds: float, advice: str = ""
    ) -> None:
        """Recovery after a crash may take long, so the process is watched beside the clock."""
        process = self.process
        assert process is not None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if answers():
                return
            try:
                process.wait(0.01)
            except subprocess.TimeoutExpired:
                continue
            raise SetupFault(
                f"{self.title} ended while starting ({how_it_ended(process)}); "
                f"{advice}{last_words(self.log)}"
            )
        raise SetupFault(f"{self.title} did not answer for {seconds} s; {last_words(self.log)}")
