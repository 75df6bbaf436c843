"""Over HTTP, too, nobody approves what they have made, with whatever account, role, or key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from application.ports import Mailer
from tests.security.refusals import problem_in
from tests.security.town import EMAILS, Role, Town

ENTRIES, MONTHS = "/finance/manual-entries", "/finance/periods"
CHECKER: Role = "other_designer"
"""Somebody who gets the role finance beside their own."""


@pytest.fixture
async def office(town: Town) -> AsyncIterator[Town]:
    """The town, in which there is a second person in finance."""
    person = await _person(town, CHECKER)
    await town.post("admin", f"/people/{person}/roles/grant", {"role": "finance"})
    yield town
    await town.post("admin", f"/people/{person}/roles/take", {"role": "finance"})


async def _person(town: Town, role: Role) -> str:
    profile = await town.client.get("/profile", headers=town.headers(role))
    return str(profile.json()["person_id"])


def _body(town: Town, credits: int, **more: Any) -> dict[str, Any]:
    entry = {"customer_id": town.things["person_id"], "credits": credits, "reason": "goodwill"}
    return entry | {"note": "Telefonda söz verildi"} | more


async def ask(
    town: Town, role: Role, path: str, body: Any = None, **headers: str
) -> httpx.Response:
    answer = await town.client.post(path, headers=town.headers(role) | headers, json=body)
    await town.settle()
    return answer


async def _available(town: Town) -> int:
    answer = await town.client.get("/wallet", headers=town.headers("customer"))
    return int(answer.json()["available"])


async def test_two_persons_give_what_one_may_not(office: Town) -> None:
    before = await _available(office)
    made = await office.post("finance", ENTRIES, _body(office, 5_000))
    assert (made["state"], made["needs_second"]) == ("open", True)
    path = f"{ENTRIES}/{made['entry_id']}/approve"
    problem = problem_in(await ask(office, "finance", path))
    assert (problem.status, problem.code) == (403, "maker_is_checker")
    assert problem_in(await ask(office, "admin", path)).code == "forbidden"
    assert await _available(office) == before
    key = {"Idempotency-Key": str(uuid4())}
    first = await ask(office, CHECKER, path, **key)
    again = await ask(office, CHECKER, path, **key)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await ask(office, CHECKER, path)).json()["state"] == "approved"
    assert await _available(office) == before + 5_000


async def test_who_lost_the_role_approves_nothing_from_the_next_request_on(office: Town) -> None:
    made = await office.post("finance", ENTRIES, _body(office, 5_000))
    person = await _person(office, CHECKER)
    await office.post("admin", f"/people/{person}/roles/take", {"role": "finance"})
    answer = await ask(office, CHECKER, f"{ENTRIES}/{made['entry_id']}/approve")
    assert problem_in(answer).status == 403
    await office.post("finance", f"{ENTRIES}/{made['entry_id']}/withdraw")


async def test_money_moves_only_under_a_key(office: Town) -> None:
    headers = office.headers("finance")
    del headers["Idempotency-Key"]
    for path, body in (
        (ENTRIES, _body(office, 100)),
        (f"{ENTRIES}/{office.things['entry_id']}/approve", None),
        (f"{MONTHS}/close", {"month": "2026-01"}),
        (f"{MONTHS}/reopenings", {"month": "2026-01", "note": "Unutulmuş"}),
    ):
        answer = await office.client.post(path, headers=headers, json=body)
        assert problem_in(answer).code == "key_required", path


async def test_finance_gives_nothing_to_itself(office: Town) -> None:
    own = await _person(office, "finance")
    answer = await ask(office, "finance", ENTRIES, _body(office, 100, customer_id=own))
    problem = problem_in(answer)
    assert (problem.status, problem.code) == (403, "own_benefit")
    assert "–" not in problem.detail


async def test_an_entry_that_is_none_is_refused_with_the_field(office: Town) -> None:
    for body, code in (
        (_body(office, 0), "entry_out_of_range"),
        (_body(office, 100, reason="because"), "unknown_reason"),
        (_body(office, -100), "reason_not_fit"),
        (_body(office, 100, note="   "), "note_missing"),
        (_body(office, 100, note="\u200b\u200b\u200b"), "note_missing"),
        (_body(office, 100, effective_on="2999-01-01"), "effective_day_ahead"),
        (_body(office, 100, effective_on="0001-01-01"), "effective_day_too_early"),
    ):
        problem = problem_in(await ask(office, "finance", ENTRIES, body))
        assert (problem.status, problem.code) == (422, code)
        assert [each.detail for each in problem.errors] == [problem.detail]


async def test_the_list_the_report_and_the_reasons_are_read_by_staff(office: Town) -> None:
    for role in ("finance", "admin"):
        headers = office.headers(role)
        listed = await office.client.get(ENTRIES, headers=headers, params={"state": "open"})
        assert office.things["entry_id"] in {each["entry_id"] for each in listed.json()["items"]}
        days = {"since": "2020-01-01", "until": "2999-12-31"}
        report = await office.client.get(f"{ENTRIES}/report", headers=headers, params=days)
        assert {"actors", "checkers", "splits", "pairs", "likenesses"} == report.json().keys()
        assert report.json()["actors"]
        # All of them came from the address of these tests.
        assert report.json()["likenesses"]
        reasons = await office.client.get(f"{ENTRIES}/reasons", headers=headers)
        assert (reasons.json()["alone"], reasons.json()["most"]) == (1_000, 100_000)


async def test_pages_of_entries_follow_one_another(office: Town) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await office.client.get(
            ENTRIES, headers=office.headers("admin"), params={"limit": "1", **cursor}
        )
        seen += [each["entry_id"] for each in answer.json()["items"]]
        if answer.json()["next"] is None:
            break
        cursor = {"cursor": answer.json()["next"]}
    assert len(seen) == len(set(seen)) >= 2


async def test_a_month_is_opened_again_by_another_person_only(office: Town) -> None:
    path = f"{MONTHS}/reopenings/{office.things['proposal_id']}"
    problem = problem_in(await ask(office, "finance", f"{path}/approve"))
    assert (problem.status, problem.code) == (403, "maker_is_checker")
    answer = await ask(office, CHECKER, f"{path}/reject", {"note": "Gerek yok"})
    assert answer.json()["state"] == "rejected"
    headers = office.headers("admin")
    months = (await office.client.get(MONTHS, headers=headers)).json()["items"]
    assert months[0]["closed"]
    proposals = (await office.client.get(f"{MONTHS}/reopenings", headers=headers)).json()["items"]
    assert proposals[0]["decision_note"] == "Gerek yok"


async def test_those_who_may_approve_get_a_mail(office: Town) -> None:
    mailer: Any = office.system.ports.of(Mailer)
    before = len(mailer.to(EMAILS[CHECKER]))
    made = await office.post("finance", ENTRIES, _body(office, 5_000))
    (mail,) = mailer.to(EMAILS[CHECKER])[before:]
    assert "+5000" in mail.subject
    await office.post("finance", f"{ENTRIES}/{made['entry_id']}/withdraw")


async def test_the_customer_reads_why_credits_were_taken(office: Town) -> None:
    mailer: Any = office.system.ports.of(Mailer)
    await office.post("finance", ENTRIES, _body(office, -10, reason="correction"))
    mail = mailer.to(EMAILS["customer"])[-1]
    assert "10 kredi düştük. Nedeni: bir hatanın düzeltilmesi." in mail.text
