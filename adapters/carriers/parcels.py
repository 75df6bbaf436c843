"""The simulator's book: parcels, and the messages still to be told about them, in SQLite."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Struct

from adapters.carriers.signatures import new_secret
from application.ports import CancelAnswer, Parcel, ParcelNews, ParcelRequest
from domain.shipments import ParcelStatus

STATUSES: tuple[ParcelStatus, ...] = (
    "created",
    "label_created",
    "in_transit",
    "out_for_delivery",
    "delivered",
)
STORIES: dict[str, tuple[ParcelStatus, ...]] = {
    "lost": ("created", "label_created", "in_transit", "lost"),
    "found": ("created", "in_transit", "lost", "delivered"),
    "returned": ("created", "in_transit", "out_for_delivery", "exception", "returned"),
    "exception": ("created", "in_transit", "exception", "out_for_delivery", "delivered"),
    "silent": ("created", "in_transit"),
}
"""What happens to a parcel whose address has one of these words in square brackets."""
STAYS = ("created", "label_created")
"""A parcel that is no further can still be stopped."""

_TABLES = """
create table if not exists parcels (
    shipment_id text primary key, carrier_reference text not null unique,
    webhook_secret text not null, webhook_url text not null);
create table if not exists messages (
    number integer primary key, message_id text not null, carrier_reference text not null,
    body blob not null, due real not null, attempts integer not null default 0,
    told integer not null default 0);
create index if not exists messages_due on messages (told, due);
"""

_SINCE_PARCELS_CAN_BE_STOPPED = """
alter table parcels add column cancelled integer not null default 0;
alter table messages add column happens real not null default 0;
alter table messages add column status text not null default '';
update messages set happens = due, status = json_extract(body, '$.status');
pragma user_version = 1;
"""
_MESSAGE = (
    "insert into messages (message_id, carrier_reference, body, due, happens, status)"
    " values (?, ?, ?, ?, ?, ?)"
)


class Pace(Struct, frozen=True, kw_only=True):
    """How parcels move: seconds between two statuses, and how badly the carrier tells of them."""

    interval_seconds: float = 20.0
    shuffled: bool = False
    copies: int = 1
    retry_seconds: float = 2.0
    most_attempts: int = 30


class Message(Struct, frozen=True, kw_only=True):
    """One webhook that is due."""

    number: int
    message_id: str
    body: bytes
    attempts: int
    webhook_url: str
    webhook_secret: str


class ParcelBook:
    """What the simulator remembers. `file` None keeps it in memory only."""

    def __init__(self, file: Path | None, pace: Pace, *, chance: random.Random) -> None:
        self._sql = sqlite3.connect(file or ":memory:", isolation_level=None)
        self._sql.executescript(_TABLES)
        if self._sql.execute("pragma user_version").fetchone() == (0,):
            self._sql.executescript(_SINCE_PARCELS_CAN_BE_STOPPED)
        self._pace = pace
        self._chance = chance

    def announce(self, request: ParcelRequest, now: datetime) -> Parcel:
        """The parcel of this shipment, made when it is new, with all it will ever tell."""
        with closing(self._sql.cursor()) as cursor:
            cursor.execute("begin immediate")
            try:
                parcel = self._known(request.shipment_id) or self._new(request, now)
            except BaseException:
                cursor.execute("rollback")
                raise
            cursor.execute("commit")
        return parcel

    def stop(self, shipment_id: UUID, now: datetime) -> CancelAnswer:
        """Let a parcel not leave: instead of what it would have told, it tells that it stays."""
        row = self._sql.execute(
            "select carrier_reference, cancelled from parcels where shipment_id = ?",
            (str(shipment_id),),
        ).fetchone()
        if row is None:
            return "unknown"
        reference, cancelled = row
        if cancelled:
            return "cancelled"
        happened = self._happened(reference, now)
        if any(status not in STAYS for status, _ in happened):
            return "too_late"
        with closing(self._sql.cursor()) as cursor:
            cursor.execute("begin immediate")
            cursor.execute(
                "update parcels set cancelled = 1 where carrier_reference = ?", (reference,)
            )
            cursor.execute(
                "delete from messages where carrier_reference = ? and happens > ?",
                (reference, now.timestamp()),
            )
            step = len(happened)
            body = _body(reference, step, status="cancelled", moment=now)
            cursor.execute(
                _MESSAGE, _row(reference, step, body=body, status="cancelled", at=(now, now))
            )
            cursor.execute("commit")
        return "cancelled"

    def news(self, shipment_id: UUID, now: datetime) -> ParcelNews | None:
        """How a parcel stands; None of one that is not known."""
        parcel = self._known(shipment_id)
        if parcel is None:
            return None
        happened = self._happened(parcel.carrier_reference, now)
        if not happened:
            return ParcelNews()
        status, moment = happened[-1]
        return ParcelNews(status=status, occurred_at=datetime.fromtimestamp(moment, UTC))

    def _happened(self, reference: str, now: datetime) -> list[tuple[ParcelStatus, float]]:
        return self._sql.execute(
            "select distinct status, happens from messages"
            " where carrier_reference = ? and happens <= ? order by happens, number",
            (reference, now.timestamp()),
        ).fetchall()

    def due(self, now: datetime) -> list[Message]:
        """Webhooks to send now, in order."""
        rows = self._sql.execute(
            "select number, message_id, body, attempts, webhook_url, webhook_secret"
            " from messages join parcels using (carrier_reference)"
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

    def _known(self, shipment_id: UUID) -> Parcel | None:
        row = self._sql.execute(
            "select carrier_reference, webhook_secret from parcels where shipment_id = ?",
            (str(shipment_id),),
        ).fetchone()
        return Parcel(*row) if row else None

    def _new(self, request: ParcelRequest, now: datetime) -> Parcel:
        reference = f"SIM{self._chance.randrange(10**10):010d}"
        parcel = Parcel(reference, new_secret(self._chance.randbytes(32)))
        self._sql.execute(
            "insert into parcels values (?, ?, ?, ?, 0)",
            (str(request.shipment_id), reference, parcel.webhook_secret, request.webhook_url),
        )
        self._sql.executemany(_MESSAGE, self._told(reference, _story(request), now=now))
        return parcel

    def _told(
        self, reference: str, story: Sequence[ParcelStatus], *, now: datetime
    ) -> list[tuple[object, ...]]:
        interval = self._pace.interval_seconds
        moments = [now + timedelta(seconds=interval * step) for step in range(len(story))]
        sends = list(range(len(story))) * self._pace.copies
        told_at = sorted([*moments] * self._pace.copies)
        if self._pace.shuffled:
            self._chance.shuffle(sends)
        else:
            sends.sort()
        return [
            _row(
                reference,
                step,
                body=_body(reference, step, status=story[step], moment=moments[step]),
                status=story[step],
                at=(due, moments[step]),
            )
            for step, due in zip(sends, told_at, strict=True)
        ]


def _story(request: ParcelRequest) -> tuple[ParcelStatus, ...]:
    for word, story in STORIES.items():
        if f"[{word}]" in request.recipient.line:
            return story
    return STATUSES


def _row(
    reference: str, step: int, *, body: bytes, status: str, at: tuple[datetime, datetime]
) -> tuple[object, ...]:
    due, happens = at
    message_id = f"msg_{reference}_{step + 1}"
    return message_id, reference, body, due.timestamp(), happens.timestamp(), status


def _body(reference: str, step: int, *, status: ParcelStatus, moment: datetime) -> bytes:
    return msgspec.json.encode(
        {
            "carrier_reference": reference,
            "status": status,
            "occurred_at": moment,
            "sequence": step + 1,
        }
    )
