"""An inbox for webhooks that keeps them as long as the process lasts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from application.payments.webhooks import ASKING, StoredWebhook, WebhookFilter, WebhookVerdict


class MemoryInbox:
    """`WebhookInbox` without a database."""

    def __init__(self) -> None:
        self.kept: dict[UUID, StoredWebhook] = {}

    async def keep(self, webhook: StoredWebhook) -> WebhookVerdict:
        if self._is_taken(webhook):
            handled_at = webhook.received_at
            webhook = replace(webhook, verdict="duplicate", handled_at=handled_at)
        self.kept[webhook.webhook_id] = webhook
        return webhook.verdict

    async def settle(
        self, webhook_id: UUID, verdict: WebhookVerdict, *, attempt_id: UUID | None, at: datetime
    ) -> None:
        webhook = self.kept[webhook_id]
        settled = replace(
            webhook,
            verdict=verdict,
            handled_at=at,
            attempt_id=attempt_id or webhook.attempt_id,
        )
        taken = self._is_taken(settled)
        self.kept[webhook_id] = replace(settled, verdict="duplicate") if taken else settled

    async def page(
        self, wanted: WebhookFilter, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[StoredWebhook]:
        found = sorted((each for each in self.kept.values() if _fits(each, wanted)), key=_place)
        return [each for each in found if after is None or _place(each) > after][:limit]

    def _is_taken(self, webhook: StoredWebhook) -> bool:
        this = (webhook.provider, webhook.reference, webhook.verdict)
        return webhook.verdict in ASKING and any(
            (each.provider, each.reference, each.verdict) == this
            for each in self.kept.values()
            if each.webhook_id != webhook.webhook_id
        )


def _place(webhook: StoredWebhook) -> tuple[datetime, UUID]:
    return webhook.received_at, webhook.webhook_id


def _fits(webhook: StoredWebhook, wanted: WebhookFilter) -> bool:
    unhandled = wanted.unhandled_since
    return (
        wanted.webhook_id in {None, webhook.webhook_id}
        and wanted.verdict in {None, webhook.verdict}
        and (wanted.since is None or webhook.received_at >= wanted.since)
        and (wanted.until is None or webhook.received_at < wanted.until)
        and (unhandled is None or (not webhook.handled_at and webhook.received_at < unhandled))
    )
