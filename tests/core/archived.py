"""A log with small partitions and a folder of archives; and a process that archives and is killed:
`python -m tests.core.archived <database URL> <folder> <what to be killed at> <how often before>`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from adapters.postgres.archive import archiving
from adapters.postgres.keys import PersonKeys
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url, connection_pool
from adapters.postgres.writer import Writer
from tests.core.notes import Note
from tests.core.parts import archive_some, note, of
from tests.databases import MASTER
from tests.sources import ROOT

CHOSEN = (
    "write_index before",
    "write_index after",
    "settle before",
    "settle after",
    "EventWriter before",
    "settle after again",
    "_read_back before",
    "_read_back after",
    "_mark before",
    "_mark after",
    "let_go before",
    "let_go after",
    "when_free after",
)
"""Where an archiving process is killed: before or after a call of this function."""


@asynccontextmanager
async def log_with_archives(
    pool: Pool, database_url: str, folder: Path
) -> AsyncIterator[PostgresLog]:
    """The log of a database, under a master key that is no secret."""
    writer = Writer(app_url(database_url))
    await writer.start()
    keys = PersonKeys(pool, MASTER)
    yield PostgresLog(pool, writer, keys, archive_dir=folder)
    await writer.stop()


@asynccontextmanager
async def another_log(database_url: str, folder: Path) -> AsyncIterator[PostgresLog]:
    """The same, with connections of its own."""
    async with (
        connection_pool(database_url, name="another", size=2) as pool,
        log_with_archives(pool, database_url, folder) as log,
    ):
        yield log


async def written(log: PostgresLog, notes: int = 50) -> list[Note]:
    """Notes of which each has four events, far from each other in the log."""
    all_notes = [note(readers=0, text=f"Notiz {number} ✉") for number in range(notes)]
    for number in range(4):
        await asyncio.gather(*(log.append(of(each)) for each in all_notes))
        for each in all_notes:
            each.read(f"reader {number}")
    return all_notes


def killed_archiving(database_url: str, folder: Path, moment: str) -> int:
    """Archive in a process of its own that is killed at this moment; its exit status."""
    command = [sys.executable, "-m", __name__, database_url, str(folder), moment]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603  # ourselves


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dying(original: Any, when: str, calls: list[int], *arguments: Any, **named: Any) -> Any:
    calls.append(1)
    wanted = 2 if when.endswith("again") else 1
    if when == "before" and len(calls) == wanted:
        _kill()
    answer = original(*arguments, **named)
    if when != "before" and len(calls) == wanted:
        _kill()
    return answer


if __name__ == "__main__":
    name, _, chosen = sys.argv[3].partition(" ")
    setattr(archiving, name, partial(_dying, getattr(archiving, name), chosen, []))
    archive_some(sys.argv[1], Path(sys.argv[2]))
