"""Which of PostgreSQL's programs on this machine fit a server."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from adapters.postgres.backup.tools import Tools
from deploy.faults import SetupFault
from deploy.local.postgres import own_programs

VERSION = re.compile(r"\(PostgreSQL\) (\d+(?:\.\d+)?)")


def fitting(major: int, *, exactly: bool = False) -> Tools:
    """Programs for a server of this major version: the same if there are any, else newer ones
    (unless `exactly`), as older ones can't read what they do not know. Raises `SetupFault`.
    """
    found = sorted(installed(), key=lambda tools: tools.major)
    for tools in found:
        if tools.major == major or (tools.major > major and not exactly):
            return tools
    there = " and ".join(f"{tools.version} in {tools.folder}" for tools in found) or "none"
    needed = f"{major}" if exactly else f"{major} or newer"
    raise SetupFault(
        f"PostgreSQL's programs of version {needed} are needed, and there are: {there};"
        f" install postgresql-client-{major}."
    )


def installed() -> Iterator[Tools]:
    """The programs on PATH, and the wheel's."""
    on_path = shutil.which("pg_dump")
    folders = [Path(on_path).parent if on_path else None, own_programs()]
    for folder in folders:
        if folder is not None and (version := _version(folder / "pg_dump")):
            yield Tools(folder, version)


def _version(program: Path) -> str | None:
    try:
        said = subprocess.run(  # noqa: S603  # PostgreSQL's own
            [program, "--version"], capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return None
    told = VERSION.search(said)
    return told[1] if told else None
