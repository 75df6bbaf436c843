"""The inbox: every webhook is kept as it came, judged, and at most a reason to ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url, connection_pool
from adapters.postgres.webhooks import PostgresWebhooks
from application.payments import WebhookDesk
from application.payments.webhooks import KEPT_OF_LARGER, LARGEST_BODY
from application.processes import checkout as _checkout  # noqa: F401  # registers reactions
from domain.orders import Order
from domain.payments import PaymentAttempt
from projections.reads import Reads
from tests.api.shop import Person
from tests.payments.checkout import Checkout
from tests.payments.received import kept, message, post_webhook, seal_of
from workers.webhooks import InboxKeeper


@pytest.fixture
async def till(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Checkout]:
    """A shop with an empty log and an empty inbox."""
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    try:
        opened = Checkout(pool, event_log, reads)
        await opened.catch_up()
        yield opened
    finally:
        await reads.stop()


@pytest.fixture
async def attempt(till: Checkout) -> PaymentAttempt:
    """Somebody is at the provider's page."""
    customer: Person = await till.customer()
    order_id = await till.ordered(customer)
    page = await till.pay_page(customer, order_id)
    return await till.attempt(UUID(page.json()["attempt_id"]))


async def asked(till: Checkout) -> int:
    """How often the provider is asked because of somebody."""
    page = await till.log.page(0, 1000)
    return [type(each.event) for each in page].count(PaymentAttempt.OutcomeAsked)


def strict(till: Checkout) -> None:
    """Let webhooks without a signature count for nothing."""
    ports: Any = till.backend.ports
    ports[WebhookDesk] = till.desk_with("strict")


async def test_a_signed_webhook_is_kept_as_it_came_and_asks(
    till: Checkout, attempt: PaymentAttempt
) -> None:
    body = message(attempt, "SUCCESS")
    answer = await post_webhook(till, body, seal_of(body))
    assert (answer.status_code, answer.json()) == (200, {"verdict": "accepted"})
    (webhook,) = await kept(till)
    assert webhook.body == answer.request.content
    assert webhook.headers["x-iyz-signature-v3"] == seal_of(body)
    assert (webhook.verdict, webhook.reference, webhook.attempt_id) == (
        "accepted",
        "r1",
        attempt.id,
    )
    assert webhook.handled_at
    assert await asked(till) == 1


async def test_a_wrong_signature_is_refused_kept_and_asks_nothing(
    till: Checkout, attempt: PaymentAttempt
) -> None:
    body = message(attempt, "SUCCESS")
    answer = await post_webhook(till, body, "0" * 64)
    assert (answer.status_code, answer.json()["code"]) == (401, "webhook_not_signed")
    (webhook,) = await kept(till)
    assert (webhook.verdict, await asked(till)) == ("forged", 0)
    good = await post_webhook(till, body, seal_of(body))
    assert (good.json(), await asked(till)) == ({"verdict": "accepted"}, 1)


async def test_without_a_signature_the_provider_is_asked_all_the_same(
    till: Checkout, attempt: PaymentAttempt
) -> None:
    answer = await post_webhook(till, message(attempt, "SUCCESS"), "")
    assert (answer.status_code, answer.json()) == (200, {"verdict": "unsigned"})
    assert await asked(till) == 1


async def test_where_signatures_are_a_must_one_without_is_refused_but_kept(
    till: Checkout, attempt: PaymentAttempt
) -> None:
    strict(till)
    body = message(attempt, "SUCCESS")
    answer = await post_webhook(till, body, "")
    assert (answer.status_code, answer.json()["code"]) == (401, "webhook_without_signature")
    (webhook,) = await kept(till)
    assert (webhook.verdict, await asked(till)) == ("unsigned", 0)
    again = await post_webhook(till, body, seal_of(body))
    assert (again.json(), await asked(till)) == ({"verdict": "accepted"}, 1)


async def test_unsigned_ones_of_one_status_ask_once_a_minute(
    till: Checkout, attempt: PaymentAttempt
) -> None:
    for number in range(20):
        await post_webhook(till, message(attempt, "FAILURE", f"made-up-{number}"))
    assert await asked(till) == 1
    await post_webhook(till, message(attempt, "SUCCESS", "another"))
    assert await asked(till) == 2
    till.clock.pass_(minutes=1)
    await post_webhook(till, message(attempt, "SUCCESS", "later"))
    assert await asked(till) == 3


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"status": "INIT_THREEDS"}, "intermediate"),
        ({"status": "CALLBACK_THREEDS"}, "intermediate"),
        ({"iyziEventType": "SOMETHING_NEW"}, "unknown_event"),
        ({"token": "foreign"}, "unknown_token"),
        ({"paymentConversationId": str(uuid4())}, "unknown_token"),
        ({"paymentConversationId": "not ours"}, "unknown_token"),
        ({"token": {"$ne": 1}}, "unreadable"),
        ({"token": None}, "unreadable"),
        ({"status": "SUCCESS\0"}, "unreadable"),
        ({"iyziReferenceCode": "x" * 201}, "unreadable"),
    ],
)
async def test_what_tells_nothing_is_kept_and_changes_nothing(
    till: Checkout, attempt: PaymentAttempt, change: dict[str, Any], verdict: str
) -> None:
    answer = await post_webhook(till, message(attempt, "SUCCESS") | change)
    assert (answer.status_code, answer.json()) == (200, {"verdict": verdict})
    (webhook,) = await kept(till)
    assert (webhook.verdict, await asked(till)) == (verdict, 0)
    assert webhook.handled_at


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b"[" * 10_000,
        b'{"token": "\\ud800"}',
        b'{"token": 1e999999, "status": NaN}',
    ],
)
async def test_no_bytes_are_too_strange_to_be_kept(till: Checkout, body: bytes) -> None:
    answer = await post_webhook(till, body, "%%%")
    assert answer.status_code == httpx.codes.OK
    (webhook,) = await kept(till)
    assert (webhook.body, webhook.verdict) == (body, "unreadable")


async def test_of_a_large_one_the_beginning_is_kept(till: Checkout) -> None:
    body = b"x" * (LARGEST_BODY + 1)
    answer = await post_webhook(till, body)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    (webhook,) = await kept(till)
    assert (webhook.body, webhook.length) == (body[:KEPT_OF_LARGER], len(body))
    assert (await till.desk.handle(webhook)).verdict == "unreadable"


async def test_one_in_which_something_was_taken_for_a_card_number_counts_all_the_same(
    till: Checkout, attempt: PaymentAttempt
) -> None:
    body = message(attempt, "SUCCESS", "5528790000000008")
    answer = await post_webhook(till, body, seal_of(body))
    assert answer.json() == {"verdict": "accepted"}
    assert await asked(till) == 1
    (webhook,) = await kept(till)
    assert b"5528790000000008" not in webhook.body


@pytest.mark.parametrize("signed", [True, False])
async def test_the_same_webhook_fifty_times_at_once_has_one_effect(
    till: Checkout, attempt: PaymentAttempt, signed: bool
) -> None:
    till.gateway.pay(attempt.token)
    body = message(attempt, "SUCCESS")
    seal = seal_of(body) if signed else None
    answers = await asyncio.gather(*(post_webhook(till, body, seal) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    verdicts = [webhook.verdict for webhook in await kept(till)]
    assert sorted(verdicts) == sorted(["accepted" if signed else "unsigned"] + 49 * ["duplicate"])
    await till.carry_out()
    happened = [type(each.event) for each in await till.log.page(0, 1000)]
    assert happened.count(PaymentAttempt.OutcomeAsked) == 1
    assert happened.count(PaymentAttempt.Succeeded) == 1
    assert happened.count(Order.Paid) == 1


async def test_while_the_inbox_is_away_the_provider_is_told_to_come_again(
    till: Checkout, attempt: PaymentAttempt, database_url: str
) -> None:
    ports: Any = till.backend.ports
    async with connection_pool(database_url, name="away", timeout_seconds=0.1) as away:
        till.inbox = PostgresWebhooks(away)
        ports[WebhookDesk] = till.desk_with("hints")
    answer = await post_webhook(till, message(attempt, "SUCCESS"))
    assert (answer.status_code, answer.json()["retryable"]) == (503, True)


async def test_what_was_kept_but_not_handled_is_handled_later(
    till: Checkout, attempt: PaymentAttempt
) -> None:
    body = message(attempt, "SUCCESS")
    reading = await till.desk.keep(msgspec.json.encode(body), {"x-iyz-signature-v3": seal_of(body)})
    assert (reading.verdict, reading.handled_at) == ("accepted", None)
    keeper = InboxKeeper(till.desk, till.inbox, clock=till.clock, days=30, megabytes=64)
    assert await keeper.catch_up() == 0
    till.clock.pass_(minutes=2)
    assert await keeper.catch_up() == 1
    assert await asked(till) == 1
    assert await keeper.catch_up() == 0


async def test_replayed_webhooks_ask_again_only_where_nobody_has_asked(
    till: Checkout, attempt: PaymentAttempt
) -> None:
    body = message(attempt, "SUCCESS")
    await post_webhook(till, body, seal_of(body))
    await post_webhook(till, body, seal_of(body))
    await post_webhook(till, body, "forged")
    await post_webhook(till, message(attempt, "FAILURE", "r2"))
    before = await kept(till)
    for webhook in before:
        assert (await till.desk.handle(webhook)).verdict == webhook.verdict
    assert await kept(till) == before
    assert await asked(till) == 2


async def test_one_refused_under_a_wrong_key_counts_when_it_is_replayed_under_the_right_one(
    till: Checkout, attempt: PaymentAttempt
) -> None:
    body = message(attempt, "SUCCESS")
    await post_webhook(till, body, seal_of(body)[::-1])
    (webhook,) = await kept(till)
    webhook.headers["x-iyz-signature-v3"] = seal_of(body)
    handled = await till.desk.handle(webhook)
    assert (handled.verdict, handled.asked) == ("accepted", True)
    assert (await kept(till))[0].verdict == "accepted"


async def test_old_webhooks_are_deleted(till: Checkout, attempt: PaymentAttempt) -> None:
    await post_webhook(till, message(attempt, "SUCCESS"))
    till.clock.pass_(days=29)
    await post_webhook(till, message(attempt, "FAILURE", "r2"))
    assert await till.inbox.sweep(till.clock.now(), days=30, megabytes=64) == 0
    till.clock.pass_(days=2)
    assert await till.inbox.sweep(till.clock.now(), days=30, megabytes=64) == 1
    assert [webhook.status for webhook in await kept(till)] == ["FAILURE"]


async def test_where_there_is_too_much_what_anybody_can_send_goes_first(
    till: Checkout, attempt: PaymentAttempt
) -> None:
    body = message(attempt, "SUCCESS")
    await post_webhook(till, body, seal_of(body))
    for number in range(40):
        till.clock.pass_(seconds=1)
        await post_webhook(till, b"%d" % number + b"x" * 10_000)
    deleted = await till.inbox.sweep(till.clock.now(), days=30, megabytes=0.1)
    left = await kept(till)
    assert deleted + len(left) == 41
    assert [webhook.verdict for webhook in left] == ["accepted"] + 10 * ["unreadable"]
    assert left[-1].body.startswith(b"39")


async def test_webhooks_about_somebodys_payments_can_be_forgotten(
    till: Checkout, attempt: PaymentAttempt
) -> None:
    await post_webhook(till, message(attempt, "SUCCESS"))
    await post_webhook(till, b"broken, but about " + str(attempt.id).encode())
    await post_webhook(till, message(attempt, "SUCCESS") | {"paymentConversationId": str(uuid4())})
    assert await till.inbox.forget([attempt.id]) == 2
    assert len(await kept(till)) == 1
