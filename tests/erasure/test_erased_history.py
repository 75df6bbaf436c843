"""Laws over all examples: a history whose persons are erased still folds, by the same keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from adapters.crypto import MemoryKeys
from adapters.mapper import ERASED, EventMapper, personal_fields, subject_id
from application.store import Recorded, replay
from domain.shared.aggregate import personal_names
from projections import READ_MODELS
from projections.base import Fold, Lines
from tests.asked import examples, show
from tests.test_laws import _streams

each_example = pytest.mark.parametrize("name", sorted(examples()))


async def erased(history: Sequence[Recorded]) -> list[Recorded]:
    """The history as it reads when everybody in it is forgotten."""
    keys = MemoryKeys()
    mapper = EventMapper(keys)
    stored = [(each, subject_id(each.event), mapper.encode(each.event)) for each in history]
    for _, subject, _ in stored:
        if subject:
            await keys.destroy(subject)
    return [
        Recorded(
            each.position,
            mapper.decode(
                each.event.TOPIC,
                payload,
                schema_version=each.event.class_version,
                subject=subject,
            ),
            each.metadata,
        )
        for each, subject, payload in stored
    ]


@each_example
async def test_rows_of_erased_persons_have_the_keys_that_they_had(name: str) -> None:
    """Else a row could not be found again once its person is erased."""
    history = (await show(name)).history
    for before, after in zip(history, await erased(history), strict=True):
        for model in READ_MODELS:
            if isinstance(model, Fold):
                assert model.key_for(before) == model.key_for(after), model.name
            elif model.wants(before):
                assert _keys(model, before) == _keys(model, after), model.name


def _keys(model: Lines[Any], recorded: Recorded) -> list[Any]:
    return [model.key_of(line) for line in model.lines(recorded)]


@each_example
async def test_an_erased_history_folds_and_replays(name: str) -> None:
    history = await erased((await show(name)).history)
    for stream in _streams(history).values():
        assert replay(stream).version == stream[-1].event.originator_version
    for model in READ_MODELS:
        wanted = [each for each in history if model.wants(each)]
        if isinstance(model, Lines):
            model.all_lines(wanted)
        else:
            model.fold({}, wanted)


@each_example
async def test_what_counts_as_personal_is_what_the_mapper_encrypts(name: str) -> None:
    for recorded in (await show(name)).history:
        kind = type(recorded.event)
        assert set(personal_names(kind)) == personal_fields(kind).keys()
    for recorded in await erased((await show(name)).history):
        for field in personal_fields(type(recorded.event)):
            assert (
                getattr(recorded.event, field) in {None, ERASED}
                or ERASED in repr(getattr(recorded.event, field))
                or not getattr(recorded.event, field)
            )
