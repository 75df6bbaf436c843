"""What the oracle judges by: the raw log, answers and jobs at one moment, read by plain SQL."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
from msgspec import Struct
from psycopg import Connection, IsolationLevel

Json = dict[str, Any]
Rows = list[tuple[Any, ...]]

EVENTS = (
    "SELECT position, stream_id::text, version, type, convert_from(payload, 'UTF8'),"
    " metadata->>'command', metadata->>'command_id', metadata->>'actor_id'"
    " FROM events ORDER BY position"
)
ANSWERS = "SELECT caller, key, position, convert_from(answer, 'UTF8') FROM answers"
JOBS = "SELECT job_id::text, kind, state, convert_from(body, 'UTF8'), error FROM jobs"
STANDING = """
SELECT (SELECT coalesce(max(position), 0) FROM events),
       (SELECT coalesce(min(position), 0) FROM reactors),
       (SELECT coalesce(min(position), 0) FROM projections WHERE state <> 'retired'),
       (SELECT count(*) FROM jobs WHERE state = 'leased'
            OR state = 'due' AND (due_at <= now() OR error IS NOT NULL))
"""
LOTS = (
    "SELECT customer_id::text, lot_id::text, sum(credits)::int, sum(held)::int"
    " FROM read.wallet_entries GROUP BY customer_id, lot_id"
)
BALANCES = "SELECT customer_id::text, balance, held FROM read.wallet_balances"


class Logged(Struct, frozen=True, kw_only=True):
    """An event as it is stored: `facts` is its JSON, personal fields still sealed."""

    position: int
    stream: str
    version: int
    kind: str
    facts: Json
    command: str
    command_id: str
    actor: str | None

    def about(self, field: str) -> str:
        """The id in a field; without such a field the stream's own. `copy` is which copy of which
        order: the parcel of a copy has its number.
        """
        if field == "copy":
            return f"{self.about('order_id')}/{self.facts.get('copy', self.facts.get('parcel', 0))}"
        return str(self.facts.get(field, self.stream))

    def time(self, field: str) -> datetime:
        """A moment among the facts."""
        return datetime.fromisoformat(self.facts[field])


class Answered(Struct, frozen=True):
    """What was stored under a request key."""

    position: int
    answer: Json


class Queued(Struct, frozen=True, kw_only=True):
    """A job as it stands."""

    id: str
    kind: str
    state: str
    body: Json
    error: str | None

    @property
    def parked(self) -> bool:
        """Whether an operator sees it, or has decided."""
        return self.state in {"parked", "discarded"}


class Evidence(Struct, frozen=True, kw_only=True):
    """Everything at one moment."""

    now: datetime
    events: list[Logged]
    answers: dict[tuple[str, str], Answered]
    jobs: dict[str, Queued]
    balances: dict[str, tuple[int, int]]
    lots: dict[tuple[str, str], tuple[int, int]]
    standing: tuple[int, int, int, int] = (0, 0, 0, 0)

    def of(self, *kinds: str) -> list[Logged]:
        """The events of these kinds, in order."""
        return [event for event in self.events if event.kind in kinds]

    def streams(self, *prefixes: str) -> Iterator[list[Logged]]:
        """The events of each stream whose kinds begin so."""
        found: dict[str, list[Logged]] = defaultdict(list)
        for event in self.events:
            if event.kind.startswith(prefixes):
                found[event.stream].append(event)
        yield from found.values()

    def parked(self, kind: str, about: str) -> bool:
        """Whether a job of this kind about something waits for an operator."""
        return any(
            job.parked and job.kind == kind and about in job.body.values()
            for job in self.jobs.values()
        )

    @property
    def at_rest(self) -> bool:
        """Whether readers were at the head of the log, and no job was due, leased or retried."""
        head, reactor, projector, jobs = self.standing
        return head == reactor == projector and jobs == 0


def evidence(database_url: str) -> Evidence:
    """Read it all in one snapshot."""
    with psycopg.connect(database_url) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        rows = _rows(connection, "SELECT clock_timestamp()")
        return Evidence(
            now=rows[0][0],
            events=[_logged(row) for row in _rows(connection, EVENTS)],
            answers={
                (row[0], row[1]): Answered(row[2], json.loads(row[3]))
                for row in _rows(connection, ANSWERS)
            },
            jobs={row[0]: _queued(row) for row in _rows(connection, JOBS)},
            balances={row[0]: (row[1], row[2]) for row in _rows(connection, BALANCES)},
            lots={(row[0], row[1]): (row[2], row[3]) for row in _rows(connection, LOTS)},
            standing=_standing(connection),
        )


def lira(money: Json) -> Decimal:
    """An amount of Turkish lira as it is stored."""
    assert money["currency"] == "TRY", money
    return Decimal(money["amount"])


def _rows(connection: Connection, query: str) -> Rows:
    return connection.execute(query.encode()).fetchall()


def _standing(connection: Connection) -> tuple[int, int, int, int]:
    [(head, reactor, projector, jobs)] = _rows(connection, STANDING)
    return head, reactor, projector, jobs


def _logged(row: tuple[Any, ...]) -> Logged:
    position, stream, version, kind, payload, command, command_id, actor = row
    return Logged(
        position=position,
        stream=stream,
        version=version,
        kind=kind,
        facts=json.loads(payload),
        command=command,
        command_id=command_id,
        actor=actor,
    )


def _queued(row: tuple[Any, ...]) -> Queued:
    job_id, kind, state, body, error = row
    return Queued(id=job_id, kind=kind, state=state, body=json.loads(body), error=error)
