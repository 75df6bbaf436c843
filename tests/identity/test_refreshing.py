"""Refresh tokens in any order of use, double-sends and theft, against a model of what is right."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from domain.identity import RefreshRefused, Session
from tests.given import NOW

SESSION, PERSON = UUID(int=31), UUID(int=32)
LIFETIME = timedelta(days=30)


def token_hash(number: int) -> str:
    return f"hash-{number}"


class Refreshing(RuleBasedStateMachine):
    """The model knows four figures: the newest token, when it came, its end, and the session's."""

    tokens: Bundle[int] = Bundle("tokens")

    @initialize(target=tokens)
    def log_in(self) -> int:
        self.now = NOW
        self.newest, self.came_at, self.over = 1, NOW, False
        self.session = Session.begin(
            Session.Started,
            id=SESSION,
            now=NOW,
            person_id=PERSON,
            epoch=0,
            token_hash=token_hash(1),
            expires_at=NOW + LIFETIME,
            user_agent="",
            address="",
        )
        return 1

    @rule(seconds=st.sampled_from([0, 1, 9, 10, 11, 3600, 86_400 * 29, 86_400 * 31]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(target=tokens, shown=tokens)
    def refresh(self, shown: int) -> int:
        gone = self.over or self._too_old()
        early = self.now - self.came_at <= timedelta(seconds=10)
        stands = self._show(shown)
        if gone:
            assert stands is None
        elif shown == self.newest:
            assert stands
            self.newest, self.came_at = shown + 1, self.now
        elif shown == self.newest - 1 and early:
            assert stands
        else:
            assert stands is False
            self.over = True
        return self.newest

    @rule(number=st.integers(1000, 2000))
    def guess(self, number: int) -> None:
        assert self._show(number) is None

    @rule()
    def log_out(self) -> None:
        self.session.at(self.now).end("logged_out")
        self.over = True

    @invariant()
    def the_session_is_what_the_model_says(self) -> None:
        if not hasattr(self, "session"):
            return
        assert self.session.ended == self.over
        assert self.session.number == self.newest
        assert self.session.numbers == {
            token_hash(number): number for number in range(1, self.newest + 1)
        }

    def _show(self, number: int) -> bool | None:
        try:
            return self.session.at(self.now).refresh(
                token_hash(number),
                following=token_hash(self.session.number + 1),
                expires_at=self._end(),
            )
        except RefreshRefused:
            return None

    def _too_old(self) -> bool:
        return self.now >= self.came_at + LIFETIME

    def _end(self) -> datetime:
        return self.now + LIFETIME


TestRefreshing = Refreshing.TestCase
TestRefreshing.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
