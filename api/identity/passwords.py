"""Passwords in requests: proved against an account, or accepted as new ones."""

from __future__ import annotations

from api.ask import Ask
from application.identity import (
    Claims,
    Credentials,
    KnownPasswords,
    Proof,
    accepted_password,
    prove,
)
from application.ports import PasswordHasher
from application.store import Store


async def proved(ask: Ask, email: str, *, password: str) -> Proof:
    """That the caller knows the password. Raises `WrongCredentials` or `TooManyLogIns`."""
    return await prove(
        Credentials(email=email, password=password, address=ask.ip),
        ask.bus,
        store=Store(ask.log, ask.now),
        passwords=ask.port(PasswordHasher),
        claims=ask.port(Claims),
    )


async def accepted(ask: Ask, password: str, *, email: str, pointer: str = "/password") -> str:
    """The hash of a new password. Raises the refusal of the rule that it breaks."""
    return await accepted_password(
        password,
        email,
        passwords=ask.port(PasswordHasher),
        known=ask.port(KnownPasswords),
        pointer=pointer,
    )
