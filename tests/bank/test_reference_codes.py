"""Reference codes: what people do to them on the way, and what is never guessed."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.bank import code_of, codes_in, is_code, printed
from domain.bank.codes import SYMBOLS

codes = st.builds(code_of, st.sampled_from(["transfer", "return"]), st.uuids())


@given(codes)
def test_a_code_is_found_however_it_is_typed(code: str) -> None:
    spellings = (
        code,
        printed(code),
        printed(code).lower(),
        " ".join(code),
        f"HAVALE: {printed(code).lower()} / İLGAZ ŞENOĞLU kapak",
        code.replace("K", "k").replace("Ç", "C"),
    )
    assert [codes_in(each) for each in spellings] == [(code,)] * len(spellings)


@given(codes, st.data())
def test_one_or_two_wrong_symbols_are_noticed_and_never_put_right(
    code: str, data: st.DataObject
) -> None:
    places = data.draw(st.sets(st.integers(2, 9), min_size=1, max_size=2))
    wrong = list(code)
    for place in places:
        wrong[place] = data.draw(st.sampled_from([s for s in SYMBOLS if s != code[place]]))
    assert not is_code("".join(wrong))
    assert codes_in("".join(wrong)) == ()


@given(codes, st.integers(2, 8))
def test_neighbours_that_changed_places_are_noticed(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert swapped == code or codes_in(swapped) == ()


@given(codes, codes)
def test_two_codes_in_one_text_are_both_found(first: str, second: str) -> None:
    assert {first, second} <= set(codes_in(f"{first} {second}"))


def test_each_turn_gives_another_code() -> None:
    subject = UUID(int=7)
    assert len({code_of("transfer", subject, turn=turn) for turn in range(50)}) == 50


def test_a_transfer_and_a_return_for_the_same_subject_differ() -> None:
    subject = UUID(int=7)
    assert code_of("transfer", subject)[:2] == "PK"
    assert code_of("return", subject)[:2] == "PR"


@given(st.text(max_size=300))
def test_any_text_can_be_searched(text: str) -> None:
    assert all(is_code(each) for each in codes_in(text))
