"""Asks history: facts are put into scratch tables, read again person by person, and reckoned."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol
from uuid import UUID

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

from application.store import LogReader, Recorded
from application.what_if.comparing import Comparison, Outcome, Question
from application.what_if.facts import FACT_KINDS, AnyFact, NotReckoned, facts_of

AT_ONCE = 2_000
"""How many persons' outcomes are put away together."""

Tell = Callable[[int, int], None]
"""Hears how much is done of how much."""

_encode = Encoder(uuid_format="bytes").encode
_decode = Decoder(AnyFact).decode


class ScratchTables(Protocol):
    """Tables that nobody else sees, and that are gone when whoever made them is."""

    async def keep_facts(self, facts: Sequence[tuple[UUID, int, bytes]]) -> None:
        """Put away facts: whose, the event's position, and the fact."""
        ...

    def facts(self) -> AsyncIterator[tuple[UUID, int, bytes]]:
        """All facts, person by person and each one's in order."""
        ...

    async def keep_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """Put away what came out."""
        ...


class Asked(Struct, frozen=True):
    """How many facts of how many persons were reckoned."""

    facts: int
    persons: int


async def read_facts(
    log: LogReader, scratch: ScratchTables, *, until: int, person: UUID | None, tell: Tell
) -> int:
    """Put what history says up to a position, of all or of one person, into the scratch tables;
    how many facts. Raises `NotReckoned`, `LogUnavailable` and `MapperDeserialisationError`.
    """
    count = 0
    tell(0, until)
    async for page in log.pages(0, until, kinds=FACT_KINDS):
        rows = [row for row in map(_row, page.events) if person in {None, row[0]}]
        if rows:
            await scratch.keep_facts(rows)
        count += len(rows)
        tell(page.position, until)
    return count


async def reckon(scratch: ScratchTables, question: Question, *, facts: int, tell: Tell) -> Asked:
    """Compare the rules for each person, and put the outcomes away. Raises `NotReckoned`."""
    comparison: Comparison | None = None
    whose: UUID | None = None
    done, persons = 0, 0
    waiting: list[Outcome] = []
    async for person, position, fact in scratch.facts():
        if person != whose or comparison is None:
            if comparison is not None:
                waiting.append(comparison.outcome())
            whose, comparison = person, Comparison(person, question)
            persons += 1
            if len(waiting) >= AT_ONCE:
                await scratch.keep_outcomes(waiting)
                waiting = []
                tell(done, facts)
        try:
            comparison.take(_decode(fact))
        except NotReckoned as why:
            raise NotReckoned(f"The event at {position:,} of {person}: {why}.") from why
        done += 1
    if comparison is not None:
        waiting.append(comparison.outcome())
    await scratch.keep_outcomes(waiting)
    tell(done, facts)
    return Asked(done, persons)


def _row(recorded: Recorded) -> tuple[UUID, int, bytes]:
    try:
        person, fact = facts_of(recorded)
    except NotReckoned as why:
        raise NotReckoned(f"The event at {recorded.position:,}: {why}.") from why
    return person, recorded.position, _encode(fact)
