"""What admins do about print jobs, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prometheus_client import REGISTRY

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.bus import Call, Command
from application.orders import StartProduction
from application.production import (
    RecordHandedOver,
    RecordPrintFileMade,
    RecordPrintReport,
    RequestPrint,
)
from domain.production import HouseReport, PrintJob
from tests.production.examples import ORDER, a_paid_order, keep
from tests.production.front import Front, open_front
from tests.production.test_production import FACTS
from workers.print_watch import PrintWatch, forget_what_was_told

JOB = PrintJob.id_of(ORDER)
MADE = RecordPrintFileMade(order_id=ORDER, facts=FACTS)
STARTED = StartProduction(order_id=ORDER, print_digest=FACTS.digest)
AT_HOUSE = RecordHandedOver(order_id=ORDER, tells_back=True, reference="PH1")


class Workshop:
    """An admin at the workshop's desk."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self.admin = front.person("admin")
        self.count = 0

    async def happens(self, *commands: Command) -> None:
        """What the system does by itself."""
        for command in commands:
            self.count += 1
            await self.front.bus.execute(command, Call(key=f"happens/{self.count}"))
        await self.front.catch_up()

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        told = {**self.admin, "Idempotency-Key": str(uuid4())}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.front.client.post(path, json=body, headers=told)
        await self.front.catch_up()
        return answer

    async def seen(self, job_id: UUID = JOB) -> dict[str, Any]:
        answer = await self.front.client.get(f"/print-jobs/{job_id}", headers=self.admin)
        assert answer.status_code == 200
        told: dict[str, Any] = answer.json()
        assert answer.headers["etag"] == f'"{told["job"]["version"]}"'
        return told


@pytest.fixture
async def workshop(
    pool: Pool, event_log: PostgresLog, database_url: str
) -> AsyncIterator[Workshop]:
    async with open_front(pool, event_log, database_url=database_url) as front:
        await keep(event_log, a_paid_order())
        workshop = Workshop(front)
        await workshop.happens(RequestPrint(order_id=ORDER))
        yield workshop


async def test_a_cover_is_marked_as_printed_by_hand(workshop: Workshop) -> None:
    await workshop.happens(MADE, STARTED, AT_HOUSE)
    answer = await workshop.post(f"/print-jobs/{JOB}/printed")
    assert (answer.status_code, answer.json()["state"]) == (200, "printed")
    seen = await workshop.seen()
    steps = [(step["step"], step["by"] is not None) for step in seen["steps"]]
    assert steps == [
        ("requested", False),
        ("file_made", False),
        ("handed_over", False),
        ("printed", True),
    ]


async def test_a_spoiled_cover_is_printed_again(workshop: Workshop) -> None:
    await workshop.happens(MADE, STARTED, AT_HOUSE)
    body = {"attempt": 1, "reason": "colour"}
    answer = await workshop.post(f"/print-jobs/{JOB}/spoiled", body)
    assert (answer.json()["state"], answer.json()["attempt"]) == ("spoiled", 2)
    again = await workshop.post(f"/print-jobs/{JOB}/spoiled", body)
    assert (again.json()["state"], again.json()["attempt"]) == ("spoiled", 2)
    assert (await workshop.seen())["job"]["reason"] == "colour"


async def test_a_step_that_is_not_possible_is_a_conflict(workshop: Workshop) -> None:
    for path, body in (
        ("printed", None),
        ("spoiled", {"attempt": 1, "reason": "cut"}),
        ("cancel", None),
    ):
        answer = await workshop.post(f"/print-jobs/{JOB}/{path}", body)
        assert answer.status_code == 409, path
        assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize("body", [{}, {"attempt": 0, "reason": "cut"}, {"attempt": 1}])
async def test_a_spoiled_attempt_is_named_with_its_reason(workshop: Workshop, body: Any) -> None:
    assert (await workshop.post(f"/print-jobs/{JOB}/spoiled", body)).status_code in {400, 422}


async def test_of_two_admins_one_decides(workshop: Workshop) -> None:
    await workshop.happens(MADE, STARTED, AT_HOUSE)
    version = (await workshop.seen())["job"]["version"]
    mine = await workshop.post(f"/print-jobs/{JOB}/printed", If_Match=f'"{version}"')
    body = {"attempt": 1, "reason": "cut"}
    theirs = await workshop.post(f"/print-jobs/{JOB}/spoiled", body, If_Match=f'"{version}"')
    assert (mine.status_code, theirs.status_code) == (200, 412)


async def test_what_was_rejected_is_handed_over_again(workshop: Workshop) -> None:
    report = HouseReport(1, "rejected", "paper_missing")
    await workshop.happens(
        MADE, STARTED, AT_HOUSE, RecordPrintReport(print_job_id=JOB, report=report)
    )
    found = await workshop.front.client.get("/print-jobs?state=rejected", headers=workshop.admin)
    assert [item["reason"] for item in found.json()["items"]] == ["paper_missing"]
    answer = await workshop.post(f"/print-jobs/{JOB}/retry")
    assert (answer.json()["state"], answer.json()["attempt"]) == ("file_made", 2)
    found = await workshop.front.client.get("/print-jobs?state=rejected", headers=workshop.admin)
    assert found.json()["items"] == []


async def test_a_cover_is_printed_anew_and_given_up(workshop: Workshop) -> None:
    path = f"/orders/{ORDER}/reprints"
    early = await workshop.post(path, {"reason": "damaged"})
    assert (early.status_code, early.json()["type"].rsplit("/")[-1]) == (409, "nothing_to_reprint")
    await workshop.happens(MADE, STARTED, RecordHandedOver(order_id=ORDER))
    key = {"Idempotency_Key": "one and the same"}
    first = await workshop.post(path, {"reason": "damaged"}, **key)
    again = await workshop.post(path, {"reason": "damaged"}, **key)
    other = await workshop.post(path, {"reason": "misprint"})
    assert (first.status_code, first.json()["copy"], other.json()["copy"]) == (201, 1, 2)
    assert again.json()["print_job_id"] == first.json()["print_job_id"]
    job_id = UUID(other.json()["print_job_id"])
    assert (await workshop.post(f"/print-jobs/{job_id}/cancel")).json()["state"] == "cancelled"
    found = await workshop.front.client.get(f"/print-jobs?order_id={ORDER}", headers=workshop.admin)
    assert {(item["copy"], item["state"]) for item in found.json()["items"]} == {
        (0, "printed"),
        (1, "requested"),
        (2, "cancelled"),
    }


async def test_a_reprint_needs_a_key_and_a_reason(workshop: Workshop) -> None:
    path = f"/orders/{ORDER}/reprints"
    assert (await workshop.post(path, {"reason": "because"})).status_code in {400, 422}
    keyless = await workshop.front.client.post(
        path, json={"reason": "damaged"}, headers=workshop.admin
    )
    assert keyless.status_code == 428


@pytest.mark.parametrize("role", ["customer", "finance", "designer"])
async def test_nobody_but_admins_decides(workshop: Workshop, role: str) -> None:
    spoiled = {"attempt": 1, "reason": "cut"}
    for path, body in (
        (f"/print-jobs/{JOB}/printed", None),
        (f"/print-jobs/{JOB}/spoiled", spoiled),
        (f"/print-jobs/{JOB}/retry", None),
        (f"/print-jobs/{JOB}/cancel", None),
        (f"/orders/{ORDER}/reprints", {"reason": "lost"}),
    ):
        headers = workshop.front.person(role)
        answer = await workshop.front.client.post(path, json=body, headers=headers)
        assert answer.status_code == 403


async def test_a_job_that_is_none_is_not_found(workshop: Workshop) -> None:
    answer = await workshop.front.client.get(f"/print-jobs/{UUID(int=4)}", headers=workshop.admin)
    assert answer.status_code == 404
    assert (await workshop.post(f"/print-jobs/{UUID(int=4)}/printed")).status_code == 404


async def test_metrics_tell_what_waits_and_for_how_long(workshop: Workshop) -> None:
    watch = PrintWatch(workshop.front.backend.reads, workshop.front.clock)
    await watch.look()
    count = REGISTRY.get_sample_value("print_jobs", {"state": "requested"})
    assert count == 1
    workshop.front.clock.pass_(days=4)  # type: ignore[attr-defined]  # a TestClock
    await watch.look()
    age = REGISTRY.get_sample_value("print_job_age_seconds", {"state": "requested"})
    assert age == 4 * 86_400
    await workshop.happens(MADE, STARTED, RecordHandedOver(order_id=ORDER))
    await watch.look()
    assert REGISTRY.get_sample_value("print_jobs", {"state": "requested"}) is None
    forget_what_was_told()
