"""`polikrami payments webhooks`: what came is listed, shown, and read once more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from typer.testing import CliRunner, Result

from application.payments import StoredWebhook, WebhookDesk
from deploy.bootstrap import running_system
from deploy.cli import app
from deploy.faults import SetupFault
from deploy.settings import load_settings
from deploy.surroundings import with_surroundings

Polikrami = Callable[..., Result]
TOKEN = "5e1f0c9a-only-the-shopper-knows"


@pytest.fixture
def polikrami(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Polikrami:
    """Runs `polikrami payments webhooks` on a database of the test's own."""
    monkeypatch.setattr("deploy.cli_payments.console.width", 250)
    env = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)}
    return lambda *arguments: CliRunner().invoke(app, ["payments", "webhooks", *arguments], env=env)


@pytest.fixture
def came(database_url: str, tmp_path: Path) -> list[StoredWebhook]:
    """A webhook about nothing of ours that was kept and not handled yet, and a forged one."""
    env = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)}
    body = {
        "paymentConversationId": str(uuid4()),
        "token": TOKEN,
        "status": "SUCCESS",
        "iyziReferenceCode": "r1",
        "iyziEventType": "CHECKOUT_FORM_AUTH",
        "iyziPaymentId": 9,
    }

    async def live() -> list[StoredWebhook]:
        async with running_system(load_settings(with_surroundings(env)), name="test") as system:
            desk, bytes_ = system.ports.of(WebhookDesk), msgspec.json.encode(body)
            return [
                await desk.keep(bytes_, {}),
                await desk.keep(bytes_, {"x-iyz-signature-v3": "0" * 64}),
            ]

    return asyncio.run(live())


def test_what_came_is_listed_with_what_was_made_of_it(
    polikrami: Polikrami, came: list[StoredWebhook]
) -> None:
    shown = polikrami("list").output
    assert all(str(webhook.webhook_id) in shown for webhook in came)
    assert "not yet" in shown
    assert "forged" in shown
    only = polikrami("list", "--verdict", "forged").output
    assert str(came[0].webhook_id) not in only


def test_one_is_shown_without_its_token(polikrami: Polikrami, came: list[StoredWebhook]) -> None:
    shown = polikrami("show", str(came[1].webhook_id)).output
    assert "CHECKOUT_FORM_AUTH" in shown
    assert "0" * 64 in shown
    assert TOKEN not in shown


def test_replaying_reads_once_more_and_may_be_repeated(
    polikrami: Polikrami, came: list[StoredWebhook]
) -> None:
    first = polikrami("replay", "--since", "2020-01-01").output
    assert "2 webhooks were read; the provider is asked because of 0 of them." in first
    assert "The verdict on 1 has changed." in first
    again = polikrami("replay", "--since", "2020-01-01").output
    assert "The verdict on 0 has changed." in again
    one = polikrami("replay", str(came[0].webhook_id)).output
    assert "1 webhooks were read" in one
    assert "unknown_token" in polikrami("list").output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("replay",), "Say which"),
        (("replay", str(UUID(int=1))), "There is no webhook"),
        (("show", str(UUID(int=1))), "There is no webhook"),
        (("list", "--verdict", "nice"), "'nice' is no verdict"),
        (("list", "--since", "yesterday"), "'yesterday' is no moment"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(
    polikrami: Polikrami, arguments: tuple[str, ...], said: str
) -> None:
    result = polikrami(*arguments)
    assert isinstance(result.exception, SetupFault)
    assert said in str(result.exception)
