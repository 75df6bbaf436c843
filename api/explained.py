"""`?explain=true`: the events that made an amount, with who, when, why, and by which document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from litestar.params import QueryParameter
from msgspec import Struct

from api.ask import Ask
from application.past import Cut
from application.store import Recorded
from domain.shared.money import Money
from projections.past import Change, Past

STAFF = frozenset({"admin", "finance"})
MOST = 1_000
"""How many events are told one by one; those before them are told as one sum."""

Amounts = Mapping[str, int | Money]
Explain = Annotated[
    bool, QueryParameter(name="explain", description="Name the events that made the amounts")
]


class Cause(Struct, frozen=True):
    """The event to which the system reacted."""

    position: int
    event: str


class Document(Struct, frozen=True):
    """A paper outside the log, as far as it is known today: the number of an invoice, the
    provider's reference of a payment, or the id of a generation.
    """

    kind: Literal["invoice", "payment", "generation"]
    number: str


class Because(Struct, frozen=True, kw_only=True):
    """One event and what it did to the amounts; `changes` are signed, by the names of the answer.

    `actor` is "you", "system" or "staff"; admins and finance see the person's id. `command` is what
    was asked, `cause` why, if it was the system itself that asked.
    """

    position: int
    at: datetime
    event: str
    command: str
    actor: str
    cause: Cause | None
    documents: list[Document]
    changes: dict[str, int | Money]


class Earlier(Struct, frozen=True, kw_only=True):
    """So many older events, the last of them at `until`, and what they did to the amounts."""

    events: int
    until: int
    changes: dict[str, int | Money]


class Explanation(Struct, frozen=True, kw_only=True):
    """All events that made the amounts, oldest first; the sum of all changes is the answer."""

    earlier: Earlier | None
    events: list[Because]


class Reason(Struct, frozen=True):
    """An event, what it did to the amounts, and its documents."""

    recorded: Recorded
    changes: dict[str, int | Money]
    documents: Sequence[Document] = ()


def past_until(ask: Ask, position: int) -> Past:
    """What explains a row of the present whose newest event stands at this position."""
    return Past(ask.log, ask.reads, Cut(position, ask.now))


async def explanation_of(ask: Ask, reasons: Sequence[Reason], *, owner_id: UUID) -> Explanation:
    """The whole of what made an answer."""
    older, told = reasons[:-MOST], reasons[-MOST:]
    earlier = None
    if older:
        earlier = Earlier(events=len(older), until=older[-1].recorded.position, changes=_sum(older))
    events = await becauses(ask, told, owner_id=owner_id)
    return Explanation(earlier=earlier, events=events)


async def becauses(ask: Ask, reasons: Sequence[Reason], *, owner_id: UUID) -> list[Because]:
    """Each event as this caller may see it."""
    causes = {each.recorded.metadata.causation_position for each in reasons} - {None}
    topics = await ask.log.topics([each for each in causes if each is not None])
    names = _namer(ask, owner_id)
    return [
        Because(
            position=each.recorded.position,
            at=each.recorded.recorded_at,
            event=each.recorded.topic,
            command=each.recorded.metadata.command,
            actor=names(each.recorded.metadata.actor_id),
            cause=_cause(each.recorded.metadata.causation_position, topics),
            documents=list(each.documents),
            changes=each.changes,
        )
        for each in reasons
    ]


def reason(
    change: Change,
    amounts: Callable[[object], Amounts],
    *,
    documents: Sequence[Document] = (),
) -> Reason | None:
    """What an event did to the amounts of a row; None when it changed none."""
    before, after = amounts(change.before), amounts(change.after)
    changes = {name: _less(value, before.get(name)) for name, value in after.items()}
    changed = {name: value for name, value in changes.items() if not _is_nothing(value)}
    return Reason(change.recorded, changed, documents) if changed else None


def _namer(ask: Ask, owner_id: UUID) -> Callable[[UUID | None], str]:
    in_full = bool(STAFF & ask.who.roles)

    def name(actor_id: UUID | None) -> str:
        if actor_id is None:
            return "system"
        if in_full:
            return str(actor_id)
        return "you" if actor_id == owner_id else "staff"

    return name


def _cause(position: int | None, topics: Mapping[int, str]) -> Cause | None:
    return None if position is None else Cause(position, topics.get(position, ""))


def _sum(reasons: Sequence[Reason]) -> dict[str, int | Money]:
    amounts: dict[str, int | Money] = {}
    for each in reasons:
        for name, value in each.changes.items():
            amounts[name] = _less(value, _negative(amounts.get(name)))
    return amounts


def _less(value: int | Money, before: int | Money | None) -> int | Money:
    if isinstance(value, Money):
        return value - before if isinstance(before, Money) else value
    return value - before if isinstance(before, int) else value


def _negative(value: int | Money | None) -> int | Money | None:
    return None if value is None else value * -1


def _is_nothing(value: int | Money) -> bool:
    return not (value.amount if isinstance(value, Money) else value)
