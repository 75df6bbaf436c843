"""What was stored stays readable: shapes of events are locked, and their page is fresh."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.event_docs import DOCUMENT, document
from tests.event_shapes import LOCK, Shape, as_text, read_lock, refused_changes, shapes

HOW = "run `python -m tests.event_shapes --write --docs` and look at what it changed"

HELD: Shape = {
    "class_version": 1,
    "subject": "customer_id",
    "fields": {
        "customer_id": {"type": "id"},
        "note": {"type": "text", "personal": True},
        "shares": {"type": {"list": {"struct": {"credits": {"type": "whole number"}}}}},
        "state": {"type": {"one of": ["closed", "open"]}},
    },
}


def changed(*path: str, value: Any) -> Shape:
    """The example with one thing in it set, or taken out when the value is None."""
    shape = deepcopy(HELD)
    inner = shape
    for step in path[:-1]:
        inner = inner[step]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return shape


def test_nothing_that_was_stored_becomes_unreadable() -> None:
    assert refused_changes(read_lock(), shapes()) == []


def test_the_lock_knows_every_event_as_it_is() -> None:
    assert LOCK.read_text(encoding="utf-8") == as_text(shapes()), HOW


def test_the_page_about_events_is_fresh() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), HOW


SHARE = ("fields", "shares", "type", "list", "struct")


@pytest.mark.parametrize(
    "allowed",
    [
        HELD,
        changed("fields", "reason", value={"type": "text", "default": True}),
        changed(*SHARE, "lot", value={"type": "id", "default": True}),
        changed("fields", "state", value={"type": {"one of": ["closed", "lost", "open"]}}),
        changed("fields", "note", value=None) | {"class_version": 2, "upcasts": [1]},
        changed("fields", "note", value=None) | {"class_version": 3, "upcasts": [1, 2]},
    ],
)
def test_additions_with_a_default_and_upcast_shapes_are_allowed(allowed: Shape) -> None:
    assert refused_changes({"held": HELD}, {"held": allowed, "new": HELD}) == []


@pytest.mark.parametrize(
    "refused",
    [
        changed("fields", "note", value=None),
        changed("fields", "reason", value={"type": "text"}),
        changed("fields", "customer_id", value={"type": "text"}),
        changed("fields", "note", value={"type": "text"}),
        changed("fields", "state", value={"type": {"one of": ["open"]}}),
        changed(*SHARE, "credits", value=None),
        changed(*SHARE, "lot", value={"type": "id"}),
        changed("subject", value="originator_id"),
        changed("class_version", value=0),
        changed("fields", "note", value=None) | {"class_version": 2},
        changed("fields", "note", value=None) | {"class_version": 3, "upcasts": [1]},
        changed("fields", "note", value=None) | {"class_version": 3, "upcasts": [2]},
    ],
)
def test_other_changes_are_refused(refused: Shape) -> None:
    assert refused_changes({"held": HELD}, {"held": refused})


def test_an_upcaster_stays_as_long_as_the_log() -> None:
    raised = HELD | {"class_version": 2}
    assert refused_changes({"held": raised | {"upcasts": [1]}}, {"held": raised})


def test_events_are_never_taken_out() -> None:
    assert refused_changes({"held": HELD}, {})
