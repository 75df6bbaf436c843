"""The access log: one line for each request, written together with its neighbours'."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import BinaryIO, Protocol

import msgspec
import structlog
from msgspec import Struct

log = structlog.get_logger()

LINES = 256
"""The most lines that wait to be written."""
LATE_SECONDS = 0.1
"""How late a line may be; its own time is that of its request."""

QUIET = {"/health/live", "/health/ready"}


class Access(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is told of a request. The route stands for the path, which may hold secrets; nothing
    else here is the caller's own words, so nothing has to be redacted.
    """

    method: str
    route: str
    status: int
    ms: float
    trace_id: str = ""
    request_id: str = ""
    person_id: str = ""


class AccessLog(Protocol):
    """Takes what is told of requests."""

    def tell(self, access: Access, /) -> None:
        """Write it down now or soon."""
        ...


class UsualAccessLog:
    """As all other lines are logged, with the request's ids from the context."""

    def tell(self, access: Access, /) -> None:
        """Write it down now."""
        say = log.debug if access.route in QUIET else log.info
        say(
            "request",
            method=access.method,
            route=access.route,
            status=access.status,
            ms=access.ms,
        )


class _Line(Access, frozen=True, kw_only=True, omit_defaults=True):
    event: str
    level: str
    timestamp: datetime


class QuickAccessLog:
    """The same lines as JSON for a hundredth of the cost, where `LOG_FORMAT` is json."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lines: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._encode = msgspec.json.Encoder().encode

    def tell(self, access: Access, /) -> None:
        """Write it down soon."""
        if access.route in QUIET:
            return
        line = _Line(
            event="request",
            level="info",
            timestamp=datetime.now(UTC),
            method=access.method,
            route=access.route,
            status=access.status,
            ms=access.ms,
            trace_id=access.trace_id,
            request_id=access.request_id,
            person_id=access.person_id,
        )
        self._lines.append(self._encode(line))
        if len(self._lines) >= LINES:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LATE_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what waits; call it at the end."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._lines = self._lines, []
        if lines:
            self._out.write(b"\n".join(lines) + b"\n")
            self._out.flush()
