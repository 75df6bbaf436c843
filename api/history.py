"""The history of any aggregate over HTTP, for those who look into what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import QueryParameter
from msgspec import Struct

from api.ask import Ask, Listed
from api.field_faults import FieldFault
from api.past import AsOf, cut_of
from api.problems import Trouble
from application.history import Step, told
from application.past import NothingYet
from application.store import Recorded
from domain.shared.errors import NotFound

Version = Annotated[int | None, QueryParameter(name="version", ge=0, le=10**15)]


class AggregateAnswer(Struct, frozen=True, kw_only=True):
    """An aggregate at a version. `position` and `at` are those of its newest event then, `state` is
    what its events had assigned; personal texts read as `[personal]`, secrets as `[secret n]`.
    """

    id: UUID
    kind: str
    version: int
    position: int
    at: datetime
    state: dict[str, Any]


class HistoryController(Controller):
    path = "/history/{aggregate_id:uuid}"
    tags = ("history",)

    @get(operation_id="AggregateThen", summary="Anything that has a history, as it was")
    async def then(
        self, ask: Ask, aggregate_id: UUID, as_of: AsOf = None, version: Version = None
    ) -> Response[AggregateAnswer]:
        """At a moment, at a version, or now; for admins and finance."""
        history = await _history(ask, aggregate_id, as_of=as_of, version=version)
        found = told(history, personal=False, most=0)
        return ask.answer(
            AggregateAnswer(
                id=found.id,
                kind=found.kind,
                version=found.version,
                position=found.position,
                at=found.at,
                state=found.state,
            )
        )

    @get("/steps", operation_id="AggregateSteps", summary="Who changed what, when and why")
    async def steps(
        self,
        ask: Ask,
        aggregate_id: UUID,
        as_of: AsOf = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[Step]]:
        """Every event, newest first, with the fields of the state before and after it; for admins
        and finance.
        """
        page = ask.page(limit, cursor)
        before = page.after[0] if page.after else None
        history = await _history(ask, aggregate_id, as_of=as_of)
        found = told(history, personal=False, before=before, most=page.limit + 1)
        return ask.listed(found.steps, page, key=lambda step: [step.version])


async def _history(
    ask: Ask, aggregate_id: UUID, *, as_of: str | None, version: int | None = None
) -> Sequence[Recorded]:
    """The events up to the moment and the version. Raises `NotFound`, or `Trouble` (422)."""
    ask.must_be("admin", "finance")
    cut = await cut_of(ask, as_of) if as_of is not None else None
    whole = await ask.log.load(aggregate_id)
    if not whole:
        raise NotFound
    history = cut.until(whole) if cut else list(whole)
    if version is not None:
        newest = whole[-1].event.originator_version
        if version > newest:
            facts = {"limit": str(newest)}
            fault = FieldFault(code="field_too_big", parameter="version", facts=facts)
            raise Trouble(422, "invalid_parameters", errors=[fault])
        history = [each for each in history if each.event.originator_version <= version]
    if not history:
        raise NothingYet
    ask.looks_back(cut.position if cut else history[-1].position)
    return history
