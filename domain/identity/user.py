"""A user: somebody with an e-mail address, a password and roles."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.identity.session import Session
from domain.shared.aggregate import Aggregate, Created, Event, Personal, event
from domain.shared.errors import Conflict, Forbidden, Unauthenticated

LEGAL_BASIS = "KVKK 7, GDPR 17"
"""Under which law somebody is erased."""

Language = Literal["tr", "en"]
Role = Literal["customer", "designer", "admin", "finance"]
GrantableRole = Literal["designer", "admin", "finance"]


class WrongCredentials(Unauthenticated):
    """No account has this e-mail and password: which of the two is wrong is not told."""


class EmailNotConfirmed(Forbidden):
    """The e-mail has to be confirmed first; only told to those who know the password."""


class NotAnAdmin(Forbidden):
    """Only admins give and take roles."""


class OwnRoles(Forbidden):
    """Nobody changes their own roles; so there is always an admin left."""


class RolesHeld(Conflict):
    """Somebody with these roles is not erased before another admin takes them. Fact: `roles`."""


class ErasureRequest(Struct, frozen=True, kw_only=True):
    """Who wants a person erased, and the reference under which the request was filed."""

    asked_by: Literal["person", "operator"]
    admin_id: UUID | None = None
    reference: str = ""


class User(Aggregate):
    """The account of a person; its id is the person's id everywhere else. `returning` tells that
    the address had an account before.

    `epoch` counts how often all sessions were ended, `credential` how often the password changed.
    """

    TOPIC = "user"

    class Registered(Created, frozen=True, kw_only=True):
        TOPIC = "user.registered"
        email: Personal
        name: Personal
        password_hash: Personal
        language: Language
        terms_version: str
        privacy_version: str
        returning: bool = False

    class EmailConfirmed(Event, frozen=True, kw_only=True):
        TOPIC = "user.email_confirmed"
        CONCERNS = ("originator_id",)
        returning: bool = False

    class PasswordChanged(Event, frozen=True, kw_only=True):
        TOPIC = "user.password_changed"
        password_hash: Personal
        kept_session_id: UUID | None
        reason: Literal["changed", "reset"]

    class SessionsEnded(Event, frozen=True, kw_only=True):
        TOPIC = "user.sessions_ended"

    class RoleGranted(Event, frozen=True, kw_only=True):
        TOPIC = "user.role_granted"
        CONCERNS = ("originator_id",)
        SHOWS = ("role",)
        role: GrantableRole
        granted_by: UUID | None

    class RoleTaken(Event, frozen=True, kw_only=True):
        TOPIC = "user.role_taken"
        CONCERNS = ("originator_id",)
        SHOWS = ("role",)
        role: GrantableRole
        taken_by: UUID | None

    class Erased(Event, frozen=True, kw_only=True):
        TOPIC = "user.erased"
        CONCERNS = ("originator_id",)
        scope: Literal["everything"]
        legal_basis: str
        asked_by: Literal["person", "operator"]
        admin_id: UUID | None
        reference: str
        forfeited_credits: int

    def confirm_email(self) -> None:
        """They read the mail of their address; a second time changes nothing."""
        if not self.email_confirmed:
            self.emit(User.EmailConfirmed, returning=self.returning)

    def change_password(self, password_hash: str, *, session_id: UUID) -> None:
        """A new password, chosen in a session that stays; all others end."""
        self.emit(
            User.PasswordChanged,
            password_hash=password_hash,
            kept_session_id=session_id,
            reason="changed",
        )

    def reset_password(self, password_hash: str) -> None:
        """A new password, chosen by a link from a mail; all sessions end."""
        self.emit(
            User.PasswordChanged,
            password_hash=password_hash,
            kept_session_id=None,
            reason="reset",
        )
        self.confirm_email()

    def end_sessions(self) -> None:
        """End all sessions that there are."""
        self.emit(User.SessionsEnded)

    def must_be_let_in(self, password_hash: str) -> None:
        """Refuse a log-in by a password that is not theirs any more, or before confirmation."""
        if password_hash != self.password_hash or self.erased:
            raise WrongCredentials
        if not self.email_confirmed:
            raise EmailNotConfirmed

    def lets_in(self, session: Session) -> bool:
        """Whether a session of theirs still counts."""
        in_time = session.epoch == self.epoch or session.id == self.kept_session_id
        return in_time and not session.ended and session.person_id == self.id

    def grant(self, role: GrantableRole, *, by: User | None) -> None:
        """Give a role; None is the system itself. Raises `NotAnAdmin`, `OwnRoles`."""
        self._must_be_another_admin(by)
        if role not in self.roles:
            self.emit(User.RoleGranted, role=role, granted_by=by.id if by else None)

    def take(self, role: GrantableRole, *, by: User | None) -> None:
        """Take a role away; None is the system itself. Raises `NotAnAdmin`, `OwnRoles`."""
        self._must_be_another_admin(by)
        if role in self.roles:
            self.emit(User.RoleTaken, role=role, taken_by=by.id if by else None)

    def must_be_erasable(self) -> None:
        """Raises `RolesHeld`: who looks after the shop hands over first."""
        if held := self.roles & {"admin", "finance"}:
            raise RolesHeld(roles=", ".join(sorted(held)))

    def erase(self, request: ErasureRequest, *, forfeited_credits: int) -> None:
        """Forget everything about them; a second time changes nothing. Raises `RolesHeld`."""
        if self.erased:
            return
        self.must_be_erasable()
        self.emit(
            User.Erased,
            scope="everything",
            legal_basis=LEGAL_BASIS,
            asked_by=request.asked_by,
            admin_id=request.admin_id,
            reference=request.reference,
            forfeited_credits=forfeited_credits,
        )

    def _must_be_another_admin(self, by: User | None) -> None:
        if by is None:
            return
        if "admin" not in by.roles:
            raise NotAnAdmin
        if by.id == self.id:
            raise OwnRoles

    @event(Registered)
    def __init__(
        self, email: str, name: str, password_hash: str, language: Language, returning: bool
    ) -> None:
        self.erased = False
        self.forfeited_credits = 0
        self.returning = returning
        self.email = email
        self.name = name
        self.password_hash = password_hash
        self.language: Language = language
        self.email_confirmed = False
        self.roles: frozenset[Role] = frozenset({"customer"})
        self.epoch = 0
        self.credential = 0
        self.kept_session_id: UUID | None = None

    @event(EmailConfirmed)
    def _email_confirmed(self) -> None:
        self.email_confirmed = True

    @event(PasswordChanged)
    def _password_changed(self, password_hash: str, kept_session_id: UUID | None) -> None:
        self.password_hash = password_hash
        self.credential += 1
        self.epoch += 1
        self.kept_session_id = kept_session_id

    @event(SessionsEnded)
    def _sessions_ended(self) -> None:
        self.epoch += 1
        self.kept_session_id = None

    @event(RoleGranted)
    def _role_granted(self, role: GrantableRole) -> None:
        self.roles |= {role}

    @event(RoleTaken)
    def _role_taken(self, role: GrantableRole) -> None:
        self.roles -= {role}

    @event(Erased)
    def _erased(self, forfeited_credits: int) -> None:
        self.erased = True
        self.forfeited_credits = forfeited_credits
        self.roles = frozenset({"customer"})
        self.credential += 1
        self.epoch += 1
        self.kept_session_id = None
