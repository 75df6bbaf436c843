"""A session: one device of a person, kept alive by a refresh token that changes at every use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from domain.shared.aggregate import Aggregate, Created, Event, Personal, event
from domain.shared.errors import Unauthenticated

DOUBLE_SEND = timedelta(seconds=10)
"""A token that was replaced this short ago is a request sent twice, and not a theft."""

EndReason = Literal["logged_out", "ended_by_owner", "token_reused"]


class RefreshRefused(Unauthenticated):
    """The refresh token is unknown, used or too old, or its session has ended."""


class Session(Aggregate):
    """Refresh tokens are numbered from 1 and kept as SHA-256 only. `epoch` is the person's epoch
    at the log-in: when the person ends all sessions theirs moves on (see `User.lets_in`).
    """

    TOPIC = "session"

    class Started(Created, frozen=True, kw_only=True):
        TOPIC = "session.started"
        SUBJECT = "person_id"
        person_id: UUID
        epoch: int
        token_hash: str
        expires_at: datetime
        user_agent: Personal
        address: Personal

    class Refreshed(Event, frozen=True, kw_only=True):
        TOPIC = "session.refreshed"
        person_id: UUID
        number: int
        token_hash: str
        expires_at: datetime

    class Ended(Event, frozen=True, kw_only=True):
        TOPIC = "session.ended"
        person_id: UUID
        reason: EndReason

    def refresh(self, shown: str, *, following: str, expires_at: datetime) -> bool:
        """Replace the token with the hash `shown` by `following`; say whether the session stands.

        The token before the present one changes nothing for a few seconds after it was replaced.
        Later, and for any older one, the session ends: one of two who hold it is a thief.
        Raises `RefreshRefused`.
        """
        number = self.numbers.get(shown)
        if number is None or self.ended or self.now >= self.expires_at:
            raise RefreshRefused
        if number == self.number:
            self.emit(
                Session.Refreshed,
                person_id=self.person_id,
                number=self.number + 1,
                token_hash=following,
                expires_at=expires_at,
            )
        elif number < self.number - 1 or self.now - self.rotated_at > DOUBLE_SEND:
            self.end("token_reused")
        return not self.ended

    def end(self, reason: EndReason) -> None:
        """End it for good; a second time changes nothing."""
        if not self.ended:
            self.emit(Session.Ended, person_id=self.person_id, reason=reason)

    @event(Started)
    def __init__(self, person_id: UUID, epoch: int, token_hash: str, expires_at: datetime) -> None:
        self.person_id = person_id
        self.epoch = epoch
        self.number = 1
        self.numbers = {token_hash: 1}
        self.expires_at = expires_at
        self.rotated_at = self.created_on
        self.ended = False

    @event(Refreshed)
    def _refreshed(
        self, number: int, token_hash: str, expires_at: datetime, timestamp: datetime
    ) -> None:
        self.number = number
        self.numbers[token_hash] = number
        self.expires_at = expires_at
        self.rotated_at = timestamp

    @event(Ended)
    def _ended(self) -> None:
        self.ended = True
