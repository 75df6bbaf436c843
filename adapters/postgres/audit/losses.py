"""Sealed events that a restored database does not have: naming them, and accepting their loss.

A loss is accepted by a signed statement that is published beside the checkpoints. The checkpoints
of what is lost are laid aside, not destroyed: with them anybody can show what there was.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from msgspec import Struct

from adapters.audit.files import CHECKPOINTS, HASHES, CheckpointFile
from adapters.audit.notes import ORIGIN, Checkpoint, NoteRefused
from adapters.audit.tree import HASH_BYTES
from adapters.postgres.audit.reading import LogSource
from adapters.postgres.audit.sealing import Chain
from adapters.postgres.audit.verifying import Verification

LOSSES = "losses"
"""The file of signed statements about losses, beside that of the checkpoints."""
LOSS = f"{ORIGIN}/loss"
STATEMENT = re.compile(
    re.escape(LOSS) + r"\n(\d+)\n(\d+)\n([A-Za-z0-9+/]{43}=)\n([^\n]+)\n([^\n]+)\n([^\n]+)\n"
)
RESTORE = "SELECT position, backup FROM restores ORDER BY restore_id DESC LIMIT 1"
RECORD = (
    "INSERT INTO audit_losses (kept, lost, statement, note, operator) VALUES (%s, %s, %s, %s, %s)"
)


class LossRefused(Exception):
    """There is no loss that could be accepted; says why."""


class Missing(Struct, frozen=True):
    """Events behind `after` up to `until` were sealed and are not there; `at` is about when the
    newest of them was, as the file of checkpoints has it.
    """

    after: int
    until: int
    at: datetime | None

    def __str__(self) -> str:
        when = f" at {self.at:%H:%M on %Y-%m-%d} UTC" if self.at else ""
        first = self.after + 1
        if first == self.until:
            return f"Position {first:,} was sealed{when} and is not in this database."
        return (
            f"Positions {first:,} to {self.until:,} were sealed, the last of them{when}, and are"
            " not in this database."
        )


class Loss(Struct, frozen=True, kw_only=True):
    """An accepted loss: checkpoints of more than `kept` and up to `lost` events, of which the
    newest had the root `root`, do not count any more.
    """

    kept: int
    lost: int
    root: bytes
    decided_at: str
    operator: str
    note: str

    @property
    def text(self) -> str:
        """What is signed."""
        root = base64.b64encode(self.root).decode()
        return (
            "\n".join(
                (
                    LOSS,
                    str(self.kept),
                    str(self.lost),
                    root,
                    self.decided_at,
                    self.operator,
                    self.note,
                )
            )
            + "\n"
        )


def missing(chain: Chain, head: int) -> Missing | None:
    """What was sealed behind the newest event that came back, as all published checkpoints say.

    Raises `OSError` and `psycopg.Error`.
    """
    until = chain.evidence().size
    if until <= head:
        return None
    files = [chain.checkpoints.path, *([chain.copy] if chain.copy else [])]
    times = [path.stat().st_mtime for path in files if path.exists()]
    return Missing(head, until, datetime.fromtimestamp(max(times), UTC) if times else None)


def accept(chain: Chain, *, note: str, operator: str, now: datetime) -> Loss:
    """Record that what a restore did not bring back is lost, so that sealing goes on behind it.

    May be interrupted and repeated. Raises `LossRefused`, `OSError` and `psycopg.Error`.
    """
    assert chain.key is not None
    with psycopg.connect(chain.database_url, autocommit=True) as connection:
        restore = connection.execute(RESTORE).fetchone()
        if restore is None:
            raise LossRefused(
                "This database was never restored from a backup, so nothing can be missing by that;"
                " see `polikrami audit verify`."
            )
        kept, newest = _standing(chain, restore[0])
        loss = Loss(
            kept=kept,
            lost=newest.size,
            root=newest.root,
            decided_at=f"{now:%Y-%m-%dT%H:%M:%SZ}",
            operator=_line(operator),
            note=_line(note),
        )
        signed = chain.key.signed(loss.text)
        for folder in _folders(chain):
            CheckpointFile(folder / LOSSES).add(signed)
            _lay_aside(chain, folder, loss=loss)
        connection.execute(RECORD, (loss.kept, loss.lost, signed, loss.note, loss.operator))
    return loss


def losses(chain: Chain) -> list[Loss]:
    """The losses that were accepted by a key that is known, the oldest first. Raises `OSError`."""
    found: dict[str, Loss] = {}
    for folder in _folders(chain):
        for note in CheckpointFile(folder / LOSSES).notes():
            try:
                told = STATEMENT.fullmatch(chain.verifiers.opened(note))
            except NoteRefused:
                continue
            if told:
                root = base64.b64decode(told[3])
                found[note] = Loss(
                    kept=int(told[1]),
                    lost=int(told[2]),
                    root=root,
                    decided_at=told[4],
                    operator=told[5],
                    note=told[6],
                )
    return sorted(found.values(), key=lambda loss: loss.decided_at)


def explained(failed: Sequence[Checkpoint], accepted: Sequence[Loss]) -> list[Loss]:
    """The losses that tell why these checkpoints fail, if they tell it of all of them."""
    told = [[loss for loss in accepted if loss.kept < each.size <= loss.lost] for each in failed]
    return [loss for loss in accepted if any(loss in some for some in told)] if all(told) else []


def _standing(chain: Chain, restored: int) -> tuple[int, Checkpoint]:
    """How many events the newest checkpoint that holds speaks for, and the newest that fails."""
    evidence = chain.evidence()
    source = LogSource(database_url=chain.database_url, archive_dir=chain.archive_dir)
    report = Verification(source=source, evidence=evidence, hashes=chain.hashes).run(
        lambda _done, _total: None
    )
    if not report.failed:
        raise LossRefused("Nothing is missing: all checkpoints hold.")
    if report.failed[0].size <= restored:
        raise LossRefused(
            f"The checkpoint of {report.failed[0].size:,} events does not hold, although the backup"
            f" had {restored:,}: that is no loss but a change; see `polikrami audit verify`."
        )
    return (report.held[-1].size if report.held else 0), report.failed[-1]


def _folders(chain: Chain) -> list[Path]:
    return [chain.folder, *([chain.copy.parent] if chain.copy else [])]


def _lay_aside(chain: Chain, folder: Path, *, loss: Loss) -> None:
    """Keep what spoke of lost events under another name, and go on without it."""
    path = folder / CHECKPOINTS
    notes = list(CheckpointFile(path).notes())
    counting = [each for each in notes if _counts(chain, each, kept=loss.kept)]
    if len(counting) < len(notes):
        _replace(path, "".join(f"{note}\n" for note in counting).encode(), lost=loss.lost)
    hashes = folder / HASHES
    if hashes.exists() and hashes.stat().st_size > loss.kept * HASH_BYTES:
        with hashes.open("rb") as file:
            _replace(hashes, file.read(loss.kept * HASH_BYTES), lost=loss.lost)


def _counts(chain: Chain, note: str, *, kept: int) -> bool:
    try:
        return chain.verifiers.checkpoint(note).size <= kept
    except NoteRefused:
        return False


def _replace(path: Path, content: bytes, *, lost: int) -> None:
    aside = path.with_name(f"{path.name}.lost-{lost}")
    if not aside.exists():
        os.link(path, aside)
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _line(text: str) -> str:
    """Text as one line of a statement."""
    return " ".join(text.split()) or "-"
