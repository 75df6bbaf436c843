"""Persons and their sessions, as the API knows them at every request."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.identity import Language, Session, User
from projections.base import Fold
from projections.reads import Reads


class Person(Struct, frozen=True, kw_only=True):
    """An account. Sessions count while they have its `epoch`, or are the one that was kept."""

    person_id: UUID
    email: str
    name: str
    language: Language
    roles: tuple[str, ...]
    email_confirmed: bool
    registered_at: datetime
    epoch: int
    kept_session_id: UUID | None
    version: int


class SessionRow(Struct, frozen=True, kw_only=True):
    """A session; `end_reason` is None while it was not ended by itself."""

    session_id: UUID
    person_id: UUID
    epoch: int
    started_at: datetime
    last_used_at: datetime
    expires_at: datetime
    user_agent: str
    address: str
    end_reason: str | None


class SessionStanding(Struct, frozen=True, kw_only=True):
    """Whether a session counts, and what its person may do now."""

    person_id: UUID
    roles: tuple[str, ...]
    language: Language
    ended: bool


class OpenSession(Struct, frozen=True, kw_only=True):
    """A session as its owner sees it. Times are in UTC; `address` is that of the log-in."""

    session_id: UUID
    started_at: datetime
    last_used_at: datetime
    expires_at: datetime
    user_agent: str
    address: str


persons = Fold("persons", Person, version=2, key=["person_id"])
sessions = Fold(
    "sessions", SessionRow, version=1, key=["session_id"], indexes=["person_id, session_id DESC"]
)


@persons.on(User.Registered)
def registered(_row: Person | None, event: User.Registered) -> Person:
    return Person(
        person_id=event.originator_id,
        email=event.email,
        name=event.name,
        language=event.language,
        roles=("customer",),
        email_confirmed=False,
        registered_at=event.timestamp,
        epoch=0,
        kept_session_id=None,
        version=event.originator_version,
    )


@persons.on(User.EmailConfirmed)
def confirmed(row: Person, event: User.EmailConfirmed) -> Person:
    return replace(row, email_confirmed=True, version=event.originator_version)


@persons.on(User.PasswordChanged)
def password_changed(row: Person, event: User.PasswordChanged) -> Person:
    return replace(
        row,
        epoch=row.epoch + 1,
        kept_session_id=event.kept_session_id,
        version=event.originator_version,
    )


@persons.on(User.SessionsEnded)
def sessions_ended(row: Person, event: User.SessionsEnded) -> Person:
    return replace(row, epoch=row.epoch + 1, kept_session_id=None, version=event.originator_version)


@persons.on(User.RoleGranted)
def role_granted(row: Person, event: User.RoleGranted) -> Person:
    roles = tuple(sorted({*row.roles, event.role}))
    return replace(row, roles=roles, version=event.originator_version)


@persons.on(User.RoleTaken)
def role_taken(row: Person, event: User.RoleTaken) -> Person:
    roles = tuple(role for role in row.roles if role != event.role)
    return replace(row, roles=roles, version=event.originator_version)


@persons.on(User.Erased)
def erased(row: Person, event: User.Erased) -> Person:
    return replace(
        row,
        roles=("customer",),
        epoch=row.epoch + 1,
        kept_session_id=None,
        version=event.originator_version,
    )


@sessions.on(Session.Started)
def started(_row: SessionRow | None, event: Session.Started) -> SessionRow:
    return SessionRow(
        session_id=event.originator_id,
        person_id=event.person_id,
        epoch=event.epoch,
        started_at=event.timestamp,
        last_used_at=event.timestamp,
        expires_at=event.expires_at,
        user_agent=event.user_agent,
        address=event.address,
        end_reason=None,
    )


@sessions.on(Session.Refreshed)
def refreshed(row: SessionRow, event: Session.Refreshed) -> SessionRow:
    return replace(row, last_used_at=event.timestamp, expires_at=event.expires_at)


@sessions.on(Session.Ended)
def ended(row: SessionRow, event: Session.Ended) -> SessionRow:
    return replace(row, end_reason=event.reason)


async def session_standing(reads: Reads, session_id: UUID) -> SessionStanding | None:
    """How a session stands; None when there is none (yet). One look-up by two keys."""
    return await reads.one(
        SessionStanding,
        "SELECT s.person_id, p.roles, p.language, s.end_reason IS NOT NULL"
        " OR (s.epoch <> p.epoch AND s.session_id IS DISTINCT FROM p.kept_session_id) AS ended"
        " FROM read.sessions s JOIN read.persons p ON p.person_id = s.person_id"
        " WHERE s.session_id = %s",
        (session_id,),
    )


async def person(reads: Reads, person_id: UUID) -> Person | None:
    """An account, or None."""
    return await reads.one(Person, "SELECT * FROM read.persons WHERE person_id = %s", (person_id,))


async def names_of(reads: Reads, person_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these persons, by their ids."""
    query = "SELECT person_id, name FROM read.persons WHERE person_id = ANY(%s)"
    return dict(await reads.rows(query, (list(person_ids),)))


async def people(reads: Reads, *, before: UUID | None, limit: int) -> list[Person]:
    """Accounts registered before that one (None: from the newest on), newest first."""
    return await reads.all(
        Person,
        "SELECT * FROM read.persons WHERE %(before)s::uuid IS NULL OR person_id < %(before)s"
        " ORDER BY person_id DESC LIMIT %(limit)s",
        {"before": before, "limit": limit},
    )


async def open_sessions(
    reads: Reads, person_id: UUID, *, now: datetime, before: UUID | None, limit: int
) -> list[OpenSession]:
    """The sessions that count now and began before that one (None: all), newest first."""
    return await reads.all(
        OpenSession,
        "SELECT s.* FROM read.sessions s JOIN read.persons p ON p.person_id = s.person_id"
        " WHERE s.person_id = %(person)s AND s.end_reason IS NULL AND s.expires_at > %(now)s"
        " AND (s.epoch = p.epoch OR s.session_id = p.kept_session_id)"
        " AND (%(before)s::uuid IS NULL OR s.session_id < %(before)s)"
        " ORDER BY s.session_id DESC LIMIT %(limit)s",
        {"person": person_id, "now": now, "before": before, "limit": limit},
    )


class ReadRoles:
    """Who holds which role, by the read model of persons."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def holding(self, role: str) -> Sequence[UUID]:
        """The persons who hold a role now, in the order of their ids."""
        found = await self._reads.rows(
            "SELECT person_id FROM read.persons WHERE roles ? %s ORDER BY person_id", (role,)
        )
        return [row[0] for row in found]
