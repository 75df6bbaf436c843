"""Starts processes that do not outlive us, ends them, finds those an earlier run left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import psutil
from msgspec import Struct

from deploy.local.folders import Account

# The kernel's "parent" is a thread: one that lives as long as we do starts everything.
_STARTER = ThreadPoolExecutor(1, "starter")
_TETHER = Path(__file__).with_name("tether.py")
LOG_LIMIT = 10_000_000


class Launch(Struct, frozen=True, kw_only=True):
    """How a process begins, and the signal it gets from the system should we be killed."""

    argv: Sequence[str | Path]
    env: Mapping[str, str]
    account: Account | None = None
    last_signal: signal.Signals = signal.SIGTERM
    cwd: Path | None = None


def spawn(launch: Launch, output: IO[bytes] | int) -> subprocess.Popen[bytes]:
    """Start in a session of its own (so that Ctrl-C reaches only us), output and errors together.

    On Linux the process ends with this one, whatever ends us; elsewhere the next start finds it.
    """
    uid, gid = (-1, -1) if launch.account is None else (launch.account.uid, launch.account.gid)
    tether = [sys.executable, "-I", "-S", _TETHER, launch.last_signal, os.getpid(), uid, gid]
    return _STARTER.submit(
        subprocess.Popen,
        [str(int(a) if isinstance(a, int) else a) for a in (*tether, *launch.argv)],
        env=dict(launch.env),
        cwd=launch.cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ).result()


def end(
    process: subprocess.Popen[bytes], *, first: signal.Signals, patience_seconds: float
) -> None:
    """Ask with `first`, then, out of patience, kill; whatever the process started goes with it."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(first)
    try:
        process.wait(patience_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def end_leftovers(program: str, folder: Path) -> None:
    """End processes called `program` that work in `folder`: an earlier run died and left them."""
    found = [p for p in psutil.process_iter() if _works_in(p, program, folder=folder)]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGKILL):
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        _, found = psutil.wait_procs(found, timeout=5)
        if not found:
            return


def open_log(path: Path) -> IO[bytes]:
    """A log to append to; one that has grown large becomes `<name>.log.1` first."""
    path.parent.mkdir(exist_ok=True, mode=0o700)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def last_lines(path: Path, count: int = 5) -> list[str]:
    """The last lines of a log that are not empty."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 20_000))
        lines = (line.decode(errors="replace").rstrip() for line in file)
        return list(deque((line for line in lines if line), maxlen=count))


def last_words(path: Path) -> str:
    """Where the whole log is, and how it ended."""
    words = "\n".join(f"    {line}" for line in last_lines(path))
    return f"its whole log is {path}" + (f" and ends with:\n{words}" if words else "")


def how_it_ended(process: subprocess.Popen[bytes]) -> str:
    """The exit code or signal in words."""
    code = process.wait()
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def _works_in(process: psutil.Process, program: str, *, folder: Path) -> bool:
    try:
        return process.name().startswith(program) and Path(process.cwd()) == folder
    except (psutil.Error, OSError):
        return False
