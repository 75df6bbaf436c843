"""An aggregate for tests whose first event has had three shapes, and what brings them up."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from domain.shared.aggregate import Aggregate, Created, Event, Personal, event
from domain.upcasters import State, upcasts


class Letter(Aggregate):
    """Words that one person sent to another. `Posted` once had `text` and `weight` in kilograms."""

    TOPIC = "test_letter"

    class Posted(Created, frozen=True, kw_only=True):
        TOPIC = "test_letter.posted"
        SUBJECT = "author_id"
        class_version: ClassVar[int] = 3
        author_id: UUID
        words: Personal
        grams: int

    class Stamped(Event, frozen=True, kw_only=True):
        TOPIC = "test_letter.stamped"
        class_version: ClassVar[int] = 2
        stamps: tuple[str, ...]

    @classmethod
    def post(cls, letter_id: UUID, author_id: UUID, words: str, *, now: datetime) -> Letter:
        return cls.begin(
            cls.Posted, id=letter_id, now=now, author_id=author_id, words=words, grams=20
        )

    def stamp(self, *stamps: str) -> None:
        self.emit(Letter.Stamped, stamps=stamps)

    @event(Posted)
    def __init__(self, author_id: UUID, words: str, grams: int) -> None:
        self.author_id = author_id
        self.words = words
        self.grams = grams
        self.stamps: tuple[str, ...] = ()

    @event(Stamped)
    def _stamped(self, stamps: tuple[str, ...]) -> None:
        self.stamps += stamps


@upcasts("test_letter.posted", since=1)
def call_the_text_words(state: State) -> State:
    return {("words" if name == "text" else name): value for name, value in state.items()}


@upcasts("test_letter.posted", since=2)
def weigh_in_grams(state: State) -> State:
    kilograms = state.pop("weight")
    return state | {"grams": round(float(kilograms) * 1000)}


@upcasts("test_letter.stamped", since=1)
def allow_many_stamps(state: State) -> State:
    return state | {"stamps": [state["stamp"]]}
