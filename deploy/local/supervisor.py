"""Starts the parts of the system in order, watches them, and stops all of them when it ends."""

from __future__ import annotations

import contextlib
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Protocol

from deploy.faults import SetupFault
from deploy.local.folders import FolderLock, data_folder
from deploy.local.processes import how_it_ended, last_words
from deploy.local.programs import Child, Program

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Part(Protocol):
    """Something that runs in a process: an embedded server or a child program."""

    name: str
    log: Path
    process: subprocess.Popen[bytes] | None

    def stop(self) -> None:
        """End it in good order."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


class Server(Part, Protocol):
    """A part that is reached at an address and is ready when `start` returns."""

    def start(self) -> str:
        """The address."""
        ...


class Supervisor:
    """Holds the data folder and everything started in it."""

    def __init__(self, data_dir: Path, say: Callable[[str], None]) -> None:
        self._data_dir = data_dir
        self._say = say
        self._lock = FolderLock(data_dir / "run.lock")
        self._parts: list[Part] = []
        self._ended: queue.SimpleQueue[Part] = queue.SimpleQueue()
        self._may_interrupt = True
        self._stop_asked = False

    def serve(self, server: Server) -> str:
        """Start an embedded server and return its address."""
        self._parts.append(server)
        address = server.start()
        self._watch(server)
        return address

    def start(self, child: Child) -> None:
        """Start a program and wait until it is ready. Raises `SetupFault` when it never is."""
        program = self._launch(child)
        self._watch(program)
        deadline = time.monotonic() + child.ready_within_seconds
        while child.ready is not None and not child.ready():
            self._refuse_the_dead(wait_seconds=0.05)
            if time.monotonic() > deadline:
                raise SetupFault(
                    f"{child.name} was not ready within {child.ready_within_seconds:g} s; "
                    f"{last_words(program.log)}"
                )

    def finish(self, child: Child) -> None:
        """Run a program to its end. Raises `SetupFault` when it fails."""
        program = self._launch(child)
        assert program.process is not None
        failed = program.process.wait() != 0
        program.finish_log()
        self._parts.remove(program)
        if failed:
            raise SetupFault(
                f"{child.name} failed ({how_it_ended(program.process)}); {last_words(program.log)}"
            )

    def watch(self) -> None:
        """Wait until a part ends by itself, and raise `SetupFault` with what is known of it."""
        while True:
            self._refuse_the_dead(wait_seconds=3600)

    def stop(self) -> None:
        """Stop all parts, the last one first; at a second Ctrl-C the rest is stopped at once."""
        self._may_interrupt = False
        patient = True
        for part in reversed(self._parts):
            try:
                self._may_interrupt = patient
                if patient:
                    part.stop()
                self._may_interrupt = False
            except KeyboardInterrupt:
                self._may_interrupt = patient = False
                self._say("Stopping at once ...")
            if not patient:
                part.kill()
        self._parts.clear()
        self._lock.release()

    def hold(self) -> None:
        """Take the data folder. Raises `SetupFault` if it is closed or in use."""
        data_folder(self._data_dir)
        self._lock.hold()

    def interrupt(self, _number: int, _frame: FrameType | None) -> None:
        """A signal handler; it waits where an interruption would lose sight of a process."""
        self._stop_asked = True
        if self._may_interrupt:
            raise KeyboardInterrupt

    def _launch(self, child: Child) -> Program:
        program = Program(child, logs=self._data_dir / "logs", warn=self._say)
        self._parts.append(program)
        self._may_interrupt = False
        program.start()
        self._may_interrupt = True
        if self._stop_asked:
            raise KeyboardInterrupt
        return program

    def _watch(self, part: Part) -> None:
        process = part.process
        assert process is not None

        def report() -> None:
            process.wait()
            self._ended.put(part)

        threading.Thread(target=report, name=f"{part.name} watch", daemon=True).start()

    def _refuse_the_dead(self, *, wait_seconds: float) -> None:
        try:
            part = self._ended.get(timeout=wait_seconds)
        except queue.Empty:
            return
        if isinstance(part, Program):
            part.finish_log()
        assert part.process is not None
        raise SetupFault(
            f"{part.name} ended by itself ({how_it_ended(part.process)}); {last_words(part.log)}"
        )


def _to_console(line: str) -> None:
    # The terminal may be what ended; stopping goes on without it.
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def supervise(
    data_dir: Path,
    setup: Callable[[Supervisor], None],
    *,
    say: Callable[[str], None] = _to_console,
) -> int:
    """Run `setup`, which starts the parts, then watch them; the exit status of the whole.

    0 after Ctrl-C or SIGTERM; 1 after a `SetupFault`, which is said in one sentence. Whatever
    happens, every part is stopped before this returns. Call it in the main thread.
    """
    supervisor = Supervisor(data_dir, say)
    before = {number: signal.signal(number, supervisor.interrupt) for number in SIGNALS}
    try:
        try:
            supervisor.hold()
            setup(supervisor)
            supervisor.watch()
        except SetupFault as fault:
            say(str(fault))
            return 1
        except KeyboardInterrupt:
            say("Stopping ...")
        return 0
    finally:
        supervisor.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
