"""The inbox for the payment provider's webhooks, and who keeps it in order."""

from __future__ import annotations

from adapters.postgres.pool import Pool
from adapters.postgres.webhooks import PostgresWebhooks
from application.bus import Bus
from application.payments import PaymentWebhooks, WebhookDesk, WebhookInbox
from application.ports import Clock, Ids
from deploy.adapters import Ports
from deploy.settings import Settings
from workers.webhooks import InboxKeeper


def offer_inbox(ports: Ports, settings: Settings, *, pool: Pool) -> None:
    """Let those who take webhooks, and those who replay them, find what they need."""

    def desk() -> WebhookDesk:
        return WebhookDesk(
            ports.of(PaymentWebhooks),
            ports.of(WebhookInbox),
            bus=ports.of(Bus),
            world=(ports.of(Clock), ports.of(Ids)),
            policy=settings.webhooks.policy,
        )

    inbox = PostgresWebhooks(pool)
    ports.add(WebhookInbox, inbox)
    ports.add(PostgresWebhooks, inbox)
    ports.offer(WebhookDesk, desk)


def inbox_keeper(ports: Ports, settings: Settings) -> InboxKeeper:
    """Who looks after the inbox."""
    return InboxKeeper(
        ports.of(WebhookDesk),
        ports.of(PostgresWebhooks),
        clock=ports.of(Clock),
        days=settings.webhooks.days,
        megabytes=settings.webhooks.megabytes,
    )
