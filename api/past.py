"""`?as_of=`: queries about the past, by an instant or a position of the log."""

from __future__ import annotations

from typing import Annotated

from litestar.params import QueryParameter

from api.ask import Ask
from api.field_faults import FieldFault
from api.problems import Trouble
from application.past import Cut, MomentAhead, cut_at, moment_of
from projections.past import Past

AsOf = Annotated[
    str | None,
    QueryParameter(
        name="as_of",
        description="A position, or an instant as of RFC 3339 with its offset: the answer is what"
        " it was then. It has `Consistency: historical`, the position it reflects, and no ETag",
        max_length=64,
    ),
]


async def past_at(ask: Ask, as_of: str) -> Past:
    """What the answer about this moment is made from. Raises `Trouble` (422) for a moment that is
    none, or is still to come.
    """
    cut = await cut_of(ask, as_of)
    ask.looks_back(cut.position)
    return Past(ask.log, ask.reads, cut)


async def cut_of(ask: Ask, as_of: str) -> Cut:
    """Where history stood at this moment. Raises `Trouble` (422)."""
    try:
        return await cut_at(ask.log, moment_of(as_of), now=ask.now)
    except ValueError as error:
        raise _trouble("as_of_malformed") from error
    except MomentAhead as error:
        raise _trouble("as_of_in_future", head=str(error.head)) from error


def _trouble(code: str, **facts: str) -> Trouble:
    fault = FieldFault(code=code, parameter="as_of", facts=facts)
    return Trouble(422, "invalid_parameters", errors=[fault])
