"""Laws over all: every command twice, every history, every read model, every personal word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any
from uuid import UUID

import msgspec
import pytest

from adapters.crypto import MemoryKeys
from adapters.mapper import EventMapper, personal_fields, subject_id
from adapters.states import state_form
from application.bus import HANDLERS
from application.store import Recorded, replay
from domain.shared.aggregate import Aggregate
from projections.base import AnyReadModel, Fold, Lines
from tests.asked import examples, show
from tests.sources import PRODUCT, import_all, product, product_events

import_all("domain", "application", "projections")

WITHOUT_EXAMPLE: set[str] = set()
"""Commands that the laws are not asked of, each with the reason why."""

NEVER_IN_EXAMPLES = {
    "invoice_series.book_opened",  # a book holds too many invoices to fill one here
    "wallet.credits_clawed_back",  # decided by refunds of purchases and by manual entries
}
"""Events that no example lets happen, each with the reason why."""

MODELS: dict[str, AnyReadModel] = {
    each.name: each
    for source in product()
    if source.path.startswith("projections/")
    for each in vars(import_module(source.module)).values()
    if isinstance(each, Fold | Lines)
}

each_example = pytest.mark.parametrize("name", sorted(examples()))


def test_every_command_has_an_example() -> None:
    commands = {
        kind.__name__ for kind in HANDLERS if kind.__module__.split(".", maxsplit=1)[0] in PRODUCT
    }
    shown = {example.kind.__name__ for example in examples().values()}
    assert sorted(commands - shown) == sorted(WITHOUT_EXAMPLE)


@each_example
async def test_asking_twice_is_asking_once(name: str) -> None:
    shown = await show(name)
    first, second = shown.first, shown.second
    assert shown.grew_by[0] > 0, "the example shows nothing"
    assert shown.grew_by[1] == 0
    assert (second.replayed, first.replayed) == (True, False)
    assert (second.id, second.version) == (first.id, first.version)
    assert (second.position, second.answer) == (first.position, first.answer)


@each_example
async def test_every_event_reads_as_it_was_written(name: str) -> None:
    shown = await show(name)
    written = list(shown.emitted)
    assert [recorded.event for recorded in shown.history[-len(written) :]] == written


@each_example
async def test_every_history_replays_to_the_same_aggregate(name: str) -> None:
    shown = await show(name)
    mapper = EventMapper(MemoryKeys())
    for history in _streams(shown.history).values():
        again = [Recorded(each.position, _stored(mapper, each), each.metadata) for each in history]
        assert _state(replay(again)) == _state(replay(history))


@each_example
async def test_every_history_goes_on_from_any_state_of_it(name: str) -> None:
    for history in _streams((await show(name)).history).values():
        whole = replay(history)
        if not whole.SNAPSHOTS:
            continue
        form = state_form(type(whole))
        for cut in range(1, len(history) + 1):
            past = replay(history[:cut])
            resumed = form.decode(form.encode(past), stream_id=past.id, version=past.version)
            for each in history[cut:]:
                resumed.recall(each.event)
            assert _state(resumed) == _state(whole)


@each_example
async def test_read_models_are_the_same_whatever_the_page(name: str) -> None:
    history = (await show(name)).history
    for model in MODELS.values():
        one_by_one = _rows(model, history, page=1)
        assert one_by_one == _rows(model, history, page=1000), model.name
        for row in one_by_one.values():
            assert model.read(_through_sql(model, row)) == row, model.name


@each_example
async def test_personal_words_are_stored_encrypted_only(name: str) -> None:
    shown = await show(name)
    mapper = EventMapper(MemoryKeys())
    for recorded in shown.history:
        event = recorded.event
        payload = mapper.encode(event).decode()
        stored = [payload, msgspec.json.encode(recorded.metadata).decode()]
        stored += [answer.decode() for answer in shown.answers]
        for field in personal_fields(type(event)):
            for word in _words(msgspec.to_builtins(getattr(event, field))):
                assert not [text for text in stored if word in text], (event.TOPIC, field, word)


async def test_the_examples_let_every_event_happen() -> None:
    seen = {
        type(recorded.event).TOPIC for name in examples() for recorded in (await show(name)).history
    }
    assert sorted(product_events().keys() - seen) == sorted(NEVER_IN_EXAMPLES)


def _streams(history: Sequence[Recorded]) -> dict[UUID, list[Recorded]]:
    streams: dict[UUID, list[Recorded]] = defaultdict(list)
    for recorded in history:
        streams[recorded.event.originator_id].append(recorded)
    return streams


def _stored(mapper: EventMapper, recorded: Recorded) -> Any:
    event = recorded.event
    payload = mapper.encode(event)
    return mapper.decode(
        event.TOPIC, payload, schema_version=event.class_version, subject=subject_id(event)
    )


def _state(aggregate: Aggregate) -> dict[str, Any]:
    return {name: value for name, value in vars(aggregate).items() if name != "_pending_events"}


def _rows(model: AnyReadModel, history: Sequence[Recorded], *, page: int) -> dict[Any, Any]:
    """The table's rows by their keys after all of the log, read so many events at a time."""
    rows: dict[Any, Any] = {}
    for begin in range(0, len(history), page):
        wanted = [each for each in history[begin : begin + page] if model.wants(each)]
        if isinstance(model, Lines):
            for row in (line for each in wanted for line in model.lines(each)):
                assert model.key_of(row) not in rows, f"{model.name} has two lines with one key"
                rows[model.key_of(row)] = row
            continue
        rows |= model.fold(rows, wanted)
        rows = {key: row for key, row in rows.items() if row is not None}
        assert all(model.key_of(row) == key for key, row in rows.items()), model.name
    return rows


def _through_sql(model: AnyReadModel, row: Any) -> list[Any]:
    return [
        msgspec.json.decode(value) if column.is_json and value is not None else value
        for column, value in zip(model.columns, model.values(row), strict=True)
    ]


def _words(value: Any) -> Iterator[str]:
    """The texts in a personal value that are long enough not to occur by chance."""
    match value:
        case str() if len(value) > 4:
            yield msgspec.json.encode(value).decode()[1:-1]
        case dict():
            for each in value.values():
                yield from _words(each)
        case list() | tuple():
            for each in value:
                yield from _words(each)
