"""Seals what was appended: grows the tree by it, and publishes a signed checkpoint of the tree."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from msgspec import Struct

from adapters.audit.files import CHECKPOINTS, HASHES, CheckpointFile, HashFile, Overtaken
from adapters.audit.notes import Checkpoint, NoteRefused, SigningKey, Verifiers
from adapters.audit.tree import Frontier
from adapters.postgres.archive.partitions import Connection
from adapters.postgres.audit.evidence import Evidence, gathered
from adapters.postgres.audit.reading import EventMissing, LogSource, hashes_of, head_of
from adapters.postgres.audit.verifying import Report, Verification

MOST_EVENTS = 200_000
"""How many events one checkpoint seals at most."""
NEWEST = "SELECT size, roots FROM audit_seals ORDER BY size DESC LIMIT 1"
SEAL = (
    "INSERT INTO audit_seals (size, roots, note) VALUES (%s, %s, %s) ON CONFLICT (size) DO NOTHING"
)
AGE = (
    "SELECT extract(epoch FROM clock_timestamp() - recorded_at)::float8 FROM events"
    " WHERE position = %s"
)
CONTROLS = (
    "SELECT after, until, fault, extract(epoch FROM clock_timestamp() - finished_at)::float8"
    " FROM audit_controls ORDER BY control_id DESC LIMIT 1000"
)
CONTROLLED = "INSERT INTO audit_controls (after, until, first_bad, fault) VALUES (%s, %s, %s, %s)"


class ChainBroken(Exception):
    """The log or the state of the sealer is not what was published; nothing more is signed."""


class Sealed(Struct, frozen=True):
    """How far is sealed, the note that was published if there was anything new, and the age in
    seconds of the oldest event that is not sealed.
    """

    size: int
    note: str | None
    lag_seconds: float


class Control(Struct, frozen=True):
    """An earlier control: what it read, what was wrong, and how many seconds ago it was."""

    after: int
    until: int
    fault: str | None
    age_seconds: float


class Chain(Struct, frozen=True, kw_only=True):
    """The audit chain of one log. `folder` is where it is published first, `copy` the file of the
    second place if that is one; `key` is missing where nothing is sealed.
    """

    database_url: str
    archive_dir: Path
    folder: Path
    verifiers: Verifiers
    key: SigningKey | None = None
    copy: Path | None = None

    @property
    def checkpoints(self) -> CheckpointFile:
        return CheckpointFile(self.folder / CHECKPOINTS)

    @property
    def hashes(self) -> HashFile:
        return HashFile(self.folder / HASHES)

    def seal(self, name: str = "sealer") -> Sealed:
        """Seal the next events; `name` is what PostgreSQL shows of the connection.

        What is written first is published first: hashes, then the checkpoint, then the state in the
        database, so that whoever was interrupted can simply begin again, and two who seal at once
        write the same. Raises `ChainBroken`, `psycopg.Error`, `OSError` and `FileUnreadable`.
        """
        while True:
            with contextlib.suppress(Overtaken):
                return self._seal(name)

    def _seal(self, name: str) -> Sealed:
        assert self.key is not None
        with psycopg.connect(
            self.database_url, autocommit=True, application_name=f"polikrami {name}"
        ) as connection:
            # The second place and the database first: what they know was published before.
            elsewhere = self._elsewhere()
            row = connection.execute(NEWEST).fetchone()
            newest = self.checkpoints.last()
            published = self._checkpoint(newest) if newest else None
            tree, stored = self._standing(connection, row, published=published)
            if elsewhere > tree.size:
                raise ChainBroken(
                    f"{self.checkpoints.path} ends before {self.copy}, which has a checkpoint of"
                    f" {elsewhere} events; checkpoints are missing in it"
                )
            until = min(head_of(connection), tree.size + MOST_EVENTS)
            if until > tree.size:
                after = tree.size
                leaves = list(self._read(connection, after, until=until))
                tree.extend(leaves)
                self.hashes.write(after, leaves)
                signed = self.key.signed(Checkpoint(tree.size, tree.root()).text)
                self.checkpoints.follow(signed, newest=newest)
                newest = signed
            if tree.size > stored:
                connection.execute(SEAL, (tree.size, tree.packed(), newest))
            row = connection.execute(AGE, (tree.size + 1,)).fetchone()
            note = newest if tree.size > stored else None
            return Sealed(tree.size, note, max(0.0, row[0]) if row else 0.0)

    def evidence(self, given: Path | None = None) -> Evidence:
        """All checkpoints there are, or those of one file. Raises `OSError` and `psycopg.Error`."""
        if given is not None:
            return gathered(self.verifiers, [(str(given), CheckpointFile(given).notes())])
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            rows = connection.execute("SELECT note FROM audit_seals ORDER BY size").fetchall()
        own = str(self.checkpoints.path)
        places: list[tuple[str, Any]] = [
            (own, self.checkpoints.notes()),
            ("the table audit_seals", [note for (note,) in rows]),
        ]
        if self.copy is not None:
            places.append((str(self.copy), CheckpointFile(self.copy).notes()))
        return gathered(self.verifiers, places, newest=[own])

    def control(self, *, after: int = 0) -> Report:
        """Compare the log with all checkpoints, from this one on, and record the outcome."""
        evidence = self.evidence()
        verification = Verification(
            source=LogSource(database_url=self.database_url, archive_dir=self.archive_dir),
            evidence=evidence,
            hashes=self.hashes,
            start=self._trusted(after, evidence) if after else None,
        )
        report = verification.run(lambda _done, _total: None)
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(
                CONTROLLED, (report.after, report.until, report.first_bad, report.fault)
            )
        return report

    def controls(self) -> list[Control]:
        """The latest controls, the newest first. Raises `psycopg.Error`."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return [Control(*row) for row in connection.execute(CONTROLS).fetchall()]

    def _elsewhere(self) -> int:
        """How many events the newest checkpoint in the second place speaks for, if it is known."""
        try:
            note = CheckpointFile(self.copy).last() if self.copy is not None else None
            return self.verifiers.checkpoint(note).size if note else 0
        except (OSError, NoteRefused):
            return 0  # that place may be away; controls look at all that it has

    def _checkpoint(self, note: str) -> Checkpoint:
        try:
            return self.verifiers.checkpoint(note)
        except NoteRefused as refused:
            path = self.checkpoints.path
            raise ChainBroken(
                f"the newest checkpoint in {path} does not count: {refused}"
            ) from None

    def _standing(
        self,
        connection: Connection,
        row: tuple[int, bytes] | None,
        *,
        published: Checkpoint | None,
    ) -> tuple[Frontier, int]:
        """The tree that was published last, and how much of it the database knows."""
        try:
            tree = Frontier.unpacked(*row) if row else Frontier()
        except ValueError as error:
            raise ChainBroken(f"the newest row of audit_seals is wrong: {error}") from None
        stored = tree.size
        sealed = published.size if published else 0
        if stored > sealed:
            raise ChainBroken(
                f"{self.checkpoints.path} ends at {sealed} events, but {stored} were sealed;"
                " checkpoints are missing in it"
            )
        if head_of(connection) < sealed:
            raise ChainBroken(f"event {head_of(connection) + 1} is missing; {sealed} were sealed")
        for leaf in self._read(connection, stored, until=sealed):
            tree.extend([leaf])
        if published and tree.root() != published.root:
            raise ChainBroken(f"the newest checkpoint, of {sealed} events, does not hold")
        return tree, stored

    def _read(self, connection: Connection, after: int, *, until: int) -> Iterator[bytes]:
        try:
            for leaves in hashes_of(connection, self.archive_dir, after=after, until=until):
                yield from leaves
        except EventMissing as missing:
            raise ChainBroken(str(missing)) from None

    def _trusted(self, size: int, evidence: Evidence) -> Frontier | None:
        """The tree of so many events as the database has it, if a checkpoint confirms it."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            row = connection.execute(
                "SELECT size, roots FROM audit_seals WHERE size = %s", (size,)
            ).fetchone()
        try:
            tree = Frontier.unpacked(*row) if row else None
        except ValueError:
            return None
        if tree and Checkpoint(tree.size, tree.root()) in evidence.checkpoints:
            return tree
        return None
