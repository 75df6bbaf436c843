"""What every request of the API passes before its endpoint: identity, rights, rates, inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler

from api.ask import Ask, Workings, client_address
from api.auth import BrowserCookies
from api.backend import Backend
from api.freshness import Freshness
from api.idempotency import InFlight
from api.identify import Identity, identify
from api.inputs import check_body, check_query, declared_parameters
from api.limits import Rate, RateLimits
from domain.shared.errors import Unauthenticated


class Gate:
    """One for a process; `enter` runs before each endpoint and `ask` is given to it."""

    def __init__(self, backend: Backend, rates: RateLimits) -> None:
        limits = backend.limits
        self._backend = backend
        self._rates = rates
        self._per_account = Rate("account", limits.per_account) if limits.per_account else None
        self._declared: Mapping[HTTPRouteHandler, Mapping[str, bool]] = {}
        self._workings = Workings(
            backend,
            Freshness(backend.reads, patience_seconds=limits.freshness_seconds),
            InFlight(),
            BrowserCookies(backend.tokens, secure=backend.secure),
        )

    def __deepcopy__(self, _memo: dict[int, Any]) -> Gate:
        # The framework copies the hooks of each route; all of them are to share this one.
        return self

    def learn(self, app: Litestar) -> None:
        """Learn the parameters of all routes; call it once they are there."""
        self._declared = declared_parameters(app)

    async def enter(self, request: Request[Any, Any, Any]) -> None:
        """Refuse what no endpoint should see."""
        if request.method == "OPTIONS":
            return
        handler = request.route_handler
        identity = await identify(request, self._backend)
        request.scope["state"]["identity"] = identity
        if identity.person_id:
            structlog.contextvars.bind_contextvars(person_id=str(identity.person_id))
        elif not handler.opt.get("open"):
            raise identity.flaw or Unauthenticated()
        await self._count(request, identity)
        check_query(request, self._declared[handler])
        await check_body(request, handler)

    async def ask(self, request: Request[Any, Any, Any]) -> Ask:
        """What the endpoint is given."""
        return Ask(request, self._workings, request.scope["state"]["identity"])

    async def _count(self, request: Request[Any, Any, Any], identity: Identity) -> None:
        caller = str(identity.person_id or client_address(request))
        if self._per_account and identity.person_id:
            await self._rates.take(self._per_account, caller, scope=request.scope)
        rate: Rate | None = request.route_handler.opt.get("rate")
        if rate:
            await self._rates.take(rate, caller, scope=request.scope)
