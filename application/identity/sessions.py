"""What can be asked of sessions: beginning, refreshing and ending them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from application.bus import Command, handles
from application.identity.attempts import Proof, succeed
from application.identity.ports import IdentityTerms
from application.links import Links, read_token, secret_hash
from application.store import Store
from domain.identity import RefreshRefused, Session, User
from domain.shared.errors import NotFound

REFRESH = "refresh"
"""The purpose of the secrets in refresh tokens."""


class LogIn(Command, frozen=True, kw_only=True):
    """Begin a session, having proved the password (`application.identity.prove`)."""

    session_id: UUID
    proof: Proof
    user_agent: str
    address: str


class RefreshSession(Command, frozen=True, kw_only=True):
    """Replace a refresh token by the next one."""

    token: str


class LogOut(Command, frozen=True, kw_only=True):
    """End the session one is in."""

    person_id: UUID
    session_id: UUID


class LogOutEverywhere(Command, frozen=True, kw_only=True):
    """End all sessions of a person, also the one in which this is asked."""

    person_id: UUID
    session_id: UUID


class EndSession(Command, frozen=True, kw_only=True):
    """End one of one's sessions, such as that of a lost device."""

    person_id: UUID
    session_id: UUID


class SessionAnswer(Struct, frozen=True, kw_only=True):
    """From this the tokens are made: those of the session with this number.

    `stands` is False when a token was shown that had been replaced before, and the session ended.
    """

    session_id: UUID
    person_id: UUID
    number: int
    expires_at: datetime
    stands: bool = True


@handles
async def log_in(command: LogIn, store: Store, links: Links, terms: IdentityTerms) -> SessionAnswer:
    session = await store.find(Session, command.session_id)
    if session is None:
        user = await store.get(User, command.proof.person_id)
        user.must_be_let_in(command.proof.password_hash)
        session = Session.begin(
            Session.Started,
            id=command.session_id,
            now=store.now,
            person_id=user.id,
            epoch=user.epoch,
            token_hash=secret_hash(links.secret(REFRESH, command.session_id, number=1)),
            expires_at=store.now + terms.refresh_lifetime,
            user_agent=command.user_agent,
            address=command.address,
        )
        store.save(session, *await succeed(command.proof, store))
    elif session.person_id != command.proof.person_id:
        raise NotFound(session_id=command.session_id)
    return _answer(session)


@handles
async def refresh_session(
    command: RefreshSession, store: Store, links: Links, terms: IdentityTerms
) -> SessionAnswer:
    shown = read_token(command.token)
    session = await store.find(Session, shown.subject_id) if shown else None
    if shown is None or session is None:
        raise RefreshRefused
    user = await store.get(User, session.person_id)
    if not user.lets_in(session):
        raise RefreshRefused
    stands = session.refresh(
        shown.secret_hash,
        following=secret_hash(links.secret(REFRESH, session.id, number=session.number + 1)),
        expires_at=store.now + terms.refresh_lifetime,
    )
    store.save(session)
    return _answer(session, stands=stands)


@handles
async def log_out(command: LogOut, store: Store) -> None:
    session = await _own_session(command, store)
    session.end("logged_out")
    store.save(session)


@handles
async def end_session(command: EndSession, store: Store) -> None:
    session = await _own_session(command, store)
    session.end("ended_by_owner")
    store.save(session)


@handles
async def log_out_everywhere(command: LogOutEverywhere, store: Store) -> None:
    session = await _own_session(command, store)
    user = await store.get(User, command.person_id)
    # Asked again from a session that this has ended already, it would end newer ones
    if user.lets_in(session):
        user.end_sessions()
    store.save(user)


async def _own_session(command: LogOut | EndSession | LogOutEverywhere, store: Store) -> Session:
    session = await store.get(Session, command.session_id)
    if session.person_id != command.person_id:
        raise NotFound(session_id=command.session_id)
    return session


def _answer(session: Session, *, stands: bool = True) -> SessionAnswer:
    return SessionAnswer(
        session_id=session.id,
        person_id=session.person_id,
        number=session.number,
        expires_at=session.expires_at,
        stands=stands,
    )
