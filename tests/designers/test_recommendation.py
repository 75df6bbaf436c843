"""Which three designers are shown first."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given as given_any
from hypothesis import strategies as st

from domain.recommendation import Standing, recommend

TODAY = date(2026, 3, 1)

standing_lists = st.lists(
    st.builds(
        Standing,
        designer_id=st.uuids(),
        listed=st.integers(1, 100),
        open_jobs=st.integers(0, 5),
        finished_jobs=st.integers(0, 5),
    ),
    max_size=8,
    unique_by=lambda standing: standing.designer_id,
)


def standing(number: int, *, open_jobs: int = 0, finished: int = 0) -> Standing:
    return Standing(
        designer_id=UUID(int=number), listed=number, open_jobs=open_jobs, finished_jobs=finished
    )


def test_each_merit_finds_its_designer() -> None:
    veteran = standing(1, open_jobs=4, finished=9)
    idle = standing(2, open_jobs=0, finished=3)
    busy = standing(3, open_jobs=2, finished=5)
    newcomer = standing(4, open_jobs=1)
    picks = recommend([busy, newcomer, idle, veteran], question="q", day=TODAY)
    assert [(pick.merit, pick.designer_id.int) for pick in picks] == [
        ("best", 1),
        ("newcomer", 4),
        ("least_busy", 2),
    ]


@given_any(standing_lists, st.text())
def test_the_same_question_has_the_same_answer_whatever_the_order(
    standings: list[Standing], question: str
) -> None:
    answer = recommend(standings, question=question, day=TODAY)
    assert recommend(reversed(standings), question=question, day=TODAY) == answer
    assert len({pick.designer_id for pick in answer}) == min(3, len(standings))


def test_equals_take_turns_from_day_to_day() -> None:
    equals = [
        Standing(designer_id=UUID(int=number), listed=0, open_jobs=0, finished_jobs=0)
        for number in range(6)
    ]
    first = {
        recommend(equals, question="q", day=TODAY + timedelta(days=day))[0].designer_id
        for day in range(60)
    }
    assert first == {each.designer_id for each in equals}
