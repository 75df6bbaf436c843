"""A child process under supervision: argv and environment in, a log and a few warnings out."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct, field

from deploy.local.processes import LOG_LIMIT, Launch, end, open_log, spawn

WARNING = re.compile(
    rb"""["']?level["']?\s*[:=]\s*["']?(warning|error|critical|exception)
    |\[(warning|error|critical|exception)\s*\]
    |^\s*(WARNING|ERROR|CRITICAL|FATAL|PANIC)\b
    |^Traceback\ \(most\ recent\ call\ last\)""",
    re.VERBOSE,
)
ANSI = re.compile(rb"\x1b\[[0-9;]*m")


class Child(Struct, frozen=True, kw_only=True):
    """A program to keep running; `env` is laid over our own environment.

    `ready` is asked again and again until it is true; it must answer within a second or two.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    ready_within_seconds: float = 60
    grace_seconds: float = 20


class Program:
    """A running child. Its output goes to `<name>.log`; lines that warn also go to `warn`."""

    def __init__(self, child: Child, *, logs: Path, warn: Callable[[str], None]) -> None:
        self.child = child
        self.name = child.name
        self.log = logs / f"{child.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._warn = warn
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        """Returns at once; whether the child is ready is another question."""
        open_log(self.log).close()
        launch = Launch(argv=self.child.argv, env=os.environ | self.child.env)
        self.process = spawn(launch, subprocess.PIPE)
        self._reader = threading.Thread(target=self._read, name=f"{self.name} log", daemon=True)
        self._reader.start()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL after the child's grace."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self._end(signal.SIGKILL)

    def finish_log(self) -> None:
        """Wait until what the ended child wrote is in its log."""
        if self._reader is not None:
            self._reader.join(2)

    def _end(self, first: signal.Signals) -> None:
        if self.process is not None:
            end(self.process, first=first, patience_seconds=self.child.grace_seconds)
            self.finish_log()
            self.process = None

    def _read(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        log = open_log(self.log)
        with self.process.stdout as output:
            for line in output:
                if log.tell() > LOG_LIMIT:
                    log.close()
                    log = open_log(self.log)
                # A full disk must not stop the reading, or the child would hang in its next line.
                with contextlib.suppress(OSError):
                    log.write(line)
                    log.flush()
                plain = ANSI.sub(b"", line)
                if WARNING.search(plain):
                    self._warn(f"{self.name}: {plain.decode(errors='replace').rstrip()}")
        log.close()
