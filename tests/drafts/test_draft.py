"""What a draft allows and refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.drafts import (
    Addresses,
    Book,
    Draft,
    DraftFrozen,
    DraftIncomplete,
    GenerationUnderWay,
    MessageCard,
    TextMissing,
    UnknownCandidate,
    WrongMethod,
)
from domain.shared.errors import NotFound
from domain.shared.money import Money
from tests.drafts.examples import (
    ADDRESSES,
    BOOK,
    CARD_WITH_WORDS,
    COMPLETE,
    CUSTOMER,
    DESIGNER,
    GENERATION,
    GIFT,
    HOME,
    ORDER,
    OTHER_GENERATION,
    STRANGER,
    UPLOADED,
    a_draft,
    candidates,
    committed,
    with_addresses,
    with_book,
    with_candidates,
    with_selection,
)
from tests.given import given

FEE = Money.of("900.00")
Decision = Callable[[Draft], Any]


def request(draft: Draft) -> None:
    draft.request_generation(GENERATION, 100)


def choose_designer(draft: Draft) -> None:
    draft.choose_designer(DESIGNER, FEE, wishes="mavi olsun")


def attach(draft: Draft) -> None:
    draft.attach_artwork(UPLOADED, warnings=("cropped",))


def add_card(draft: Draft) -> None:
    draft.add_message_card(CARD_WITH_WORDS)


def test_a_draft_needs_everything_at_first() -> None:
    assert a_draft("ai").missing == ("book", "candidate", "addresses")
    assert a_draft("upload").missing == ("book", "artwork", "addresses")
    assert a_draft("artist").missing == ("book", "designer", "addresses")


def test_a_draft_is_told_only_to_its_customer() -> None:
    given(a_draft()).when(lambda draft: draft.must_belong_to(CUSTOMER)).ignored()
    given(a_draft()).when(lambda draft: draft.must_belong_to(STRANGER)).refused(NotFound)


def test_the_book_can_be_changed_until_the_commit() -> None:
    outcome = given(a_draft(), with_book).when(lambda draft: draft.change_book(GIFT))
    assert outcome.then(Draft.BookDescribed).aggregate.book == GIFT


@pytest.mark.parametrize("field", ["title", "author"])
def test_a_book_has_a_title_and_an_author(field: str) -> None:
    book: Book = replace(BOOK, **{field: "  "})
    outcome = given(a_draft()).when(lambda draft: draft.change_book(book))
    assert outcome.refused(TextMissing, field=field).refusal


TWICE: dict[str, tuple[tuple[Decision, ...], Decision]] = {
    "book": ((with_book,), with_book),
    "addresses": ((with_addresses,), with_addresses),
    "request": ((with_book, request), request),
    "candidates": (
        (with_book, with_candidates),
        lambda draft: draft.receive_candidates(GENERATION, candidates()),
    ),
    "missed": ((with_book, with_candidates), lambda draft: draft.miss_generation(GENERATION, "x")),
    "selection": ((with_book, with_candidates, with_selection), with_selection),
    "card": ((add_card,), add_card),
    "no card": ((), Draft.remove_message_card),
    "commit": ((*COMPLETE, committed), committed),
    "commit for another order": (
        (*COMPLETE, committed),
        lambda draft: draft.commit(UUID(int=1)),
    ),
}


@pytest.mark.parametrize("name", TWICE)
def test_what_is_asked_twice_happens_once(name: str) -> None:
    before, again = TWICE[name]
    given(a_draft(), *before).when(again).ignored()


def test_the_same_file_is_attached_once() -> None:
    given(a_draft("upload"), attach).when(attach).ignored()


def test_the_same_designer_is_chosen_once() -> None:
    given(a_draft("artist"), choose_designer).when(choose_designer).ignored()


@pytest.mark.parametrize(
    ("method", "decide", "needed"),
    [
        ("upload", request, "ai"),
        ("artist", attach, "upload"),
        ("ai", attach, "upload"),
        ("ai", choose_designer, "artist"),
    ],
)
def test_each_method_has_its_own_steps(method: Any, decide: Decision, needed: str) -> None:
    given(a_draft(method)).when(decide).refused(WrongMethod, method=method, needed=needed)


FROZEN: list[Decision] = [
    lambda draft: draft.change_book(GIFT),
    with_addresses,
    lambda draft: draft.request_generation(OTHER_GENERATION, 200),
    lambda draft: draft.select_candidate(GENERATION, 2),
    attach,
    add_card,
    Draft.remove_message_card,
    choose_designer,
]


@pytest.mark.parametrize("decide", FROZEN)
def test_a_committed_draft_stands_still(decide: Decision) -> None:
    given(a_draft(), *COMPLETE, committed).when(decide).refused(DraftFrozen, order_id=ORDER)


def test_a_generation_needs_a_book_to_paint_for() -> None:
    given(a_draft()).when(request).refused(DraftIncomplete, missing="book")


def test_one_generation_at_a_time() -> None:
    given(a_draft(), with_book, request).when(
        lambda draft: draft.request_generation(OTHER_GENERATION, 100)
    ).refused(GenerationUnderWay, generation_id=GENERATION)


def test_a_generation_that_gave_nothing_makes_the_next_one_no_dearer() -> None:
    missed = given(a_draft(), with_book, request).when(
        lambda draft: draft.miss_generation(GENERATION, "failed")
    )
    draft = missed.then(Draft.GenerationMissed).aggregate
    assert (draft.generations, draft.open_generation) == (0, None)
    given(draft).when(lambda draft: draft.request_generation(OTHER_GENERATION, 100)).then(
        Draft.GenerationBegun
    )


def test_a_generation_that_was_missed_offers_nothing_later() -> None:
    given(
        a_draft(), with_book, request, lambda draft: draft.miss_generation(GENERATION, "expired")
    ).when(lambda draft: draft.receive_candidates(GENERATION, candidates())).ignored()


def test_a_selected_candidate_is_the_artwork_and_can_be_painted_again() -> None:
    outcome = given(a_draft(), with_book, with_candidates).when(with_selection)
    artwork = outcome.then(Draft.CandidateSelected).aggregate.artwork
    assert artwork is not None
    assert artwork.digest == "1" * 64
    assert (artwork.generation_id, artwork.variant) == (GENERATION, 1)
    assert artwork.painter_version == "memory-1"


def test_another_candidate_can_be_taken_before_the_commit() -> None:
    outcome = given(a_draft(), *COMPLETE).when(lambda draft: draft.select_candidate(GENERATION, 2))
    assert outcome.then(Draft.CandidateSelected).aggregate.selected == (GENERATION, 2)


@pytest.mark.parametrize("variant", [-1, 3])
def test_only_what_was_painted_is_selected(variant: int) -> None:
    given(a_draft(), with_book, with_candidates).when(
        lambda draft: draft.select_candidate(GENERATION, variant)
    ).refused(UnknownCandidate)


@pytest.mark.parametrize("field", ["recipient", "sender", "text"])
def test_a_card_without_words_is_refused(field: str) -> None:
    card: MessageCard = replace(CARD_WITH_WORDS, **{field: " "})
    given(a_draft()).when(lambda draft: draft.add_message_card(card)).refused(
        TextMissing, field=field
    )


def test_a_card_that_is_wanted_has_to_be_there() -> None:
    wanting = given(a_draft(), *COMPLETE, lambda draft: draft.change_book(GIFT))
    wanting.when(committed).refused(DraftIncomplete, missing="message_card")
    wanting.when(add_card).then(Draft.MessageCardAdded)
    wanting.when(committed).then(Draft.Committed)


def test_a_card_that_is_removed_is_no_longer_wanted() -> None:
    removed = given(a_draft(), *COMPLETE, lambda draft: draft.change_book(GIFT))
    removed.when(Draft.remove_message_card).then(Draft.MessageCardRemoved)
    removed.when(committed).then(Draft.Committed)


def test_a_card_that_was_removed_can_be_wished_for_again() -> None:
    given(a_draft(), lambda draft: draft.change_book(GIFT), Draft.remove_message_card).when(
        lambda draft: draft.change_book(GIFT)
    ).then(Draft.BookDescribed)


@pytest.mark.parametrize("place", ["delivery", "billing"])
def test_an_address_tells_where(place: str) -> None:
    wrong: Addresses = replace(ADDRESSES, **{place: replace(HOME, district=" ")})
    outcome = given(a_draft()).when(lambda draft: draft.give_addresses(wrong))
    refusal = outcome.refused(TextMissing, field="district").refusal
    assert isinstance(refusal, TextMissing)
    assert refusal.pointer == f"/{place}/district"


def test_an_incomplete_draft_says_what_is_missing() -> None:
    given(a_draft(), with_book).when(committed).refused(
        DraftIncomplete, missing="candidate, addresses"
    )


def test_a_draft_is_not_committed_under_a_running_generation() -> None:
    given(a_draft(), *COMPLETE, lambda draft: draft.request_generation(OTHER_GENERATION, 200)).when(
        committed
    ).refused(GenerationUnderWay)


@pytest.mark.parametrize(("method", "own"), [("upload", attach), ("artist", choose_designer)])
def test_a_complete_draft_is_committed(method: Any, own: Decision) -> None:
    outcome = given(a_draft(method), with_book, with_addresses, own).when(committed)
    draft = outcome.then(Draft.Committed).aggregate
    assert (draft.state, draft.order_id) == ("committed", ORDER)


def test_a_new_draft_is_open() -> None:
    assert a_draft().state == "open"
