"""Passwords before they become commands: checked by the rules, and hashed outside retries."""

from __future__ import annotations

from application.identity.ports import KnownPasswords
from application.links import read_token
from application.ports import PasswordHasher
from application.store import Store
from domain.identity import Challenge, User, must_be_a_good_password


async def accepted_password(
    password: str,
    email: str,
    *,
    passwords: PasswordHasher,
    known: KnownPasswords,
    pointer: str = "/password",
) -> str:
    """The hash of a new password. Raises the refusal of the rule that it breaks.

    `email` is the address it must not contain; `pointer` the field of the request it stood in.
    """
    must_be_a_good_password(password, email, is_common=known.known, pointer=pointer)
    return await passwords.hash(password)


async def email_behind_link(token: str, store: Store) -> str:
    """The e-mail of the person a link was sent to; empty for a link that is none of ours."""
    shown = read_token(token)
    challenge = await store.find(Challenge, shown.subject_id) if shown else None
    if shown is None or challenge is None or challenge.secret_hash != shown.secret_hash:
        return ""
    return (await store.get(User, challenge.person_id)).email
