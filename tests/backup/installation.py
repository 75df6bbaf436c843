"""An installation as operators have it: a database, a folder, and `polikrami` to type."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from typer.testing import CliRunner, Result

from adapters.audit.files import CHECKPOINTS
from adapters.audit.notes import SigningKey, Verifiers
from adapters.postgres.audit import Chain, Report
from adapters.postgres.backup.shelf import Shelf
from adapters.postgres.pool import app_url
from deploy.cli import app
from deploy.faults import SetupFault
from tests.audit.sealed import verified
from tests.sources import ROOT

KEY = bytes(range(32))
MASTER_KEY = bytes(32)
CONTENT = (
    "SELECT position, stream_id, e, transaction_id::text FROM events AS e ORDER BY position",
    "SELECT * FROM streams ORDER BY 1",
    "SELECT * FROM answers ORDER BY 1, 2",
    "SELECT first_position, last_position, state, file, digest FROM log_partitions ORDER BY 1",
    "SELECT person_id, wrapped_key, master_key, destroyed_at FROM vault.person_keys ORDER BY 1",
    "SELECT size, roots, note FROM audit_seals ORDER BY 1",
)


class Installation:
    """`polikrami` with the settings of an installation; its chain is signed by a known key."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.database_url = database_url
        self.folder = folder
        folder.mkdir()
        self.env = {
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder),
            "AUDIT_KEY": base64.b64encode(KEY).decode(),
            "MASTER_KEY": base64.b64encode(MASTER_KEY).decode(),
        }

    def polikrami(self, *arguments: str | Path, **env: str) -> Result:
        """Type a command."""
        return CliRunner().invoke(app, [str(each) for each in arguments], env=self.env | env)

    def did(self, *arguments: str | Path) -> str:
        """Type a command that succeeds; what it said."""
        result = self.polikrami(*arguments)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    def refused(self, *arguments: str | Path, **env: str) -> str:
        """Type a command that is refused; its one sentence."""
        result = self.polikrami(*arguments, **env)
        assert isinstance(result.exception, SetupFault), (result.exception, result.output)
        return str(result.exception)

    def started(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """Start a command in a process of its own."""
        argv = [sys.executable, "-m", "deploy.cli", *map(str, arguments)]
        return subprocess.Popen(argv, cwd=ROOT, env=os.environ | self.env)  # noqa: S603  # ourselves

    @property
    def chain(self) -> Chain:
        """The audit chain, as the sealer has it."""
        key = SigningKey(KEY)
        return Chain(
            database_url=app_url(self.database_url),
            archive_dir=self.folder / "archive",
            folder=self.folder / "audit",
            copy=self.folder / "audit-copy" / CHECKPOINTS,
            verifiers=Verifiers([key.verifier]),
            key=key,
        )

    def seal(self) -> None:
        """Seal what is new, also in the second place."""
        sealed = self.chain.seal()
        if sealed.note and self.chain.copy:
            type(self.chain.checkpoints)(self.chain.copy).add(sealed.note)

    def audited(self) -> Report:
        """The log compared with all that was published."""
        return verified(self.chain)

    def store(self, content: bytes) -> Path:
        """Put a file where stored files lie."""
        digest = sha256(content).hexdigest()
        path = self.folder / "files" / digest[:2] / digest[2:4] / digest
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def content(self) -> list[list[Any]]:
        """All that a restore has to bring back."""
        with psycopg.connect(self.database_url) as connection:
            return [connection.execute(query.encode()).fetchall() for query in CONTENT]

    def ask(self, query: str) -> Any:
        """One value, as the database's owner sees it."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None


def newest(backups: Path) -> Path:
    """The folder of the newest backup."""
    path, _ = Shelf(backups).opened()
    return path
