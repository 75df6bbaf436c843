"""What can be asked of an account: registering, confirming, and passwords."""

from __future__ import annotations

from uuid import UUID

from application.bus import Command, handles
from application.identity.attempts import Proof, succeed
from application.identity.claiming import (
    claim_on_email,
    email_claim_id,
    owner_of,
    started_link,
    user_of_email,
)
from application.identity.ports import Claims, IdentityTerms
from application.links import Links, ShownToken, read_token
from application.store import Store
from domain.identity import Challenge, GrantableRole, Language, LinkNotGood, User, WrongCredentials
from domain.shared.claims import EmailClaim

BY_OPERATOR = "operator"
"""Stands for the accepted texts of accounts that an operator made."""


class _NewAccount(Command, frozen=True, kw_only=True):
    """`password_hash` comes from `accepted_password`, so that deciding again hashes nothing."""

    person_id: UUID
    email: str
    name: str
    language: Language
    password_hash: str


class RegisterCustomer(_NewAccount, frozen=True, kw_only=True):
    """Make an account and send the link that confirms its e-mail.

    Where the e-mail has an account already nothing is made, its owner is told by mail, and the
    caller learns nothing.
    """

    terms_version: str
    privacy_version: str


class BootstrapAdmin(_NewAccount, frozen=True, kw_only=True):
    """Make sure that an admin with this e-mail exists; for the operator's shell."""


class RegisterDemoPerson(_NewAccount, frozen=True, kw_only=True):
    """Make sure that a confirmed account with these roles exists; for demo data."""

    roles: tuple[GrantableRole, ...] = ()


class ConfirmEmail(Command, frozen=True, kw_only=True):
    """Show the link that was mailed; the e-mail counts as confirmed."""

    token: str


class RequestPasswordReset(Command, frozen=True, kw_only=True):
    """Mail a link by which a new password can be chosen; whether it was mailed is not told."""

    email: str


class ResetPassword(Command, frozen=True, kw_only=True):
    """Choose a new password by a mailed link; all sessions end, the e-mail is confirmed."""

    token: str
    password_hash: str


class ChangePassword(Command, frozen=True, kw_only=True):
    """Choose a new password, having proved the old one; all sessions but this one end."""

    proof: Proof
    session_id: UUID
    password_hash: str


@handles
async def register_customer(
    command: RegisterCustomer, store: Store, claims: Claims, links: Links, terms: IdentityTerms
) -> None:
    claim = await claim_on_email(command.email, store, claims=claims)
    owner = await owner_of(claim, store)
    if owner is None:
        claim = claim or _claim(command, store, claims=claims)
        user = _account(
            command,
            store,
            claim=claim,
            terms_version=command.terms_version,
            privacy_version=command.privacy_version,
        )
        link = await started_link(user, "confirm_email", store=store, links=links, terms=terms)
        store.save(user, claim, link)
    elif owner.id != command.person_id:
        store.save(
            await started_link(owner, "account_exists", store=store, links=links, terms=terms)
        )


@handles
async def bootstrap_admin(command: BootstrapAdmin, store: Store, claims: Claims) -> None:
    await _make_sure(command, store, claims=claims, roles=("admin",))


@handles
async def register_demo_person(command: RegisterDemoPerson, store: Store, claims: Claims) -> None:
    await _make_sure(command, store, claims=claims, roles=command.roles)


@handles
async def confirm_email(command: ConfirmEmail, store: Store) -> None:
    challenge, shown, user = await _behind(command.token, store)
    if not (user.email_confirmed and challenge.was_used_with(shown.secret_hash)):
        challenge.use(
            secret_hash=shown.secret_hash,
            purposes=("confirm_email",),
            credential=user.credential,
        )
        user.confirm_email()
    store.save(user, challenge)


@handles
async def request_password_reset(
    command: RequestPasswordReset, store: Store, claims: Claims, links: Links, terms: IdentityTerms
) -> None:
    user = await user_of_email(command.email, store, claims=claims)
    if user:
        store.save(
            await started_link(user, "reset_password", store=store, links=links, terms=terms)
        )


@handles
async def reset_password(command: ResetPassword, store: Store) -> None:
    challenge, shown, user = await _behind(command.token, store)
    done = command.password_hash == user.password_hash
    if not (done and challenge.was_used_with(shown.secret_hash)):
        challenge.use(
            secret_hash=shown.secret_hash,
            purposes=("reset_password", "account_exists"),
            credential=user.credential,
        )
        user.reset_password(command.password_hash)
    store.save(user, challenge)


@handles
async def change_password(command: ChangePassword, store: Store) -> None:
    user = await store.get(User, command.proof.person_id)
    store.save(user)
    if command.password_hash == user.password_hash:
        return
    if command.proof.password_hash != user.password_hash:
        raise WrongCredentials
    user.change_password(command.password_hash, session_id=command.session_id)
    store.save(*await succeed(command.proof, store))


async def _behind(token: str, store: Store) -> tuple[Challenge, ShownToken, User]:
    shown = read_token(token)
    challenge = await store.find(Challenge, shown.subject_id) if shown else None
    if shown is None or challenge is None:
        raise LinkNotGood("/token")
    return challenge, shown, await store.get(User, challenge.person_id)


async def _make_sure(
    command: _NewAccount, store: Store, *, claims: Claims, roles: tuple[GrantableRole, ...]
) -> None:
    claim = await claim_on_email(command.email, store, claims=claims)
    user = await owner_of(claim, store)
    if user is None:
        claim = claim or _claim(command, store, claims=claims)
        user = _account(
            command, store, claim=claim, terms_version=BY_OPERATOR, privacy_version=BY_OPERATOR
        )
        store.save(user, claim)
    user.confirm_email()
    for role in roles:
        user.grant(role, by=None)
    store.save(user)


def _claim(command: _NewAccount, store: Store, *, claims: Claims) -> EmailClaim:
    return EmailClaim.begin(
        EmailClaim.Claimed,
        id=email_claim_id(command.email, claims),
        now=store.now,
        person_id=command.person_id,
    )


def _account(command: _NewAccount, store: Store, *, claim: EmailClaim, **accepted: str) -> User:
    """The account of whoever claims the address, perhaps after somebody who was erased."""
    returning = claim.person_id is None
    claim.claim_again(command.person_id)
    return User.begin(
        User.Registered,
        id=command.person_id,
        now=store.now,
        email=command.email.strip(),
        name=command.name.strip(),
        password_hash=command.password_hash,
        language=command.language,
        returning=returning,
        **accepted,
    )
