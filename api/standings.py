"""Remembers how sessions stand for as long as neither a session nor a person has changed."""

from __future__ import annotations

from uuid import UUID

from api.auth import SessionStanding, StandingOf
from projections.reads import Reads

MODELS = ("sessions", "persons")
KEPT = 20_000
"""The most sessions that are remembered: about 10 MB."""


class KeptStandings:
    """`StandingOf` that asks again once rows of `MODELS` have changed.

    A change and the word of it are one commit of the projector, so nobody who has seen a session
    end here meets it again; while nothing is heard of the projector, every request asks.
    """

    def __init__(self, ask: StandingOf) -> None:
        self._ask = ask
        self._as_of: tuple[int, ...] = ()
        self._kept: dict[UUID, SessionStanding] = {}

    async def __call__(self, reads: Reads, session_id: UUID, /) -> SessionStanding | None:
        as_of = tuple(map(reads.changed_at, MODELS))
        if as_of != self._as_of or len(self._kept) >= KEPT:
            self._as_of, self._kept = as_of, {}
        kept = self._kept.get(session_id)
        if kept is None:
            kept = await self._ask(reads, session_id)
            if kept is not None and as_of == self._as_of and -1 not in as_of:
                self._kept[session_id] = kept
        return kept
