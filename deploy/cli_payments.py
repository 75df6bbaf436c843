"""Commands for operators: what the payment provider has told us, and reading it once more."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, get_args
from uuid import UUID

import typer
from msgspec.structs import replace

from adapters.postgres.webhooks import PostgresWebhooks
from application.payments import StoredWebhook, WebhookDesk, WebhookFilter
from application.payments.webhooks import WebhookVerdict
from deploy.bootstrap import System
from deploy.cli_events import progress
from deploy.cli_operate import with_system
from deploy.faults import SetupFault
from deploy.screen import console, table

payments_app = typer.Typer(help="What the payment provider has told us.")
webhooks_app = typer.Typer(help="Received webhooks: list them, show one, read them once more.")
payments_app.add_typer(webhooks_app, name="webhooks")

VERDICTS: tuple[WebhookVerdict, ...] = get_args(WebhookVerdict)
MOMENT = "%Y-%m-%d %H:%M:%S"
PAGE = 500
TOKEN = re.compile(r'("token"\s*:\s*")[^"]*(")')

Verdict = Annotated[str | None, typer.Option(help=f"Only {', '.join(VERDICTS)}.")]
Since = Annotated[
    str | None, typer.Option(help="Received at or after, such as 2026-03-01 or 2026-03-01T09:30Z.")
]
Until = Annotated[str | None, typer.Option(help="Received before.")]


@webhooks_app.command("list")
def list_webhooks(
    *,
    verdict: Verdict = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The most to show.")] = 50,
) -> None:
    """Show received webhooks, the oldest first, and how many of each verdict there are."""
    wanted = _filter(verdict=verdict, since=since, until=until)

    async def look(system: System) -> None:
        inbox = system.ports.of(PostgresWebhooks)
        found = await inbox.page(wanted, after=None, limit=limit + 1)
        shown = table("Webhook", "Received", "Verdict", "Event", "Status", "Attempt", "Handled")
        for each in found[:limit]:
            shown.add_row(
                str(each.webhook_id),
                f"{each.received_at:{MOMENT}}",
                each.verdict,
                each.event_type,
                each.status,
                str(each.attempt_id or ""),
                f"{each.handled_at:{MOMENT}}" if each.handled_at else "not yet",
            )
        console.print(shown)
        if len(found) > limit:
            console.print(f"There are more than {limit:,}; --limit shows more of them.")
        counts = table("Verdict", "Kept", "Not handled", "First", "Last")
        for count in await inbox.summary():
            counts.add_row(
                count.verdict,
                f"{count.count:,}",
                f"{count.unhandled:,}",
                f"{count.first_at:{MOMENT}}",
                f"{count.last_at:{MOMENT}}",
            )
        console.print(counts)

    with_system(look)


@webhooks_app.command("show")
def show_webhook(
    webhook_id: Annotated[UUID, typer.Argument(help="The webhook's id, as `list` shows it.")],
) -> None:
    """All that is kept of one webhook, but for its token: who has it may pose as the shopper."""

    async def look(system: System) -> StoredWebhook:
        return await _the_one(system, webhook_id)

    webhook = with_system(look)
    shown = table("What", "It is")
    for name in webhook.__struct_fields__:
        if name not in {"body", "headers"}:
            shown.add_row(name.replace("_", " "), str(getattr(webhook, name) or ""))
    for header, value in webhook.headers.items():
        shown.add_row(header, value)
    shown.add_row("body", _without_token(webhook))
    console.print(shown)


@webhooks_app.command("replay")
def replay_webhooks(
    webhook_id: Annotated[UUID | None, typer.Argument(help="One webhook; or name some.")] = None,
    *,
    verdict: Verdict = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Read stored webhooks once more, as if they came now. What has been asked because of one is
    not asked again, so this may be repeated.
    """
    wanted = replace(_filter(verdict=verdict, since=since, until=until), webhook_id=webhook_id)
    if webhook_id is None and (verdict, since, until) == (None, None, None):
        raise SetupFault("Say which: a webhook's id, --verdict, --since or --until.")

    async def replay(system: System) -> None:
        desk, asked, changed, read = system.ports.of(WebhookDesk), 0, 0, 0
        total = await system.ports.of(PostgresWebhooks).count(wanted)
        with progress("reading", unit="webhooks") as tell:
            async for webhook in _all(system, wanted):
                handled = await desk.handle(webhook)
                read += 1
                asked += handled.asked
                changed += handled.verdict != webhook.verdict
                tell(read, total)
        console.print(
            f"{read:,} webhooks were read; the provider is asked because of {asked:,} of them."
            f" The verdict on {changed:,} has changed."
        )

    with_system(replay)


async def _all(system: System, wanted: WebhookFilter) -> AsyncIterator[StoredWebhook]:
    if wanted.webhook_id is not None:
        await _the_one(system, wanted.webhook_id)
    # What is being replayed may change its verdict, and others may come meanwhile.
    inbox, end, after = system.ports.of(PostgresWebhooks), system.clock.now(), None
    while page := await inbox.page(wanted, after=after, limit=PAGE):
        for webhook in page:
            if webhook.received_at > end:
                return
            yield webhook
        after = (page[-1].received_at, page[-1].webhook_id)


async def _the_one(system: System, webhook_id: UUID) -> StoredWebhook:
    inbox = system.ports.of(PostgresWebhooks)
    found = await inbox.page(WebhookFilter(webhook_id=webhook_id), after=None, limit=1)
    if not found:
        raise SetupFault(
            f"There is no webhook {webhook_id}; `polikrami payments webhooks list` shows those"
            " that are kept."
        )
    return found[0]


def _filter(*, verdict: str | None, since: str | None, until: str | None) -> WebhookFilter:
    known = next((each for each in VERDICTS if each == verdict), None)
    if verdict is not None and known is None:
        raise SetupFault(f"{verdict!r} is no verdict; there are {', '.join(VERDICTS)}.")
    return WebhookFilter(verdict=known, since=_moment(since), until=_moment(until))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SetupFault(
            f"{text!r} is no moment; write 2026-03-01 or 2026-03-01T09:30Z."
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _without_token(webhook: StoredWebhook) -> str:
    text = webhook.body.decode("utf-8", "replace")
    return TOKEN.sub(r"\1…\2", text)
