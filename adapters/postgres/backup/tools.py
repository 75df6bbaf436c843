"""PostgreSQL's own programs, run with the database's password out of sight."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.postgres.backup.faults import BackupRefused

LOOK_SECONDS = 0.25
"""How often it is looked how far a program has come."""


class Tools(Struct, frozen=True):
    """A folder with pg_dump, pg_restore and the others, all of one version such as `18.6`."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def run(
        self,
        program: str,
        *arguments: str | Path,
        database_url: str | None = None,
        look: Callable[[], None] = lambda: None,
    ) -> str:
        """Run a program to its end and return what it printed; `look` is called now and then.

        It is ended when we are. Raises `BackupRefused` with its own words if it fails.
        """
        argv = [str(self.folder / program), *map(str, arguments)]
        env = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
        if database_url is not None:
            place, password = without_password(database_url)
            argv.append(f"--dbname={place}")
            env |= {"PGPASSWORD": password} if password else {}
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            with subprocess.Popen(argv, env=env, stdout=out, stderr=err) as process:  # noqa: S603  (PostgreSQL's own)
                try:
                    _wait(process, look)
                except BaseException:
                    process.kill()
                    raise
            err.seek(0)
            out.seek(0)
            if process.returncode:
                raise BackupRefused(_why(program, err.read(), code=process.returncode))
            return out.read().decode(errors="replace")


def without_password(database_url: str) -> tuple[str, str | None]:
    """Where the database is, as may be seen in a list of processes; and the password."""
    parts = conninfo_to_dict(database_url)
    password = parts.pop("password", None)
    return make_conninfo("", **parts), None if password is None else str(password)


def _wait(process: subprocess.Popen[bytes], look: Callable[[], None]) -> None:
    while True:
        try:
            process.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            look()
        else:
            return


def _why(program: str, said: bytes, *, code: int) -> str:
    lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line or "fatal:" in line]
    last = (errors or lines or ["nothing"])[0].removeprefix(f"{program}: ").rstrip(".")
    how = f"was ended by signal {-code}" if code < 0 else "failed"
    return f"{program} {how}: {last}."
