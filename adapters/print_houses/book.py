"""What the local print house remembers: tickets, files, and what is still to be told, in SQLite."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from adapters.print_houses.over_http import Announced, Announcement, Standing
from domain.production import ReportStatus

_TABLES = """
create table if not exists tickets (
    ticket_id text primary key, reference text not null, announcement blob not null,
    released real, cancelled integer not null default 0);
create table if not exists files (
    ticket_id text not null, digest text not null, content blob not null,
    primary key (ticket_id, digest));
create table if not exists steps (
    number integer primary key, ticket_id text not null, status text not null,
    reason text not null, happens real not null);
create table if not exists messages (
    number integer primary key, message_id text not null, ticket_id text not null,
    body blob not null, due real not null, attempts integer not null default 0,
    told integer not null default 0);
create index if not exists messages_due on messages (told, due);
"""


class HousePace(Struct, frozen=True, kw_only=True):
    """How the house works: seconds between two steps, and how badly it tells of them. The first
    `spoils` attempts of a copy come to nothing; with `rejects` it takes none, and when it is
    `silent` it has to be asked.
    """

    interval_seconds: float = 2.0
    spoils: int = 0
    rejects: str = ""
    silent: bool = False
    shuffled: bool = False
    copies: int = 1
    retry_seconds: float = 2.0
    most_attempts: int = 30


class Message(Struct, frozen=True, kw_only=True):
    """One call-back that is due."""

    number: int
    message_id: str
    body: bytes
    attempts: int
    announcement: bytes


class CallBackBody(Struct, frozen=True, kw_only=True):
    """What the house tells of a ticket."""

    ticket_id: str
    status: ReportStatus
    reason: str
    occurred_at: datetime


class Contradicts(Exception):
    """The same ticket was told otherwise before, or is past what is asked; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class HouseBook:
    """`file` None keeps it in memory only."""

    def __init__(self, file: Path | None, pace: HousePace, *, chance: random.Random) -> None:
        self._sql = sqlite3.connect(file or ":memory:", isolation_level=None)
        self._sql.executescript(_TABLES)
        self._pace = pace
        self._chance = chance

    def announce(self, ticket_id: str, announcement: Announcement) -> Announced:
        """Take a ticket, once. Raises `Contradicts`."""
        told = msgspec.json.encode(announcement)
        with self._whole():
            known = self._announcement(ticket_id)
            if known is None:
                reference = f"PH{self._chance.randrange(10**8):08d}"
                self._sql.execute(
                    "insert into tickets (ticket_id, reference, announcement) values (?, ?, ?)",
                    (ticket_id, reference, told),
                )
            elif self._read(ticket_id).ticket != announcement.ticket:
                raise Contradicts("ticket_differs")
            return self._known(ticket_id)

    def keep(self, ticket_id: str, digest: str, *, content: bytes) -> Announced | None:
        """Take a file of a ticket; None when it is not what its name says.

        Raises `Contradicts`, `KeyError`.
        """
        if sha256(content).hexdigest() != digest:
            return None
        with self._whole():
            if digest not in {file.digest for file in self._read(ticket_id).ticket.files}:
                raise Contradicts("file_of_another")
            self._sql.execute(
                "insert or ignore into files values (?, ?, ?)", (ticket_id, digest, content)
            )
            return self._known(ticket_id)

    def release(self, ticket_id: str, now: datetime) -> Announced:
        """Print it, once. Raises `Contradicts`, `KeyError`."""
        with self._whole():
            known = self._known(ticket_id)
            if known.missing:
                raise Contradicts("files_missing")
            if self._is_cancelled(ticket_id):
                raise Contradicts("cancelled")
            if not known.released:
                self._sql.execute(
                    "update tickets set released = ? where ticket_id = ?",
                    (now.timestamp(), ticket_id),
                )
                self._begin(ticket_id, now)
            return self._known(ticket_id)

    def cancel(self, ticket_id: str, now: datetime) -> bool:
        """Stop it; False when it is too late. Raises `KeyError`."""
        with self._whole():
            if self.standing(ticket_id, now).status == "printed":
                return False
            self._sql.execute("update tickets set cancelled = 1 where ticket_id = ?", (ticket_id,))
            for table in ("steps", "messages"):
                moment = "happens" if table == "steps" else "due"
                self._sql.execute(
                    f"delete from {table} where ticket_id = ? and {moment} > ?",  # noqa: S608 - names of ours
                    (ticket_id, now.timestamp()),
                )
        return True

    def standing(self, ticket_id: str, now: datetime) -> Standing:
        """How far it is. Raises `KeyError`."""
        self._read(ticket_id)
        row = self._sql.execute(
            "select status, reason from steps where ticket_id = ? and happens <= ?"
            " order by number desc limit 1",
            (ticket_id, now.timestamp()),
        ).fetchone()
        return Standing(status=row[0], reason=row[1]) if row else Standing(status=None)

    def released(self) -> list[str]:
        """The tickets that are, or were, printed; each stands here once."""
        rows = self._sql.execute("select ticket_id from tickets where released is not null")
        return [ticket_id for (ticket_id,) in rows]

    def due(self, now: datetime) -> list[Message]:
        """Call-backs to send now, in order."""
        rows = self._sql.execute(
            "select number, message_id, body, attempts, announcement"
            " from messages join tickets using (ticket_id)"
            " where not told and due <= ? and attempts < ? order by due, number limit 100",
            (now.timestamp(), self._pace.most_attempts),
        )
        names = Message.__struct_fields__
        return [Message(**dict(zip(names, row, strict=True))) for row in rows]

    def seconds_until_due(self, now: datetime) -> float | None:
        """How long nothing needs to be sent; None when nothing is waiting."""
        (due,) = self._sql.execute(
            "select min(due) from messages where not told and attempts < ?",
            (self._pace.most_attempts,),
        ).fetchone()
        return None if due is None else max(0.0, due - now.timestamp())

    def told(self, message: Message) -> None:
        """The receiver has it."""
        self._sql.execute("update messages set told = 1 where number = ?", (message.number,))

    def missed(self, message: Message, now: datetime) -> None:
        """The receiver has not taken it: try later, ever more slowly."""
        wait = min(self._pace.retry_seconds * 2**message.attempts, 600.0)
        self._sql.execute(
            "update messages set attempts = attempts + 1, due = ? where number = ?",
            (now.timestamp() + wait, message.number),
        )

    def close(self) -> None:
        """Close the file."""
        self._sql.close()

    @contextmanager
    def _whole(self) -> Iterator[None]:
        with closing(self._sql.cursor()) as cursor:
            cursor.execute("begin immediate")
            try:
                yield
            except BaseException:
                cursor.execute("rollback")
                raise
            cursor.execute("commit")

    def _announcement(self, ticket_id: str) -> bytes | None:
        row = self._sql.execute(
            "select announcement from tickets where ticket_id = ?", (ticket_id,)
        ).fetchone()
        return row[0] if row else None

    def _read(self, ticket_id: str) -> Announcement:
        told = self._announcement(ticket_id)
        if told is None:
            raise KeyError(ticket_id)
        return msgspec.json.decode(told, type=Announcement)

    def _known(self, ticket_id: str) -> Announced:
        wanted = [file.digest for file in self._read(ticket_id).ticket.files]
        rows = self._sql.execute("select digest from files where ticket_id = ?", (ticket_id,))
        here = {digest for (digest,) in rows}
        reference, released = self._sql.execute(
            "select reference, released from tickets where ticket_id = ?", (ticket_id,)
        ).fetchone()
        return Announced(
            reference=reference,
            missing=tuple(digest for digest in wanted if digest not in here),
            released=released is not None,
        )

    def _is_cancelled(self, ticket_id: str) -> bool:
        (cancelled,) = self._sql.execute(
            "select cancelled from tickets where ticket_id = ?", (ticket_id,)
        ).fetchone()
        return bool(cancelled)

    def _begin(self, ticket_id: str, now: datetime) -> None:
        steps = self._story(self._read(ticket_id).ticket.attempt)
        moments = [
            now.timestamp() + self._pace.interval_seconds * (step + 1) for step in range(len(steps))
        ]
        reasons = [self._pace.rejects if status == "rejected" else "" for status in steps]
        self._sql.executemany(
            "insert into steps (ticket_id, status, reason, happens) values (?, ?, ?, ?)",
            [(ticket_id, *step) for step in zip(steps, reasons, moments, strict=True)],
        )
        if self._pace.silent:
            return
        sends = list(range(len(steps))) * self._pace.copies
        (self._chance.shuffle if self._pace.shuffled else list.sort)(sends)
        told_at = sorted(moments * self._pace.copies)
        self._sql.executemany(
            "insert into messages (message_id, ticket_id, body, due) values (?, ?, ?, ?)",
            [
                (
                    f"msg_{ticket_id}_{step + 1}",
                    ticket_id,
                    msgspec.json.encode(
                        CallBackBody(
                            ticket_id=ticket_id,
                            status=steps[step],
                            reason=reasons[step],
                            occurred_at=datetime.fromtimestamp(moments[step], now.tzinfo),
                        )
                    ),
                    due,
                )
                for step, due in zip(sends, told_at, strict=True)
            ],
        )

    def _story(self, attempt: int) -> Sequence[ReportStatus]:
        if self._pace.rejects:
            return ("rejected",)
        if attempt <= self._pace.spoils:
            return ("accepted", "printing", "spoiled")
        return ("accepted", "printing", "printed")
