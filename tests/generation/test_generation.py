"""What a generation allows, and that it ends exactly once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from domain.generation import Generation, GenerationEnded, PromptLength, PromptRefused
from domain.shared.prompts import unwanted
from tests.drafts.examples import GENERATION, candidates
from tests.generation.examples import DEADLINE, REQUEST, WISH, a_generation
from tests.given import NOW, given

Decision = Callable[[Generation], Any]


def complete(generation: Generation) -> None:
    generation.complete(candidates())


def fail(generation: Generation) -> None:
    generation.fail("painter_failed")


def expire(generation: Generation) -> None:
    generation.at(DEADLINE).expire()


def show_first(generation: Generation) -> None:
    generation.preview(0, "c" * 64)


ENDS: dict[str, Decision] = {
    "completed": complete,
    "failed": fail,
    "expired": expire,
    "cancelled": Generation.cancel,
}


def asked(prompt: str) -> Generation:
    return Generation.request(
        GENERATION, replace(REQUEST, wish=replace(WISH, prompt=prompt)), now=NOW
    )


@pytest.mark.parametrize("prompt", ["", "ev", "   ev   ", "x" * 1001])
def test_a_prompt_is_neither_too_short_nor_too_long(prompt: str) -> None:
    with pytest.raises(PromptLength) as refused:
        asked(prompt)
    assert refused.value.facts["length"] == len(prompt.strip())
    assert refused.value.pointer == "/prompt"


@pytest.mark.parametrize("prompt", ["dağ", "x" * 1000, "  dağ  "])
def test_a_prompt_within_its_limits_is_painted(prompt: str) -> None:
    assert asked(prompt).wish.prompt == prompt.strip()


@pytest.mark.parametrize(
    ("prompt", "category"),
    [
        ("PORNO afişi", "sexual"),
        ("Çıplak  kadınlar", "sexual"),
        ("bir PEDOFİLİN günlüğü", "minors"),
        ("gamalı haç", "hate"),
        ("hüzünlü bir kafası kesilmiş at", "gore"),
    ],
)
def test_some_things_are_not_painted_here(prompt: str, category: str) -> None:
    with pytest.raises(PromptRefused) as refused:
        asked(prompt)
    assert refused.value.facts == {"category": category}


@pytest.mark.parametrize(
    "prompt",
    [
        "ayva ağacına göre bir gölge",
        "Nazım Hikmet gibi nazik",
        "çıplak tepeler",
        "a heroine in Essex",
        "soykırımdan kaçan çocuklar",
        "XXL bir ayı",
    ],
)
def test_honest_words_are_not_mistaken_for_others(prompt: str) -> None:
    assert unwanted(prompt) is None


def test_a_preview_is_shown_once_for_each_variant() -> None:
    shown = given(a_generation()).when(show_first).then(Generation.Previewed)
    given(shown.aggregate).when(show_first).ignored()
    given(shown.aggregate).when(lambda one: one.preview(1, "d" * 64)).then(Generation.Previewed)


@pytest.mark.parametrize("end", ENDS)
def test_a_generation_ends_once(end: str) -> None:
    ended = given(a_generation(), ENDS[end])
    assert ended.aggregate.state == end
    for again in (complete, fail, expire, show_first):
        ended.when(again).ignored()


@pytest.mark.parametrize("end", ["completed", "failed", "expired"])
def test_what_has_ended_is_not_cancelled(end: str) -> None:
    given(a_generation(), ENDS[end]).when(Generation.cancel).refused(GenerationEnded, state=end)


def test_cancelling_twice_is_cancelling_once() -> None:
    given(a_generation(), Generation.cancel).when(Generation.cancel).ignored()


def test_nothing_expires_before_its_deadline() -> None:
    given(a_generation()).when(Generation.expire).ignored()


def test_at_the_deadline_it_is_too_late_even_before_somebody_noticed() -> None:
    late = given(a_generation()).at(DEADLINE)
    late.when(complete).ignored()
    late.when(show_first).ignored()
    late.when(Generation.expire).then(Generation.Expired)


def test_a_late_generation_can_still_fail_or_be_cancelled() -> None:
    given(a_generation()).at(DEADLINE).when(fail).then(Generation.Failed)
    given(a_generation()).at(DEADLINE).when(Generation.cancel).then(Generation.Cancelled)
