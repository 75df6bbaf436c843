"""Only the house tells, only of its own ticket, and what it tells counts once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import httpx
import msgspec
import pytest

from adapters.carriers.signatures import sign_webhook
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.bus import Call
from application.orders import StartProduction
from application.production import (
    RecordHandedOver,
    RecordPrintFileMade,
    RequestPrint,
)
from application.store import Store
from domain.production import PrintJob
from tests.production.examples import CUSTOMER, ORDER, a_paid_order, keep
from tests.production.front import Front, open_front
from tests.production.houses import CALL_BACKS
from tests.production.test_production import FACTS

JOB = PrintJob.id_of(ORDER)
OTHER_ORDER = a_paid_order(CUSTOMER).id
OTHER_JOB = PrintJob.id_of(OTHER_ORDER)


@pytest.fixture
async def front(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Front]:
    """A shop with two covers at the print house."""
    async with open_front(pool, event_log, database_url=database_url) as front:
        await keep(event_log, a_paid_order(), a_paid_order(CUSTOMER))
        for order_id in (ORDER, OTHER_ORDER):
            asked = (
                RequestPrint(order_id=order_id),
                RecordPrintFileMade(order_id=order_id, facts=FACTS),
                StartProduction(order_id=order_id, print_digest=FACTS.digest),
                RecordHandedOver(order_id=order_id, tells_back=True, reference="PH1"),
            )
            for command in asked:
                key = f"{type(command).__name__}/{order_id}"
                await front.bus.execute(command, Call(key=key))
        yield front


def body_of(status: str, *, job_id: UUID = JOB, attempt: int = 1, **more: object) -> bytes:
    return msgspec.json.encode(
        {
            "ticket_id": PrintJob.ticket_id_of(job_id, attempt),
            "status": status,
            "occurred_at": "2026-03-01T09:00:00Z",
            **more,
        }
    )


class Teller:
    """Sends call-backs for the first cover, signed by whatever secret at whatever time."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self.count = 0

    async def tell(
        self,
        body: bytes,
        *,
        secret: str = CALL_BACKS.of(JOB, 1).secret,
        late: timedelta = timedelta(),
        path: str = f"/webhooks/print-house/{JOB}/1",
        without: str = "",
    ) -> httpx.Response:
        self.count += 1
        now = self.front.clock.now() - late
        signed = sign_webhook(secret, message_id=f"msg_{self.count}", body=body, now=now)
        told = {"content-type": "application/json", **signed}
        told.pop(without, None)
        return await self.front.client.post(path, content=body, headers=told)

    async def state(self, job_id: UUID = JOB) -> str:
        return (await Store(self.front.log, self.front.clock.now()).get(PrintJob, job_id)).state


@pytest.fixture
def teller(front: Front) -> Teller:
    return Teller(front)


async def test_what_the_house_tells_is_recorded(teller: Teller) -> None:
    for status in ("accepted", "printing", "printed"):
        answer = await teller.tell(body_of(status, machine="Heidelberg 4"))
        assert (answer.status_code, await teller.state()) == (204, status)
    assert await teller.state(OTHER_JOB) == "handed_over"


async def test_what_comes_twice_or_late_changes_nothing(teller: Teller) -> None:
    assert (await teller.tell(body_of("printed"))).status_code == 204
    head = await teller.front.log.head()
    for status in ("printed", "accepted", "spoiled", "rejected"):
        assert (await teller.tell(body_of(status))).status_code == 204
    assert await teller.front.log.head() == head


async def test_the_same_message_sent_again_is_taken_and_changes_nothing(teller: Teller) -> None:
    for _ in range(2):
        teller.count = 0
        assert (await teller.tell(body_of("printing"))).status_code == 204
    assert await teller.state() == "printing"


async def _assert_forged(teller: Teller, answer: httpx.Response, head: int) -> None:
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert await teller.front.log.head() == head
    assert await teller.state() == "handed_over"


@pytest.mark.parametrize(
    "secret",
    [
        CALL_BACKS.of(OTHER_JOB, 1).secret,
        CALL_BACKS.of(JOB, 2).secret,
        "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ],
    ids=["of another job", "of another attempt", "of nobody"],
)
async def test_another_secret_signs_nothing(teller: Teller, secret: str) -> None:
    head = await teller.front.log.head()
    await _assert_forged(teller, await teller.tell(body_of("printed"), secret=secret), head)


@pytest.mark.parametrize("minutes", [6, -6])
async def test_an_old_message_is_not_played_again(teller: Teller, minutes: int) -> None:
    head = await teller.front.log.head()
    late = timedelta(minutes=minutes)
    await _assert_forged(teller, await teller.tell(body_of("printed"), late=late), head)


async def test_a_body_that_was_changed_on_its_way_counts_nothing(teller: Teller) -> None:
    head = await teller.front.log.head()
    body = body_of("spoiled", reason="colour")
    now = teller.front.clock.now()
    secret = CALL_BACKS.of(JOB, 1).secret
    signed = sign_webhook(secret, message_id="msg_1", body=body, now=now)
    answer = await teller.front.client.post(
        f"/webhooks/print-house/{JOB}/1",
        content=body.replace(b"spoiled", b"printed"),
        headers={"content-type": "application/json", **signed},
    )
    await _assert_forged(teller, answer, head)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
async def test_all_headers_are_needed(teller: Teller, missing: str) -> None:
    head = await teller.front.log.head()
    answer = await teller.tell(body_of("printed"), without=missing)
    await _assert_forged(teller, answer, head)


async def test_a_ticket_is_told_of_at_its_own_address_only(teller: Teller) -> None:
    head = await teller.front.log.head()
    of_other = await teller.tell(body_of("printed", job_id=OTHER_JOB))
    await _assert_forged(teller, of_other, head)
    path = f"/webhooks/print-house/{OTHER_JOB}/1"
    await _assert_forged(teller, await teller.tell(body_of("printed"), path=path), head)


async def test_an_attempt_nobody_made_is_not_told_of(teller: Teller) -> None:
    head = await teller.front.log.head()
    answer = await teller.tell(
        body_of("printed", attempt=2),
        secret=CALL_BACKS.of(JOB, 2).secret,
        path=f"/webhooks/print-house/{JOB}/2",
    )
    await _assert_forged(teller, answer, head)


async def test_a_job_nobody_knows_is_not_told_of(teller: Teller) -> None:
    head, nobody = await teller.front.log.head(), UUID(int=9)
    answer = await teller.tell(
        body_of("printed", job_id=nobody),
        secret=CALL_BACKS.of(nobody, 1).secret,
        path=f"/webhooks/print-house/{nobody}/1",
    )
    await _assert_forged(teller, answer, head)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        body_of("lost"),
        body_of("spoiled", reason="<b>"),
        body_of("spoiled", reason="a" * 41),
        body_of("printed", occurred_at="2026-03-01T09:00:00"),
    ],
)
async def test_what_can_not_be_read_is_refused_in_a_problem(teller: Teller, body: bytes) -> None:
    head = await teller.front.log.head()
    answer = await teller.tell(body)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert await teller.front.log.head() == head
