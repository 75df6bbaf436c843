"""What the composition root hands to the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from redis.asyncio import Redis

from adapters.postgres.pool import Pool
from api.access import AccessLog, UsualAccessLog
from api.auth import StandingOf, Tokens
from application.bus import Bus
from application.past import WholeLog
from application.ports import Clock, Ids
from projections.reads import Reads

MEBIBYTE = 1024 * 1024


class Limits(Struct, frozen=True, kw_only=True):
    """How much one caller, one request and this process may take.

    Requests are counted per minute, in Redis or else in this process; 0 means without limit.
    `request_seconds` bounds the time until an answer begins, counted anew while an upload moves.
    """

    per_address: int = 0
    per_account: int = 0
    body_bytes: int = MEBIBYTE
    request_seconds: float = 10.0
    requests_at_once: int = 512
    streams_per_person: int = 6
    heartbeat_seconds: float = 15.0
    freshness_seconds: float = 2.0


class Backend(Struct, frozen=True, kw_only=True):
    """Everything the API needs, made and opened elsewhere.

    `ports` are found by their types. `standing` tells how a session and its person stand now.
    `secure` is True where shoppers come by https: cookies are then bound to it. `public_url` has no
    slash at its end. Without `redis` limits are counted in this process.
    """

    bus: Bus
    reads: Reads
    event_log: WholeLog
    clock: Clock
    ids: Ids
    pool: Pool
    ports: Mapping[type[Any], object]
    tokens: Tokens
    standing: StandingOf
    public_url: str
    secure: bool = True
    limits: Limits = Limits()
    redis: Redis | None = None
    access_log: AccessLog = UsualAccessLog()
