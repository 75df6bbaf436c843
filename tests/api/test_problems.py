"""Every error is a problem document with the same shape, in the caller's language."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from api.problems import Problem
from api.wording import all_words, language_of, words_of
from tests.api.shop import Shop

EXPECTED = {
    "not_found": (404, "not_found"),
    "forbidden": (403, "forbidden"),
    "conflict": (409, "conflict"),
    "insufficient_credits": (409, "insufficient_credits"),
    "invalid": (422, "invalid"),
    "stale_version": (412, "stale_version"),
    "too_many": (429, "too_many"),
    "log": (503, "unavailable"),
    "pool": (503, "unavailable"),
    "operational": (503, "unavailable"),
    "deadlock": (503, "unavailable"),
    "port": (503, "unavailable"),
    "bug": (500, "unexpected"),
}


def problem_in(answer: httpx.Response) -> Problem:
    """The document, after checking what all of them have in common."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = msgspec.json.decode(answer.content, type=Problem, strict=True)
    assert problem.status == answer.status_code
    assert problem.type == f"/problems/{problem.code}"
    assert problem.title
    assert problem.detail
    assert len(problem.trace_id) == 32
    return problem


@pytest.mark.parametrize("name", EXPECTED)
async def test_every_kind_of_error_is_a_problem_document(shop: Shop, name: str) -> None:
    answer = await shop.client.get(f"/desk/error/{name}")
    problem = problem_in(answer)
    assert (problem.status, problem.code) == EXPECTED[name]
    assert problem.retryable == (problem.status in {429, 503})
    assert ("Retry-After" in answer.headers) == problem.retryable
    assert "/path/of" not in answer.text


async def test_a_problem_speaks_the_callers_language(shop: Shop) -> None:
    path = "/desk/error/stale_version"
    turkish = problem_in(await shop.client.get(path))
    english = problem_in(await shop.client.get(path, headers={"Accept-Language": "de, en;q=0.8"}))
    assert turkish.title == "Kayıt bu arada değişti"
    assert english.title == "Changed in the meantime"
    assert "version 1" in english.detail


async def test_a_problem_shows_the_figures_of_a_rule_but_not_of_what_is_hidden(shop: Shop) -> None:
    seen = problem_in(await shop.client.get("/desk/error/insufficient_credits"))
    hidden = problem_in(await shop.client.get("/desk/error/not_found"))
    assert seen.facts == {"available": "5", "needed": "6"}
    assert hidden.facts == {}


async def test_a_rule_may_point_at_a_field(shop: Shop) -> None:
    problem = problem_in(await shop.client.get("/desk/error/invalid"))
    assert [fault.pointer for fault in problem.errors] == ["/lines/0/count"]


async def test_an_unknown_route_is_a_problem(shop: Shop) -> None:
    for path in ("/nowhere", "/desk/nothing", "https://cover.test/schema/nothing"):
        problem = problem_in(await shop.client.get(path))
        assert (problem.status, problem.code) == (404, "unknown_route")


async def test_another_method_is_a_problem_that_names_the_right_ones(shop: Shop) -> None:
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        answer = await shop.client.request(method, "/wallet")
        assert problem_in(answer).code == "method_not_allowed"
        assert "GET" in answer.headers["Allow"]


async def test_the_trace_of_the_caller_is_kept(shop: Shop) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    answer = await shop.client.get("/desk/error/conflict", headers=headers)
    assert problem_in(answer).trace_id == trace


@pytest.mark.parametrize("bad", ["x", "00-" + "0" * 32 + "-b7ad6b7169203331-01", "00-zz-1-1"])
async def test_a_bad_trace_gives_way_to_our_own(shop: Shop, bad: str) -> None:
    answer = await shop.client.get("/desk/error/conflict", headers={"traceparent": bad})
    assert set(problem_in(answer).trace_id) != {"0"}


async def test_every_answer_is_guarded(shop: Shop) -> None:
    for path in ("/nowhere", "/desk/error/bug", "/desk/search", "https://cover.test/health/live"):
        headers = (await shop.client.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Request-Id"]
        assert "Access-Control-Allow-Origin" not in headers


async def test_the_type_opens_a_page_in_both_languages(shop: Shop) -> None:
    page = await shop.client.get("https://cover.test/problems/rate_limited")
    assert page.headers["Content-Type"].startswith("text/html")
    assert 'lang="tr"' in page.text
    assert 'lang="en"' in page.text
    assert "rate_limited" in (await shop.client.get("https://cover.test/problems")).text
    missing = await shop.client.get("https://cover.test/problems/%3Cscript%3E")
    assert problem_in(missing).status == 404


def test_every_code_has_words_in_both_languages() -> None:
    for words in all_words().values():
        assert all(msgspec.structs.astuple(words))


def test_a_refusal_without_words_has_those_of_its_kind() -> None:
    assert words_of("insufficient_credits") is not words_of("refused")
    assert words_of("no_such_code") is words_of("refused")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "tr"),
        ("", "tr"),
        ("de", "tr"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("en;q=0.5, tr;q=0.6", "tr"),
        ("en;q=0", "tr"),
        ("en;q=x", "tr"),
        ("*", "tr"),
    ],
)
def test_the_better_liked_language_is_spoken(accepted: str | None, language: str) -> None:
    assert language_of(accepted) == language
