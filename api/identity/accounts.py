"""Registering, confirming, passwords, and one's own profile over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from msgspec import Meta, Struct

from api.ask import OPEN, Ask, Rate
from api.identity.passwords import accepted, proved
from application.identity import (
    ChangePassword,
    ConfirmEmail,
    IdentityTerms,
    RegisterCustomer,
    RequestPasswordReset,
    ResetPassword,
    email_behind_link,
)
from application.ports import Language
from application.store import Store
from domain.shared.errors import NotFound
from projections.identity import person, persons

Email = Annotated[
    str,
    Meta(
        max_length=254,
        pattern=r"^[^@\s\x00-\x1f\x7f<>(),;:\\\"\[\]]+@[^@\s\x00-\x1f\x7f<>(),;:\\\"\[\].]+"
        r"(\.[^@\s\x00-\x1f\x7f<>(),;:\\\"\[\].]+)+$(?!\n)",
        examples=["ayse@example.com"],
    ),
]
PersonName = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Password = Annotated[str, Meta(max_length=1000, examples=["mavi kapı 7 deniz"])]
Token = Annotated[str, Meta(min_length=1, max_length=200)]
TextVersion = Annotated[str, Meta(min_length=1, max_length=40, examples=["2026-01"])]

RARE = Rate("accounts", 20)


class Registration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who registers, and which versions of the texts they accepted."""

    email: Email
    password: Password
    name: PersonName
    accepted_terms: TextVersion
    accepted_privacy: TextVersion
    language: Literal["tr", "en"] = "tr"


class ShownLink(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The token of a link from a mail."""

    token: Token


class ResetRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose password is forgotten."""

    email: Email


class NewPassword(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new password, and the token of the link from the mail."""

    token: Token
    password: Password


class ChangedPassword(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The old password and the new one."""

    current_password: Password
    new_password: Password


class ReadYourMail(Struct, frozen=True):
    """The same whether there is an account or not."""

    next: Literal["read_your_mail"] = "read_your_mail"


class Profile(Struct, frozen=True, kw_only=True):
    """One's own account. Roles are those that one holds now."""

    person_id: UUID
    email: str
    name: str
    language: Language
    roles: tuple[str, ...]
    email_confirmed: bool
    registered_at: datetime


class AccountsController(Controller):
    """What somebody without a session can do about an account."""

    path = "/accounts"
    tags = ("accounts",)
    opt = OPEN | {"rate": RARE}

    @post(
        "/",
        operation_id="RegisterCustomer",
        summary="Register",
        status_code=202,
    )
    async def register(self, ask: Ask, data: Registration) -> Response[ReadYourMail]:
        """Make an account and mail the link that confirms its e-mail.

        An address that has an account already gets the same answer; its owner is told by mail.
        """
        async with _unhurried(ask):
            hashed = await accepted(ask, data.password, email=data.email)
            command = RegisterCustomer(
                person_id=ask.new_id(),
                email=data.email,
                name=data.name,
                language=data.language,
                password_hash=hashed,
                terms_version=data.accepted_terms,
                privacy_version=data.accepted_privacy,
            )
            await ask.run(command)
        return Response(ReadYourMail(), status_code=202)

    @post("/confirm", operation_id="ConfirmEmail", summary="Confirm an e-mail", status_code=200)
    async def confirm(self, ask: Ask, data: ShownLink) -> Response[Any]:
        """Show the token of the mailed link. The wallet with the welcome credits opens after it."""
        return await ask.run(ConfirmEmail(token=data.token))

    @post(
        "/reset-request",
        operation_id="RequestPasswordReset",
        summary="Ask for a link to choose a new password",
        status_code=202,
    )
    async def request_reset(self, ask: Ask, data: ResetRequest) -> Response[ReadYourMail]:
        """The answer is the same whether the address has an account or not."""
        async with _unhurried(ask):
            await ask.run(RequestPasswordReset(email=data.email))
        return Response(ReadYourMail(), status_code=202)

    @post("/reset", operation_id="ResetPassword", summary="Choose a new password", status_code=200)
    async def reset(self, ask: Ask, data: NewPassword) -> Response[Any]:
        """By the token of the mailed link, which works once. All sessions end."""
        email = await email_behind_link(data.token, Store(ask.log, ask.now))
        hashed = await accepted(ask, data.password, email=email)
        return await ask.run(ResetPassword(token=data.token, password_hash=hashed))


class ProfileController(Controller):
    """One's own account."""

    path = "/profile"
    tags = ("accounts",)

    @get("/", operation_id="Profile", summary="One's own account")
    async def profile(self, ask: Ask) -> Response[Profile]:
        """Name, e-mail, language and roles of the caller."""
        await ask.fresh(persons)
        found = await person(ask.reads, ask.person)
        if found is None:
            raise NotFound(person_id=ask.person)
        shown = Profile(
            person_id=found.person_id,
            email=found.email,
            name=found.name,
            language=found.language,
            roles=found.roles,
            email_confirmed=found.email_confirmed,
            registered_at=found.registered_at,
        )
        return ask.answer(shown, found.version)

    @post(
        "/change-password",
        operation_id="ChangePassword",
        summary="Change one's password",
        status_code=200,
    )
    async def change_password(self, ask: Ask, data: ChangedPassword) -> Response[Any]:
        """The session in which this is asked stays; all others end."""
        owner = await person(ask.reads, ask.person)
        session_id = ask.who.session_id
        if owner is None or session_id is None:
            raise NotFound(person_id=ask.person)
        proof = await proved(ask, owner.email, password=data.current_password)
        hashed = await accepted(ask, data.new_password, email=owner.email, pointer="/new_password")
        return await ask.run(
            ChangePassword(proof=proof, session_id=session_id, password_hash=hashed)
        )


@asynccontextmanager
async def _unhurried(ask: Ask) -> AsyncIterator[None]:
    """Take the same time for all, so that it does not tell whether there is an account."""
    ends_at = time.monotonic() + ask.port(IdentityTerms).answer_seconds
    yield
    await asyncio.sleep(max(0.0, ends_at - time.monotonic()))
