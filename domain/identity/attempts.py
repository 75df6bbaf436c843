"""The pace of log-ins: each try is counted before it is judged, and the pauses grow."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from msgspec import Struct

from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.shared.errors import TooMany


class TooManyLogIns(TooMany):
    """Fact: `retry_after_seconds`."""


class Pace(Struct, frozen=True, kw_only=True):
    """So many tries are free; then the pause begins and doubles every `step` tries, up to the
    longest. It never becomes a lock, so that a stranger can't keep an account's owner out for good.
    """

    free: int
    step: int
    first_seconds: int
    longest_seconds: int

    def pause_after(self, tries: int) -> timedelta:
        """How long to wait after so many tries in vain."""
        if tries < self.free:
            return timedelta(0)
        doublings = min((tries - self.free) // self.step, 30)
        return timedelta(seconds=min(self.first_seconds * 2**doublings, self.longest_seconds))


class LogInAttempts(Aggregate):
    """The tries of one day for one account, or from one address; its id does not reveal which."""

    TOPIC = "log_in_attempts"
    SNAPSHOTS = True
    tries: int
    last_at: datetime

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "log_in_attempts.opened"

    class Counted(Event, frozen=True, kw_only=True):
        TOPIC = "log_in_attempts.counted"

    class Succeeded(Event, frozen=True, kw_only=True):
        TOPIC = "log_in_attempts.succeeded"
        forgiven: int

    @staticmethod
    def id_of(claim: UUID, moment: datetime) -> UUID:
        """The tries of the day; a stream per day stays short for ever."""
        return uuid5(claim, moment.date().isoformat())

    @classmethod
    def open(cls, attempts_id: UUID, now: datetime) -> LogInAttempts:
        """Nothing tried yet."""
        return cls.begin(cls.Opened, id=attempts_id, now=now)

    def count(self, pace: Pace) -> None:
        """Count one try. Raises `TooManyLogIns` when it comes too early."""
        pause = pace.pause_after(self.tries)
        # A clock that was set back must not make anybody wait longer than the pause
        wait = min(self.last_at + pause - self.now, pause)
        if wait > timedelta(0):
            raise TooManyLogIns(retry_after_seconds=math.ceil(wait.total_seconds()))
        self.emit(LogInAttempts.Counted)

    def succeed_for_account(self) -> None:
        """The right password: whatever was tried before is forgotten."""
        self._forgive(self.tries)

    def succeed_from_address(self) -> None:
        """The right password: only its own try is taken back, because another account's tries
        may come from the same address.
        """
        self._forgive(min(self.tries, 1))

    def _forgive(self, tries: int) -> None:
        if tries:
            self.emit(LogInAttempts.Succeeded, forgiven=tries)

    @event(Opened)
    def __init__(self) -> None:
        self.tries = 0
        self.last_at = self.created_on

    @event(Counted)
    def _counted(self, timestamp: datetime) -> None:
        self.tries += 1
        self.last_at = timestamp

    @event(Succeeded)
    def _succeeded(self, forgiven: int) -> None:
        self.tries -= forgiven
