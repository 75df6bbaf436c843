"""Logging in and out, refreshing, and one's list of sessions over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from msgspec import Meta, Struct

from api.ask import OPEN, Ask, Listed, Rate
from api.auth import ACCESS_LIFETIME
from api.identity.accounts import Email, Password
from api.identity.passwords import proved
from application.identity import (
    REFRESH,
    EndSession,
    LogIn,
    LogOut,
    LogOutEverywhere,
    RefreshSession,
)
from application.links import Links, read_token, token_text
from domain.identity import RefreshRefused
from domain.shared.errors import Unauthenticated
from projections.identity import open_sessions, persons, sessions

LOG_INS = Rate("log-ins", 30)
REFRESHES = Rate("refreshes", 120)


class LogInRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cookies` asks for HttpOnly cookies in place of tokens in the answer."""

    email: Email
    password: Password
    cookies: bool = False


class RefreshRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Browsers leave the token out: theirs is in a cookie, and so is the next one."""

    refresh_token: Annotated[str, Meta(min_length=1, max_length=200)] | None = None


class SessionItem(Struct, frozen=True, kw_only=True):
    """One's session; `current` is the one in which this is asked."""

    session_id: UUID
    started_at: datetime
    last_used_at: datetime
    expires_at: datetime
    user_agent: str
    address: str
    current: bool


class SessionsController(Controller):
    """Sessions: one for each device."""

    path = "/sessions"
    tags = ("sessions",)

    @post("/", operation_id="LogIn", summary="Log in", opt=OPEN | {"rate": LOG_INS})
    async def log_in(self, ask: Ask, data: LogInRequest) -> Response[Any]:
        """Begin a session by e-mail and password.

        Answers `access_token` (15 minutes), `refresh_token` (30 days, replaced at each use) and
        `expires_in`, in seconds; or sets cookies when asked to.
        """
        proof = await proved(ask, data.email, password=data.password)
        command = LogIn(
            session_id=ask.new_id(), proof=proof, user_agent=ask.user_agent, address=ask.ip
        )
        return _with_tokens(ask, await ask.run(command, status=201), cookies=data.cookies)

    @post(
        "/refresh",
        operation_id="RefreshSession",
        summary="Replace the tokens of a session",
        status_code=200,
        opt=OPEN | {"rate": REFRESHES},
    )
    async def refresh(self, ask: Ask, data: RefreshRequest) -> Response[Any]:
        """Show the refresh token, in the body or as a cookie, and get the next ones.

        A token works once. Shown again after more than ten seconds it ends the session, because
        one of the two who hold it must have stolen it; the owner is told by mail.
        """
        cookies = data.refresh_token is None
        token = data.refresh_token or ask.cookie(ask.cookies.names.refresh)
        if cookies and (shown := read_token(token)):
            ask.must_not_be_forged(shown.subject_id)
        answer = await ask.run(RefreshSession(token=token))
        if not answer.content["stands"]:
            raise RefreshRefused
        return _with_tokens(ask, answer, cookies=cookies)

    @post("/end", operation_id="LogOut", summary="Log out", status_code=200)
    async def log_out(self, ask: Ask) -> Response[Any]:
        """End the session in which this is asked."""
        command = LogOut(person_id=ask.person, session_id=_session(ask))
        return _without_cookies(ask, await ask.run(command))

    @post(
        "/end-all", operation_id="LogOutEverywhere", summary="Log out everywhere", status_code=200
    )
    async def log_out_everywhere(self, ask: Ask) -> Response[Any]:
        """End all one's sessions, this one too."""
        command = LogOutEverywhere(person_id=ask.person, session_id=_session(ask))
        return _without_cookies(ask, await ask.run(command))

    @post(
        "/{session_id:uuid}/end",
        operation_id="EndSession",
        summary="End a session",
        status_code=200,
    )
    async def end(self, ask: Ask, session_id: UUID) -> Response[Any]:
        """End one of one's sessions, such as that of a lost device."""
        return await ask.run(EndSession(person_id=ask.person, session_id=session_id))

    @get("/", operation_id="Sessions", summary="One's sessions")
    async def sessions(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[SessionItem]]:
        """The sessions that count now, newest first."""
        await ask.fresh(sessions, persons)
        page = ask.page(limit, cursor)
        before = UUID(page.after[0]) if page.after else None
        found = await open_sessions(
            ask.reads, ask.person, now=ask.now, before=before, limit=page.limit + 1
        )
        items = [
            SessionItem(
                session_id=each.session_id,
                started_at=each.started_at,
                last_used_at=each.last_used_at,
                expires_at=each.expires_at,
                user_agent=each.user_agent,
                address=each.address,
                current=each.session_id == ask.who.session_id,
            )
            for each in found
        ]
        return ask.listed(items, page, key=lambda item: [str(item.session_id)])


def _session(ask: Ask) -> UUID:
    if ask.who.session_id is None:
        raise Unauthenticated
    return ask.who.session_id


def _with_tokens(ask: Ask, answer: Response[Any], *, cookies: bool) -> Response[Any]:
    """Tokens are made here and now, so that no stored answer holds any."""
    said = answer.content
    said.pop("stands")
    session_id, person_id = UUID(str(said["session_id"])), UUID(str(said["person_id"]))
    access_token = ask.tokens.mint(person_id, session_id, now=ask.now, position=said["position"])
    refresh_token = token_text(
        ask.port(Links), REFRESH, subject_id=session_id, number=said.pop("number")
    )
    said["expires_in"] = int(ACCESS_LIFETIME.total_seconds())
    if cookies:
        signed_in = ask.cookies.signed_in(access_token, refresh_token, session_id=session_id)
        answer.cookies.extend(signed_in)
    else:
        said |= {"access_token": access_token, "refresh_token": refresh_token}
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _without_cookies(ask: Ask, answer: Response[Any]) -> Response[Any]:
    answer.cookies.extend(ask.cookies.signed_out())
    return answer
