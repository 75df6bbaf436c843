"""The outermost layer: names each request, bounds it, logs it, and guards its answer."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from prometheus_client import Gauge, Histogram

from api.access import QUIET, Access
from api.backend import Backend
from api.limits import Rate, RateLimits, rate_headers
from api.problems import RETRY_SECONDS, Trouble, answer_to
from application.tracing import Origin, SpanKind, here, span

log = structlog.get_logger()

request_seconds = Histogram(
    "http_request_seconds", "Time until an answer was sent", ["method", "route", "status"]
)
requests_running = Gauge("http_requests_running", "Requests that are being worked on")

TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}")
CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")

Headers = list[tuple[bytes, bytes]]

GUARDS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
HTTPS_GUARDS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
"""Headers of every answer that does not set its own."""


class Edge:
    """Wraps the application. A request that takes too long, or is one too many, gets a 503."""

    def __init__(self, app: ASGIApp, backend: Backend, rates: RateLimits) -> None:
        limits = backend.limits
        self._app = app
        self._backend = backend
        self._rates = rates
        self._per_address = Rate("address", limits.per_address) if limits.per_address else None
        guards = GUARDS | (HTTPS_GUARDS if backend.secure else {})
        self._guards = _encoded(guards)
        self._running = 0
        requests_running.set_function(lambda: self._running)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        caller = _caller(scope)
        with span(scope["method"], kind=SpanKind.SERVER, cause=caller) as traced:
            exchange = _Exchange(scope, receive, send, headers=self._guards)
            self._name(exchange, caller)
            self._running += 1
            try:
                await self._bounded(exchange)
            finally:
                self._running -= 1
                access = exchange.access()
                self._backend.access_log.tell(access)
                if traced:
                    traced.update_name(f"{access.method} {access.route}")
                    traced.set_attribute("http.response.status_code", access.status)

    def _name(self, exchange: _Exchange, caller: Origin | None) -> None:
        """Give the request its ids, for logs, answers and events."""
        request_id = self._backend.ids.new()
        origin = here() or caller
        trace_id = origin.trace_id if origin else request_id.hex
        exchange.request_id = str(request_id)
        state: dict[str, Any] = exchange.scope.setdefault("state", {})
        state["trace_id"] = trace_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(trace_id=trace_id, request_id=exchange.request_id)

    async def _bounded(self, exchange: _Exchange) -> None:
        try:
            async with asyncio.timeout(None) as exchange.deadline:
                exchange.allow(self._backend.limits.request_seconds)
                await self._admit(exchange.scope)
                await self._app(exchange.scope, exchange.receive, exchange.send)
        except Exception as error:
            exchange.deadline = None
            if exchange.status:
                log.exception("answer_broken_off")
                raise
            await exchange.refuse(error)

    async def _admit(self, scope: HTTPScope) -> None:
        if CONTROL.search(b" ".join([value for _, value in scope["headers"]])):
            raise Trouble(400, "malformed_request")
        if CONTROL.search(scope["path"].encode("utf-8", "replace")):
            raise Trouble(400, "malformed_request")
        if self._running > self._backend.limits.requests_at_once:
            raise Trouble(503, "unavailable", headers={"Retry-After": str(RETRY_SECONDS)})
        client = scope["client"]
        if self._per_address and client and scope["path"] not in QUIET:
            await self._rates.take(self._per_address, client[0], scope=scope)


class _Exchange:
    """One request and its answer on their way through the edge."""

    def __init__(self, scope: HTTPScope, receive: Receive, send: Send, *, headers: Headers) -> None:
        self.scope = scope
        self.status = 0
        self.request_id = ""
        self.deadline: asyncio.Timeout | None = None
        self._receive = receive
        self._send = send
        self._headers = headers
        self._seconds = 0.0
        self._began_at = time.perf_counter()

    def allow(self, seconds: float) -> None:
        """Give so much time until the answer begins, from now."""
        self._seconds = seconds
        self._reschedule(asyncio.get_running_loop().time() + seconds)

    async def receive(self) -> Any:
        message = await self._receive()
        if not self.status:
            self.allow(self._seconds)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._reschedule(None)
            headers = [*message["headers"], (b"x-request-id", self.request_id.encode())]
            if standings := self.scope["state"].get("rates"):
                headers += rate_headers(standings)
            given = {name for name, _ in headers}
            headers += [pair for pair in self._headers if pair[0] not in given]
            message = {**message, "headers": headers}
        await self._send(message)

    async def refuse(self, error: Exception) -> None:
        """Answer with a problem document."""
        answer = answer_to(error, self.scope)
        pairs = _encoded({**answer.headers, "Content-Length": str(len(answer.body))})
        await self.send({"type": "http.response.start", "status": answer.status, "headers": pairs})
        await self.send({"type": "http.response.body", "body": answer.body, "more_body": False})

    def access(self) -> Access:
        """What is measured and logged of it."""
        seconds = time.perf_counter() - self._began_at
        state = self.scope["state"]
        route = str(self.scope.get("path_template") or "unknown")
        method = self.scope["method"]
        _histogram(method, route, status=self.status).observe(seconds)
        identity = state.get("identity")
        return Access(
            method=method,
            route=route,
            status=self.status,
            ms=round(seconds * 1000, 1),
            trace_id=state["trace_id"],
            request_id=self.request_id,
            person_id=str(identity.person_id) if identity and identity.person_id else "",
        )

    def _reschedule(self, when: float | None) -> None:
        if self.deadline:
            self.deadline.reschedule(when)


@cache
def _histogram(method: str, route: str, *, status: int) -> Histogram:
    # Finding the labels' histogram takes longer than observing.
    return request_seconds.labels(method, route, status)


def _encoded(headers: Mapping[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _caller(scope: HTTPScope) -> Origin | None:
    """The caller's own span, if they name it."""
    given = next((value for name, value in scope["headers"] if name == b"traceparent"), b"")
    match = TRACEPARENT.fullmatch(given.decode("latin-1"))
    return Origin(match[1], match[2]) if match else None
