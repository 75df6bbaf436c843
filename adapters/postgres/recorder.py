"""The library's own recorder classes over our table, so that its tools work on the one log.

They are synchronous and append one command at a time; the running system appends through `Writer`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec
from eventsourcing.persistence import IntegrityError, Notification, StoredEvent, Tracking
from eventsourcing.postgres import (
    PostgresAggregateRecorder,
    PostgresApplicationRecorder,
    PostgresDatastore,
    PostgresFactory,
    PostgresProcessRecorder,
)
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.sql import SQL, Composed

from adapters.mapper import personal_fields
from domain.shared.aggregate import EVENTS

CHANNEL = "events"
APPEND = (
    "SELECT head, conflicting FROM append_events(%s::int[], %s::uuid[], %s::bigint[], %s::text[],"
    " %s::int[], %s::uuid[], %s::bytea[], %s::bytea[], NULL, NULL, NULL, NULL)"
)
EVENT = "SELECT stream_id, version, type, payload, position FROM events"


class _OverLog(PostgresAggregateRecorder):
    """Reads and writes the table `events`, whatever name the library has for it."""

    def __init__(self, datastore: PostgresDatastore, **names: str) -> None:
        super().__init__(datastore, **names)
        # Our table comes from migrations; only the library's own tracking table is its to make.
        self.sql_create_statements = [
            statement
            for statement in self.sql_create_statements
            if "application_name" in statement.as_string()
        ]
        self.channel_name = CHANNEL

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_events(cursor, stored_events, **kwargs)
            return _append(cursor, stored_events) if stored_events else []

    def _insert_events(
        self, curs: Cursor[DictRow], stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> None:
        """What goes into the same transaction; recorders that track override it."""

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        direction = SQL("DESC" if desc else "ASC")
        query = SQL(
            EVENT + " WHERE stream_id = %(stream)s"
            " AND (%(gt)s::bigint IS NULL OR version > %(gt)s)"
            " AND (%(lte)s::bigint IS NULL OR version <= %(lte)s)"
            " ORDER BY version {} LIMIT %(limit)s"
        ).format(direction)
        parameters = {"stream": originator_id, "gt": gt, "lte": lte, "limit": limit}
        return [
            StoredEvent(
                originator_id=row["stream_id"],
                originator_version=row["version"],
                topic=row["type"],
                state=bytes(row["payload"]),
            )
            for row in self._rows(query, parameters)
        ]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        first = start if start is None or inclusive_of_start else start + 1
        query = SQL(
            EVENT + " WHERE (%(first)s::bigint IS NULL OR position >= %(first)s)"
            " AND (%(stop)s::bigint IS NULL OR position <= %(stop)s)"
            " AND (%(topics)s::text[] IS NULL OR type = ANY(%(topics)s))"
            " ORDER BY position LIMIT %(limit)s"
        ).format()
        parameters = {"first": first, "stop": stop, "topics": list(topics) or None, "limit": limit}
        return [
            Notification(
                id=row["position"],
                originator_id=row["stream_id"],
                originator_version=row["version"],
                topic=row["type"],
                state=bytes(row["payload"]),
            )
            for row in self._rows(query, parameters)
        ]

    def max_notification_id(self) -> int | None:
        rows = self._rows(SQL("SELECT max(position) AS head FROM events").format(), {})
        head: int | None = rows[0]["head"]
        return head

    def _rows(self, query: Composed, parameters: dict[str, Any]) -> list[DictRow]:
        with self.datastore.get_connection() as connection, connection.cursor() as cursor:
            cursor.execute(query, parameters, prepare=True)
            return list(cursor.fetchall())


class LogAggregateRecorder(_OverLog, PostgresAggregateRecorder):
    """Streams of aggregates; it tells no positions."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        super().insert_events(stored_events, **kwargs)


class LogApplicationRecorder(_OverLog, PostgresApplicationRecorder):
    """Streams, and the whole log in order."""


class LogProcessRecorder(_OverLog, PostgresProcessRecorder):
    """The log, and how far others have processed it, in one transaction."""

    def _insert_events(
        self,
        curs: Cursor[DictRow],
        stored_events: Sequence[StoredEvent],  # noqa: ARG002  # the library's signature
        **kwargs: Any,
    ) -> None:
        tracking: Tracking | None = kwargs.get("tracking")
        if tracking is not None:
            self._insert_tracking(curs, tracking)


class LogFactory(PostgresFactory):
    """Makes recorders over our table for the library's applications and tools."""

    aggregate_recorder_class = LogAggregateRecorder
    application_recorder_class = LogApplicationRecorder
    process_recorder_class = LogProcessRecorder


def _append(cursor: Cursor[DictRow], stored_events: Sequence[StoredEvent]) -> Sequence[int]:
    command_id = str(uuid4())
    facts = {"command_id": command_id, "command": "Library", "correlation_id": command_id}
    cursor.execute(
        APPEND,
        (
            [1] * len(stored_events),
            [event.originator_id for event in stored_events],
            [event.originator_version for event in stored_events],
            [event.topic for event in stored_events],
            [_schema_version(event) for event in stored_events],
            [_subject(event) for event in stored_events],
            [event.state for event in stored_events],
            [msgspec.json.encode(facts)],
        ),
        prepare=True,
    )
    answer = cursor.fetchone()
    if answer is None or answer["conflicting"]:
        raise IntegrityError("an aggregate has been changed by somebody else")
    head: int = answer["head"]
    return list(range(head + 1, head + 1 + len(stored_events)))


def _schema_version(stored: StoredEvent) -> int:
    kind = EVENTS.get(stored.topic)
    return kind.class_version if kind else 1


def _subject(stored: StoredEvent) -> UUID | None:
    kind = EVENTS.get(stored.topic)
    if kind is None or not personal_fields(kind):
        return None
    # Bytes under the library's own compressor or cipher do not tell whose they are.
    with contextlib.suppress(msgspec.DecodeError):
        return UUID(msgspec.json.decode(stored.state)[kind.SUBJECT])
    return None
