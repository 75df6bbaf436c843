"""A slice of history: the events around a position, and all that is needed to rebuild the state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from adapters.postgres.pool import Pool
from application.history import state_of
from application.past import WholeLog
from application.store import Recorded, replay
from domain.shared.aggregate import Event
from projections import following
from projections.base import AnyReadModel, Fold, Lines, Sums, Unfoldable
from projections.tables import ReadTable

MOST_EVENTS = 200_000
"""A slice is looked at by people; a bigger one is no slice."""

STAND = "UPDATE projections SET position = %s, moved_at = now()"

Tell = Callable[[int, int], None]
Keys = Mapping[str, Collection[Any]]


class SliceRefused(Exception):
    """There is no such slice; the message is one sentence."""


class Span(Struct, frozen=True, kw_only=True):
    """The positions around which a slice was asked for, from `first` to `last`."""

    around: int
    first: int
    last: int

    def holds(self, position: int) -> bool:
        """Whether this position was asked for."""
        return self.first <= position <= self.last


class AggregateState(Struct, frozen=True, kw_only=True):
    """What an aggregate adds up to: a digest of its state at this version."""

    stream_id: UUID
    version: int
    state: str


class RowState(Struct, frozen=True, kw_only=True):
    """A digest of a row of a read model's version; of one that can't be folded, at which event."""

    model: str
    model_version: int
    key: str
    state: str


def span_of(around: int, *, before: int, after: int, head: int) -> Span:
    """The positions around one, as far as there are any. Raises `SliceRefused`."""
    if not head:
        raise SliceRefused("The log is empty; there is nothing to slice.")
    if not 1 <= around <= head:
        raise SliceRefused(f"There is no event at {around:,}; the log has 1 to {head:,}.")
    return Span(around=around, first=max(1, around - before), last=min(head, around + after))


async def gathered(
    log: WholeLog, models: Sequence[AnyReadModel], *, span: Span, tell: Tell
) -> Sequence[Recorded]:
    """All events up to the span's end of each aggregate that the span touches, and of each that
    shows in a row with one of those. Raises `SliceRefused` and `MapperDeserialisationError`.
    """
    asked = await log.page(span.first - 1, span.last - span.first + 1)
    touched = {recorded.event.originator_id for recorded in asked}
    core = await log.histories(touched, until=span.last)
    _must_fit(len(core))
    keys = keys_of(models, core)
    folds = [model for model in models if isinstance(model, Fold) and keys[model.name]]
    by_kind: defaultdict[type[Event], list[Fold[Any]]] = defaultdict(list)
    for model in folds:
        for kind in model.handlers:
            by_kind[kind].append(model)
    tell(0, span.last)
    async for page in log.pages(0, span.last, kinds=list(by_kind)):
        for recorded in page.events:
            assert recorded.kind is not None
            if any(_key(model, recorded) in keys[model.name] for model in by_kind[recorded.kind]):
                touched.add(recorded.event.originator_id)
        tell(page.position, span.last)
    events = await log.histories(touched, until=span.last)
    _must_fit(len(events))
    return events


def keys_of(models: Sequence[AnyReadModel], events: Iterable[Recorded]) -> Keys:
    """The keys of the rows that these events touch, by read model."""
    found: defaultdict[str, set[Any]] = defaultdict(set)
    for recorded in events:
        for model in models:
            if isinstance(model, Fold):
                found[model.name].add(_key(model, recorded))
    for keys in found.values():
        keys.discard(None)
    return found


def touching(events: Sequence[Recorded], span: Span) -> list[Recorded]:
    """The events of the aggregates that the span touches."""
    streams = {each.event.originator_id for each in events if span.holds(each.position)}
    return [each for each in events if each.event.originator_id in streams]


def aggregate_states(events: Iterable[Recorded]) -> Iterator[AggregateState]:
    """What each aggregate of these events adds up to."""
    histories: defaultdict[UUID, list[Recorded]] = defaultdict(list)
    for recorded in events:
        histories[recorded.event.originator_id].append(recorded)
    for stream_id in sorted(histories):
        aggregate = replay(histories[stream_id])
        yield AggregateState(
            stream_id=stream_id, version=aggregate.version, state=digest(state_of(aggregate))
        )


def rows_of(
    models: Sequence[AnyReadModel], events: Sequence[Recorded], *, span: Span
) -> Iterator[tuple[AnyReadModel, Any, Any]]:
    """Read model, key and row for all rows that the aggregates touched by the span show in: None
    for a row that is no more, `Unfoldable` for one that can't be folded.
    """
    core = touching(events, span)
    keys = keys_of(models, core)
    for model in models:
        if isinstance(model, Sums):
            continue  # a total adds up what happened to everybody
        if isinstance(model, Lines):
            yield from _lines_of(model, core)
            continue
        wanted: dict[Any, list[Recorded]] = {key: [] for key in keys[model.name]}
        for recorded in events:
            if (key := _key(model, recorded)) in wanted:
                wanted[key].append(recorded)
        for key in sorted(wanted, key=str):
            try:
                yield model, key, model.after(None, wanted[key])
            except Unfoldable as error:
                yield model, key, error


async def settle(
    pool: Pool, models: Sequence[AnyReadModel], *, events: Sequence[Recorded], span: Span
) -> list[RowState]:
    """Fill the read models of a database that has only these events: the rows that `rows_of` gives,
    as of the span's end. What is told of the rows is told of them as they were read back.
    """
    async with pool.connection() as connection, connection.transaction():
        known = {(model.name, model.version): model for model in models}
        await following.census(connection, known, size=MOST_EVENTS)
        rows: defaultdict[str, list[Any]] = defaultdict(list)
        states = []
        for model, key, row in rows_of(models, events, span=span):
            if row is None or isinstance(row, Unfoldable):
                states.append(row_state(model, key, row=row))
            else:
                rows[model.name].append(row)
        for model in models:
            table = ReadTable(connection, model)
            await table.insert(rows[model.name])
            read = await table.load([model.key_of(row) for row in rows[model.name]])
            states += [row_state(model, key, row=row) for key, row in read.items()]
        await connection.execute(STAND, (span.last,))
    return states


def row_state(model: AnyReadModel, key: Any, *, row: Any) -> RowState:
    """What is told of a row."""
    if isinstance(row, Unfoldable):
        state = f"can't be folded at {row.position}"
    else:
        state = "none" if row is None else digest(row)
    text = ",".join(map(str, key)) if isinstance(key, tuple) else str(key)
    return RowState(model=model.name, model_version=model.version, key=text, state=state)


def digest(value: Any) -> str:
    """The same for the same state, wherever it was read."""
    plain = msgspec.to_builtins(value, builtin_types=(datetime,))
    return sha256(msgspec.json.encode(_in_utc(plain), order="sorted")).hexdigest()


def _lines_of(
    model: Lines[Any], events: Iterable[Recorded]
) -> Iterator[tuple[AnyReadModel, Any, Any]]:
    for recorded in events:
        if not model.wants(recorded):
            continue
        try:
            rows = model.all_lines([recorded])
        except Unfoldable as error:
            yield model, recorded.position, error
            continue
        for row in rows:
            yield model, model.key_of(row), row


def _key(model: Fold[Any], recorded: Recorded) -> Any:
    """The key of the row that it touches; None also where the fold can't tell."""
    try:
        return model.key_for(recorded)
    except Exception:  # noqa: BLE001  # the incident may be just this
        return None


def _in_utc(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, dict):
        return {str(name): _in_utc(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_in_utc(each) for each in value]
    return value


def _must_fit(events: int) -> None:
    if events > MOST_EVENTS:
        raise SliceRefused(
            f"That would be {events:,} events, more than {MOST_EVENTS:,}; ask for fewer by"
            " --before and --after."
        )
