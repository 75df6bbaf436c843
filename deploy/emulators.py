"""The local stand-ins for what is outside: payment provider, mail server, carrier, print house."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import structlog
import uvicorn

from adapters.carriers.parcels import Pace
from adapters.carriers.simulator import create_simulator
from adapters.iyzico.emulator import EmulatorSettings, create_emulator
from adapters.iyzico.emulator.connections import ResettableProtocol
from adapters.print_houses.local import create_print_house
from adapters.system import SystemClock
from deploy.adapters import LOCAL_IYZICO
from deploy.faults import SetupFault
from deploy.mailbox import create_mailbox
from deploy.print_house import LOCAL_PORT
from deploy.settings import Settings
from deploy.settings_printing import LOCAL_KEY

log = structlog.get_logger()

LOOPBACK = "127.0.0.1"
PARCEL_STEP_SECONDS = 2.0


class EmbeddedServer(uvicorn.Server):
    """A server among others in one event loop: signals are its owner's business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def emulate(settings: Settings) -> None:
    """Serve until cancelled: iyzico at EMULATORS_PORT, the mailbox page, the carrier, SMTP and the
    print house at the four ports behind it. Everything they know is kept in DATA_DIR. Raises
    `SetupFault` in production.
    """
    if settings.mode == "production":
        raise SetupFault("Production simulates nothing: emulators start with POLIKRAMI_MODE=local.")
    first = settings.web.emulators_port
    folder = settings.data_dir / "emulators"
    folder.mkdir(parents=True, exist_ok=True)
    mailbox = create_mailbox(folder / "mails", http_port=first + 1, smtp_port=first + 3)
    await mailbox.start()
    api_key, secret_key = LOCAL_IYZICO
    provider = create_emulator(
        EmulatorSettings(
            api_key=api_key,
            secret_key=secret_key,
            webhook_url=f"{settings.web.public_url}/api/v1/webhooks/iyzico",
            sign_webhooks=True,
            database=folder / "iyzico.sqlite",
            control_enabled=True,
        )
    )
    async with httpx.AsyncClient(timeout=10) as http:
        carrier = create_simulator(
            http,
            SystemClock(),
            file=folder / "carrier.sqlite",
            pace=Pace(interval_seconds=PARCEL_STEP_SECONDS),
        )
        house = create_print_house(
            http, SystemClock(), key=LOCAL_KEY, file=folder / "print-house.sqlite"
        )
        apps = {first: provider, first + 2: carrier, first + LOCAL_PORT: house}
        servers = [_server(app, port) for port, app in apps.items()]
        try:
            await asyncio.gather(*(server.serve() for server in servers))
        except asyncio.CancelledError:
            for server in servers:
                server.should_exit = True
            raise
        finally:
            await mailbox.stop()


def _server(app: Any, port: int) -> EmbeddedServer:
    return EmbeddedServer(
        uvicorn.Config(
            app,
            host=LOOPBACK,
            port=port,
            http=ResettableProtocol,
            log_config=None,
            access_log=False,
        )
    )
