"""Where local servers keep their data and sockets, who owns it, and that only one of them does."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from deploy.faults import SetupFault

# The longest socket path macOS takes is 103 bytes, Linux 107; PostgreSQL adds its own file name.
LONGEST_SOCKET_FOLDER = 103 - len("/.s.PGSQL.5432")
SHARED_HOME = Path("/var/lib/polikrami")
"""For root: data and programs an unprivileged server must reach when DATA_DIR is closed to it."""


class Account(Struct, frozen=True):
    """A system user that a server runs as."""

    name: str
    uid: int
    gid: int

    @classmethod
    def of(cls, uid: int) -> Account:
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            return cls(str(uid), uid, uid)
        return cls(entry.pw_name, uid, entry.pw_gid)

    def can_run(self, *argv: str | Path) -> bool:
        """Whether this user, and not only we, can run a program."""
        try:
            done = subprocess.run(  # noqa: S603  (our own programs)
                [str(part) for part in argv],
                user=self.uid,
                group=self.gid,
                extra_groups=[],
                capture_output=True,
                check=False,
                cwd="/",
            )
        except OSError:
            return False
        return done.returncode == 0

    def can_enter(self, folder: Path) -> bool:
        """Whether this user may pass through `folder` and everything above it."""
        return self.can_run("/bin/sh", "-c", 'test -x "$1"', "sh", folder)


def unprivileged(existing: Path) -> Account | None:
    """Who must run a server that refuses root: the owner of `existing` data, else `nobody`.

    None when we are not root: then it runs as ourselves.
    """
    if os.geteuid() != 0:
        return None
    if existing.exists() and existing.stat().st_uid != 0:
        return Account.of(existing.stat().st_uid)
    return Account.of(pwd.getpwnam("nobody").pw_uid)


def data_folder(folder: Path) -> Path:
    """Make `folder` if needed, closed to others, and prove that we can write into it."""
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True)
            # Root's servers run as another user, who may pass through but not look around.
            folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SetupFault(
            f"The data folder {folder} can't be written ({error.strerror}); "
            "give it to this user or set DATA_DIR to another folder"
        ) from None
    return folder


@contextmanager
def temporary_data_folder() -> Iterator[Path]:
    """A data folder for tests; those pytest makes are closed to the user root's servers run as."""
    folder = Path(tempfile.mkdtemp(prefix="polikrami-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def socket_folder(data_dir: Path, name: str, *, account: Account | None) -> Path:
    """A private folder for the sockets of server `name`, with a path short enough for a socket."""
    owner = os.geteuid() if account is None else account.uid
    mark = hashlib.sha256(str(data_dir).encode()).hexdigest()[:10]
    # TMPDIR may itself be too long or closed to the server's user, so it is not asked.
    elsewhere = Path("/tmp") / f"polikrami-{owner}-{mark}"  # noqa: S108  (owner is checked below)
    for parent in (data_dir / "run", elsewhere):
        folder = parent / name
        if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
            continue
        parent.mkdir(exist_ok=True, mode=0o711)
        _must_be_ours(parent, owner)
        if account is not None and not account.can_enter(parent):
            continue
        folder.mkdir(exist_ok=True, mode=0o700)
        _must_be_ours(folder, owner)
        give(folder, account)
        return folder
    raise SetupFault(f"{data_dir} is no place for sockets; set DATA_DIR to a shorter, open path")


def drop_socket_folder(folder: Path) -> None:
    """Leave nothing empty behind, least of all in the system's temporary folder."""
    for path in (folder, folder.parent):
        with suppress(OSError):
            path.rmdir()


def give(path: Path, account: Account | None) -> None:
    """Make `account` the owner, where there is another account than ours."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _must_be_ours(folder: Path, owner: int) -> None:
    """Anybody may put a folder or a link into the system's temporary folder before we do."""
    if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), owner}:
        raise SetupFault(f"{folder} belongs to somebody else; remove it and start again")


class FolderLock:
    """Holds a folder for this process; the system lets go of it when the process ends, however."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def hold(self) -> None:
        """Raises `SetupFault`, naming the other process, when another one holds it."""
        if self._descriptor is not None:
            return
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(descriptor, 20).decode() or "unknown"
            os.close(descriptor)
            raise SetupFault(
                f"{self._path.parent} is in use by the process with PID {holder}; "
                "stop that one or set DATA_DIR to another folder"
            ) from None
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
