"""Ids, parameters and headers that no client of ours would send are refused, and break nothing."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.security.operations import NOBODYS, Operation, operations, those
from tests.security.refusals import must_be_in_order, problem_in
from tests.security.roles import ABOUT_WHAT_IS_PUBLIC, CHANGES_NOTHING, who_may
from tests.security.town import Town

NO_IDS = (
    "x",
    "0",
    "-1",
    "null",
    "undefined",
    "..%2f..",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "a%00b",
    "%0d%0aX-Injected:1",
    "%c3%28",
    "%ed%a0%80",
    "{}",
    "'--",
    f"{NOBODYS}'",
    f"{NOBODYS}.pdf",
    "a" * 5_000,
    "ı" * 50,
)
NO_VALUES = ("", " ", "x", "-1", "1e9", "9" * 40, "a" * 5_000, "'--", "%F0%9F%92%A9", "null", "[]")
NO_TEXT = ("%00", "a%01b", "%7F", "a%1Bb")
HUGE = "9" * 70_000
HEADERS = {
    "Accept-Language": (HUGE, "en;q=" + HUGE, "tr," * 5_000, "*;q=x"),
    "Authorization": ("Bearer " + HUGE, "Bearer a.b.c", "Basic " + HUGE, "Bearer"),
    "Consistency-Token": (HUGE, "-1", "1.5", "x"),
    "Cookie": ("__Host-access=" + HUGE, "=;=;=" * 1_000, "__Host-consistency=" + HUGE),
    "Idempotency-Key": (HUGE, "", "a\tb"),
    "If-Match": (HUGE, '"' + HUGE + '"', 'W/"1"', '"a"'),
    "Last-Event-ID": (HUGE, "1-" + HUGE, "x"),
    "Message": (HUGE, "%ff", "%00", "%"),
    "Prefer": (HUGE, "handling=" + HUGE),
    "traceparent": (HUGE, "00-" + "0" * 32),
    "X-CSRF-Token": (HUGE, "a.b"),
    "X-Forwarded-For": (HUGE, "x"),
    "X-HTTP-Method-Override": ("DELETE",),
}

WITH_QUERY = [name for name in those(query=True) if name != "LiveEvents"]
"""A stream of live updates that begins does not end; its one parameter has tests of its own."""

each_operation = pytest.mark.parametrize("name", sorted(operations()))


@pytest.mark.parametrize("name", those(ids=True))
async def test_a_malformed_id_is_not_found(town: Town, name: str) -> None:
    operation = operations()[name]
    for place in operation.place_names:
        for bad in NO_IDS:
            ids = town.things | {place: bad}
            answer = await town.call(operation, who_may(name), ids=ids)
            assert problem_in(answer).status in {400, 404}, (bad, answer.text)


@pytest.mark.parametrize("name", those(ids=True, is_open=False))
async def test_an_id_has_many_spellings_but_one_owner(town: Town, name: str) -> None:
    operation = operations()[name]
    for place in (each for each in operation.place_names if each.endswith("_id")):
        own = UUID(town.things[place])
        for spelling in (str(own).upper(), own.hex, f"{{{own}}}", own.urn):
            ids = town.things | {place: quote(spelling)}
            answer = await town.call(operation, "stranger", ids=ids)
            if name not in {*CHANGES_NOTHING, *ABOUT_WHAT_IS_PUBLIC}:
                assert problem_in(answer).status in {400, 403, 404}


@each_operation
async def test_unknown_parameters_are_refused(town: Town, name: str) -> None:
    problem = problem_in(await asked(town, operations()[name], "surprise=1"))
    assert problem.code == "invalid_parameters"
    assert [(fault.parameter, fault.code) for fault in problem.errors] == [
        ("surprise", "field_unknown")
    ]


@pytest.mark.parametrize("name", those(query=True))
async def test_a_parameter_is_given_once(town: Town, name: str) -> None:
    operation = operations()[name]
    for each in operation.query_names:
        problem = problem_in(await asked(town, operation, f"{each}=1&{each}=2"))
        assert (problem.code, problem.errors[0].code) == ("invalid_parameters", "field_repeated")


@pytest.mark.parametrize("name", WITH_QUERY)
async def test_no_value_of_any_parameter_breaks_anything(town: Town, name: str) -> None:
    operation = operations()[name]
    for each in operation.query_names:
        for bad in NO_VALUES:
            answer = await asked(town, operation, f"{each}={bad}")
            must_be_in_order(answer)
        for bad in NO_TEXT:
            problem = problem_in(await asked(town, operation, f"{each}={bad}"))
            assert problem.status in {400, 422}, (each, bad)


@each_operation
async def test_no_header_breaks_anything(town: Town, name: str) -> None:
    operation = operations()[name]
    for header, values in HEADERS.items():
        for value in values:
            answer = await asked(town, operation, stream_end(operation), **{header: value})
            must_be_in_order(answer)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(WITH_QUERY),
    query=st.text(st.characters(codec="ascii", exclude_characters="#"), max_size=60),
)
async def test_whatever_the_query_is_it_is_answered(town: Town, name: str, query: str) -> None:
    answer = await asked(town, operations()[name], quote(query, safe="=&%+;"))
    must_be_in_order(answer)


async def asked(town: Town, operation: Operation, query: str, **headers: str) -> httpx.Response:
    """The answer to somebody who may ask, about what nobody has."""
    given = httpx.Headers(town.headers(who_may(operation.name)))
    given.update(headers)
    path = f"{operation.path_with({})}?{query}" if query else operation.path_with({})
    return await town.client.request(operation.method, path, headers=given)


def stream_end(operation: Operation) -> str:
    """A query that keeps the stream of live updates from beginning, for it would not end."""
    return "after=x" if operation.name == "LiveEvents" else ""


@pytest.mark.parametrize(
    ("name", "state", "other"),
    [
        ("Orders", "awaiting_payment", "cancelled"),
        ("AllOrders", "awaiting_payment", "cancelled"),
        ("AllPayments", "form_opened", "in_review"),
    ],
)
async def test_a_list_shows_only_what_is_in_the_state_that_is_asked_for(
    town: Town, *, name: str, state: str, other: str
) -> None:
    operation = operations()[name]
    states = {
        wanted: {item["state"] for item in (await asked(town, operation, query)).json()["items"]}
        for wanted, query in (("all", ""), (state, f"state={state}"), (other, f"state={other}"))
    }
    assert len(states["all"]) > 1
    assert states[state] == {state}
    assert states[other] <= {other}
    assert problem_in(await asked(town, operation, "state=nonsense")).status == 422
