"""A link sent by mail proves, once and for a while, that somebody reads a person's mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.shared.errors import Invalid

Purpose = Literal["confirm_email", "reset_password", "account_exists"]

QUIET = timedelta(minutes=5)
"""However often a link is asked for, one goes out in this time."""


class LinkNotGood(Invalid):
    """Unknown, forged, used or too old: which of these is not told."""


class Challenge(Aggregate):
    """The secret of the link is kept as its SHA-256 only; `credential` is the number of the
    person's password at that time, so that a changed password makes older links void.
    """

    TOPIC = "challenge"

    class Started(Created, frozen=True, kw_only=True):
        TOPIC = "challenge.started"
        person_id: UUID
        purpose: Purpose
        secret_hash: str
        credential: int
        expires_at: datetime

    class Used(Event, frozen=True, kw_only=True):
        TOPIC = "challenge.used"
        person_id: UUID

    @staticmethod
    def id_of(person_id: UUID, purpose: Purpose, *, credential: int, moment: datetime) -> UUID:
        """The same for all who ask within a quiet time."""
        period = int(moment.timestamp() // QUIET.total_seconds())
        return uuid5(person_id, f"{purpose}/{credential}/{period}")

    def use(self, *, secret_hash: str, purposes: tuple[Purpose, ...], credential: int) -> None:
        """Use the link. Raises `LinkNotGood`."""
        good = (
            secret_hash == self.secret_hash
            and self.purpose in purposes
            and credential == self.credential
            and self.now < self.expires_at
            and not self.used
        )
        if not good:
            raise LinkNotGood("/token")
        self.emit(Challenge.Used, person_id=self.person_id)

    def was_used_with(self, secret_hash: str) -> bool:
        """Whether this very link did its work before."""
        return self.used and secret_hash == self.secret_hash

    @event(Started)
    def __init__(
        self,
        person_id: UUID,
        purpose: Purpose,
        secret_hash: str,
        credential: int,
        expires_at: datetime,
    ) -> None:
        self.person_id = person_id
        self.purpose: Purpose = purpose
        self.secret_hash = secret_hash
        self.credential = credential
        self.expires_at = expires_at
        self.used = False

    @event(Used)
    def _used(self) -> None:
        self.used = True
