"""Made-up endpoints that make every convention of the edge visible."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

import msgspec
import psycopg
from litestar import Controller, Response, get, post
from msgspec import Meta, Struct
from psycopg_pool import PoolTimeout

from api.ask import OPEN, Ask, Done, Listed, Rate
from api.problems import Trouble
from application.ports import Unavailable
from application.store import LogUnavailable
from application.wallet import OpenWallet, ReleaseHold
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion, TooMany
from domain.wallet import InsufficientCredits
from projections.wallet import StatementLine, wallet_statement, wallet_statements

Name = Annotated[str, Meta(min_length=2, max_length=5)]


class Line(Struct, forbid_unknown_fields=True):
    count: Annotated[int, Meta(ge=1, le=9)]


class Form(Struct, forbid_unknown_fields=True):
    name: Name
    lines: list[Line] = []
    flag: bool = False


ERRORS: dict[str, Exception] = {
    "not_found": NotFound(kind="wallet", id="secret"),
    "forbidden": Forbidden(),
    "conflict": Conflict(),
    "insufficient_credits": InsufficientCredits(available=5, needed=6),
    "invalid": Invalid("/lines/0/count"),
    "stale_version": StaleVersion(expected=1, actual=2),
    "too_many": TooMany(retry_after_seconds=7),
    "log": LogUnavailable("away"),
    "pool": PoolTimeout("too long"),
    "operational": psycopg.OperationalError("server closed"),
    "deadlock": psycopg.errors.DeadlockDetected(),
    "port": Unavailable(),
    "bug": ZeroDivisionError("secret /path/of/code.py"),
    "teapot": Trouble(418, "teapot"),
}


class DeskController(Controller):
    path = "/desk"
    tags = ("desk",)

    @post("/wallet", operation_id="OpenWallet", summary="Open the caller's wallet")
    async def open(self, ask: Ask) -> Response[Done]:
        return await ask.run(
            OpenWallet(customer_id=ask.person), status=201, location="/api/v1/wallet"
        )

    @post("/paid", operation_id="PaidThing", summary="Needs a key")
    async def paid(self, ask: Ask) -> Response[Done]:
        return await ask.run(OpenWallet(customer_id=ask.person), required_key=True, next="pay")

    @post("/release/{hold_id:uuid}", operation_id="ReleaseHold", summary="Release a hold")
    async def release(self, ask: Ask, hold_id: UUID) -> Response[Done]:
        command = ReleaseHold(customer_id=ask.person, hold_id=hold_id, reason="test")
        return await ask.run(command)

    @post("/form", operation_id="SendForm", summary="A form", opt=OPEN)
    async def form(self, data: Form, ask: Ask) -> Response[Done]:
        return await ask.run(OpenWallet(customer_id=UUID(int=len(data.name))))

    @post("/version", operation_id="NeedsVersion", summary="Tells If-Match")
    async def version(self, ask: Ask) -> dict[str, Any]:
        return {"version": ask.if_match}

    @get("/lines", operation_id="DeskLines", summary="The statement")
    async def lines(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[StatementLine]]:
        page = ask.page(limit, cursor)
        await ask.fresh(wallet_statements)
        before = page.after[0] if page.after else None
        rows = await wallet_statement(ask.reads, ask.person, before=before, limit=page.limit + 1)
        return ask.listed(rows, page, key=lambda row: [row.position])

    @get("/versioned", operation_id="Versioned", summary="Has an ETag")
    async def versioned(self, ask: Ask) -> Response[dict[str, int]]:
        return ask.answer({"n": 1}, version=7)

    @get("/search", operation_id="DeskSearch", summary="Many parameters", opt=OPEN)
    async def search(
        self, q: str = "", count: int = 0, tag: list[str] | None = None
    ) -> dict[str, Any]:
        return {"q": q, "count": count, "tag": tag or []}

    @get("/who", operation_id="Who", summary="Who asks", opt=OPEN)
    async def who(self, ask: Ask) -> dict[str, Any]:
        return {
            "person": ask.who.person_id,
            "roles": sorted(ask.who.roles),
            "language": ask.language,
        }

    @post("/who", operation_id="WhoPost", summary="Who asks", opt=OPEN)
    async def who_posts(self, ask: Ask) -> dict[str, Any]:
        return {"person": ask.who.person_id}

    @get("/admin", operation_id="AdminOnly", summary="For admins")
    async def admin(self, ask: Ask) -> dict[str, str]:
        ask.must_be("admin", "finance")
        return {"welcome": "yes"}

    @get("/error/{name:str}", operation_id="Fails", summary="Fails", opt=OPEN)
    async def fails(self, name: str) -> None:
        raise ERRORS[name]

    @get("/slow", operation_id="Slow", summary="Never answers", opt=OPEN)
    async def slow(self) -> None:
        await asyncio.Event().wait()

    @get(
        "/rated",
        operation_id="Rated",
        summary="Twice a minute",
        opt={**OPEN, "rate": Rate("desk", 2)},
    )
    async def rated(self) -> dict[str, str]:
        return {"ok": "yes"}


def encoded(value: object) -> bytes:
    """As a client sends it."""
    return msgspec.json.encode(value)
