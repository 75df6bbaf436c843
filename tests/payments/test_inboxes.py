"""What an inbox promises, kept by the one in memory and by the one in the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from adapters.memory_webhooks import MemoryInbox
from adapters.postgres.pool import Pool
from adapters.postgres.webhooks import PostgresWebhooks
from application.payments import StoredWebhook, WebhookFilter, WebhookInbox
from tests.given import NOW

ATTEMPT = UUID(int=81)


@pytest.fixture(params=["memory", "postgres"])
def inbox(request: pytest.FixtureRequest, pool: Pool) -> WebhookInbox:
    """An empty inbox of either kind."""
    return MemoryInbox() if request.param == "memory" else PostgresWebhooks(pool)


def a_webhook(**more: Any) -> StoredWebhook:
    """A signed one that waits to be handled."""
    facts: dict[str, Any] = {
        "webhook_id": uuid4(),
        "provider": "iyzico",
        "received_at": NOW,
        "body": b'{"token": "\xff"}',
        "length": 14,
        "headers": {"x-api-version": "V1"},
        "verdict": "accepted",
        "event_type": "CHECKOUT_FORM_AUTH",
        "status": "SUCCESS",
        "reference": "r1",
        "attempt_id": None,
    }
    return StoredWebhook(**facts | more)


async def all_in(inbox: WebhookInbox, **wanted: Any) -> list[StoredWebhook]:
    return [*await inbox.page(WebhookFilter(**wanted), after=None, limit=100)]


async def test_what_is_kept_is_given_back_as_it_came(inbox: WebhookInbox) -> None:
    webhook = a_webhook()
    assert await inbox.keep(webhook) == "accepted"
    assert await all_in(inbox) == [webhook]


async def test_the_second_of_one_reference_is_a_duplicate_that_is_kept(
    inbox: WebhookInbox,
) -> None:
    assert await inbox.keep(a_webhook()) == "accepted"
    assert await inbox.keep(a_webhook()) == "duplicate"
    assert await inbox.keep(a_webhook(provider="another")) == "accepted"
    (duplicate,) = await all_in(inbox, verdict="duplicate")
    assert duplicate.handled_at == NOW


@pytest.mark.parametrize("verdict", ["unsigned", "forged", "intermediate", "unreadable"])
async def test_nothing_that_anybody_can_send_stands_in_the_way_of_what_is_signed(
    inbox: WebhookInbox, verdict: Any
) -> None:
    assert await inbox.keep(a_webhook(verdict=verdict)) == verdict
    assert await inbox.keep(a_webhook()) == "accepted"


async def test_settling_says_what_came_of_it(inbox: WebhookInbox) -> None:
    webhook, later = a_webhook(), NOW + timedelta(minutes=1)
    await inbox.keep(webhook)
    await inbox.settle(webhook.webhook_id, "unknown_token", attempt_id=ATTEMPT, at=later)
    await inbox.settle(webhook.webhook_id, "unknown_token", attempt_id=None, at=later)
    told = replace(webhook, verdict="unknown_token", attempt_id=ATTEMPT, handled_at=later)
    assert await all_in(inbox) == [told]


async def test_what_turns_out_to_have_come_before_is_a_duplicate(inbox: WebhookInbox) -> None:
    forged = a_webhook(verdict="forged")
    await inbox.keep(a_webhook())
    await inbox.keep(forged)
    await inbox.settle(forged.webhook_id, "accepted", attempt_id=None, at=NOW)
    assert len(await all_in(inbox, verdict="duplicate")) == 1


async def test_webhooks_are_found_by_what_they_are_and_when_they_came(
    inbox: WebhookInbox,
) -> None:
    hours = [NOW + timedelta(hours=hour) for hour in range(4)]
    webhooks = [a_webhook(received_at=at, reference=f"{at}") for at in hours]
    for webhook in webhooks:
        await inbox.keep(webhook)
    await inbox.settle(webhooks[0].webhook_id, "accepted", attempt_id=None, at=NOW)
    found = [each.received_at for each in await all_in(inbox, since=hours[1], until=hours[3])]
    assert found == hours[1:3]
    assert [each.received_at for each in await all_in(inbox, unhandled_since=hours[2])] == [
        hours[1]
    ]
    assert await all_in(inbox, webhook_id=webhooks[2].webhook_id) == [webhooks[2]]
    first = await inbox.page(WebhookFilter(), after=None, limit=3)
    after = (first[-1].received_at, first[-1].webhook_id)
    rest = await inbox.page(WebhookFilter(), after=after, limit=3)
    assert [each.received_at for each in (*first, *rest)] == hours
