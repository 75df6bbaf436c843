"""What every refusal has in common, whoever gets it and for whatever reason."""

from __future__ import annotations

import httpx
import msgspec

from api.problems import Problem
from api.wording import words_of


def problem_in(answer: httpx.Response) -> Problem:
    """The problem document of a refusal: complete, in words, and without our insides."""
    where = f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    assert 400 <= answer.status_code < 500, where
    assert answer.headers["Content-Type"] == "application/problem+json", where
    problem = msgspec.json.decode(answer.content, type=Problem, strict=True)
    assert problem.status == answer.status_code, where
    assert problem.type == f"/problems/{problem.code}", where
    words = words_of(problem.code)
    assert words is not words_of("refused"), f"{problem.code} has no words"
    assert problem.title in {words.title_tr, words.title_en}, where
    assert problem.detail, where
    for insides in ("Traceback", ".py", "psycopg", "msgspec", "SELECT"):
        assert insides not in answer.text, where
    return problem


def must_be_in_order(answer: httpx.Response) -> None:
    """A success will do, and so will a proper refusal."""
    if not answer.is_success and not answer.is_redirect:
        problem_in(answer)
