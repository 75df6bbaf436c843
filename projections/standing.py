"""How the readers of the log stand: how far behind, for how long, and which stand still."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, LiteralString

from msgspec import Struct
from prometheus_client import Gauge
from psycopg import AsyncConnection
from psycopg.rows import kwargs_row

Connection = AsyncConnection[tuple[Any, ...]]

STILL_SECONDS = 30.0
"""After how long a reader that is behind and does not move counts as standing still."""
LEADERLESS_SECONDS = 5.0
"""After how long without a beat a role counts as having no leader."""
ROLES = ("projector", "reactor")
"""The roles that the system needs a leader for."""
ONCE_LED = ("sealer",)
"""Roles that a system may do without, as long as nobody has ever led in them."""

# Of several processes of the API, the one that looked last is right.
lag_events = Gauge(
    "reader_lag_events",
    "Events that a reader has not taken yet",
    ["reader"],
    multiprocess_mode="mostrecent",
)
lag_seconds = Gauge(
    "reader_lag_seconds",
    "Age of the oldest event that a reader has not taken",
    ["reader"],
    multiprocess_mode="mostrecent",
)
standing_still = Gauge(
    "reader_standing_still",
    "1 while a reader is behind and does not move",
    ["reader"],
    multiprocess_mode="mostrecent",
)
projection_paused = Gauge(
    "projection_paused",
    "1 while a read model is paused",
    ["name"],
    multiprocess_mode="mostrecent",
)
projection_position = Gauge(
    "projection_position", "Where a read model stands", ["name"], multiprocess_mode="mostrecent"
)
leaderless_roles = Gauge(
    "leaderless",
    "1 while nobody leads in a role",
    ["role"],
    multiprocess_mode="mostrecent",
)

# The age is that of the event behind the position. When that one is in the archive, it is at least
# as old as the oldest that is not.
READERS: LiteralString = """
WITH log AS MATERIALIZED (
    SELECT coalesce(max(position), 0) AS head, clock_timestamp() AS moment FROM events
), readers AS (
    SELECT name, version, build, table_name, state, serving, position, error, failed_at, moved_at
    FROM projections
    UNION ALL
    SELECT name, 0, 0, '', 'reactor', true, position, NULL, NULL, changed_at FROM reactors
)
SELECT r.name, r.version, r.build, r.table_name, r.state, r.serving, r.position, r.error,
    r.failed_at, r.moved_at, greatest(log.head - r.position, 0) AS behind,
    CASE WHEN log.head <= r.position THEN 0.0 ELSE greatest(0.0, extract(epoch FROM log.moment -
        coalesce((SELECT e.recorded_at FROM events AS e WHERE e.position = r.position + 1),
                 (SELECT e.recorded_at FROM events AS e ORDER BY e.position LIMIT 1))))
    END::float8 AS behind_seconds,
    greatest(0.0, extract(epoch FROM log.moment - r.moved_at))::float8 AS unmoved_seconds
FROM readers AS r, log ORDER BY r.name, r.version, r.build
"""
LEADERS: LiteralString = (
    "SELECT role, holder, started_at,"
    " extract(epoch FROM clock_timestamp() - beat_at)::float8 AS silent_seconds FROM leaders"
)

State = Literal["building", "live", "paused", "retired", "reactor"]


class Reader(Struct, frozen=True, kw_only=True):
    """A build of a read model, or the reactor, and how it stands against the log's head.

    `behind` counts events. `behind_seconds` is the age of the oldest event that was not taken yet,
    0 when there is none; `unmoved_seconds` is how long ago the position moved last.
    """

    name: str
    version: int
    build: int
    table_name: str
    state: State
    serving: bool
    position: int
    error: str | None
    failed_at: int | None
    moved_at: datetime
    behind: int
    behind_seconds: float
    unmoved_seconds: float

    @property
    def reads(self) -> bool:
        """Whether it is meant to move."""
        return self.state in {"live", "building", "reactor"}

    @property
    def is_stopped(self) -> bool:
        """Whether it waits for an operator's decision: queries get old rows, or a build failed."""
        return self.state == "paused" and (self.serving or self.failed_at is not None)

    @property
    def stands_still(self) -> bool:
        """Whether it has long had something to do and has not moved since."""
        return self.reads and min(self.behind_seconds, self.unmoved_seconds) > STILL_SECONDS


class Leader(Struct, frozen=True, kw_only=True):
    """Who leads in a role since when, and how long ago it showed that it is alive."""

    role: str
    holder: str
    started_at: datetime
    silent_seconds: float


async def readers(connection: Connection) -> list[Reader]:
    """All builds of read models, and the reactor, as they stand now."""
    cursor = connection.cursor(row_factory=kwargs_row(Reader))
    await cursor.execute(READERS, prepare=True)
    return await cursor.fetchall()


async def leaders(connection: Connection) -> list[Leader]:
    """The latest leader of each role."""
    cursor = connection.cursor(row_factory=kwargs_row(Leader))
    await cursor.execute(LEADERS, prepare=True)
    return await cursor.fetchall()


def leaderless(known: Iterable[Leader], roles: Sequence[str] = ROLES) -> list[str]:
    """The roles in which nobody leads; a release may lead in a role of its own, `role release`.

    Of `ONCE_LED`, those in which somebody has led before are wanted, too.
    """
    by_role: dict[str, bool] = {}
    for each in known:
        role = each.role.split()[0]
        leads = bool(each.holder) and each.silent_seconds <= LEADERLESS_SECONDS
        by_role[role] = by_role.get(role, False) or leads
    wanted = (*roles, *(role for role in ONCE_LED if role in by_role and role not in roles))
    return [role for role in wanted if not by_role.get(role, False)]


def tell(known: Iterable[Reader], without_leader: Sequence[str] | None = None) -> None:
    """Set this process's metrics of how readers stand, and of roles without a leader."""
    for reader in known:
        if reader.serving:
            lag_events.labels(reader.name).set(reader.behind)
            lag_seconds.labels(reader.name).set(reader.behind_seconds)
            standing_still.labels(reader.name).set(reader.stands_still)
        if reader.serving and reader.state != "reactor":
            projection_paused.labels(reader.name).set(reader.state == "paused")
            projection_position.labels(reader.name).set(reader.position)
    if without_leader is not None:
        for role in (*ROLES, *ONCE_LED):
            leaderless_roles.labels(role).set(role in without_leader)


def fall_silent() -> None:
    """Tell nothing any more: another process knows better now."""
    for gauge in (lag_events, lag_seconds, standing_still, projection_paused, projection_position):
        gauge.clear()
