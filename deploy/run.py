"""`polikrami run`: the whole product on this machine, each part that is not configured embedded."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from functools import partial

from rich.console import Console
from rich.table import Table

from deploy.local.ports import must_be_free
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.redis import EmbeddedRedis
from deploy.local.supervisor import Supervisor, supervise
from deploy.parts import LOOPBACK, emulated, migration, serving
from deploy.seed import ACCOUNTS, PASSWORD
from deploy.settings import Settings, load_settings
from deploy.surroundings import clear, leave


def run(env: Mapping[str, str]) -> int:
    """Start everything, print the addresses, and watch until Ctrl-C; the exit status."""
    settings = load_settings(env)
    with contextlib.ExitStack() as ending:
        return supervise(settings.data_dir, partial(_start, settings, ending=ending))


def _start(settings: Settings, supervisor: Supervisor, *, ending: contextlib.ExitStack) -> None:
    web, connections = settings.web, settings.connections
    must_be_free("PORT", host=web.host, port=web.port)
    if emulated(settings):
        for port in range(web.emulators_port, web.emulators_port + 5):
            must_be_free("EMULATORS_PORT", host=LOOPBACK, port=port)
    console = Console(stderr=True)
    env = {"DATA_DIR": str(settings.data_dir)}
    with console.status("Starting …") as status:
        if connections.database_url is None:
            status.update("Starting PostgreSQL …")
            env["DATABASE_URL"] = supervisor.serve(EmbeddedPostgres(settings.data_dir))
        if connections.redis_url is None:
            status.update("Starting Redis …")
            env["REDIS_URL"] = supervisor.serve(EmbeddedRedis(settings.data_dir))
        leave(settings.data_dir, env)
        ending.callback(clear, settings.data_dir)
        status.update("Preparing the database and the demo data …")
        supervisor.finish(migration(env))
        for child in serving(settings, env):
            status.update(f"Starting {child.name} …")
            supervisor.start(child)
    _tell(settings, console)


def _tell(settings: Settings, console: Console) -> None:
    first = settings.web.emulators_port
    table = Table(title="Polikrami Cover is running", show_header=False, title_justify="left")
    table.add_row("API", f"{settings.web.public_url}/api/v1")
    table.add_row("API, to try out", f"{settings.web.public_url}/schema")
    table.add_row("Mailbox", f"http://{LOOPBACK}:{first + 1}")
    table.add_row("Payment emulator", f"http://{LOOPBACK}:{first}")
    table.add_row("Metrics", f"http://{LOOPBACK}:{settings.web.metrics_port}/metrics")
    table.add_row("Logs", os.path.relpath(settings.data_dir / "logs"))
    console.print(table)
    accounts = Table("Account", "E-mail", "Password", title="Demo accounts", title_justify="left")
    for account in ACCOUNTS:
        accounts.add_row(account.label, account.email, PASSWORD)
    console.print(accounts)
    console.print("Next: `polikrami demo` walks a whole order. Ctrl-C stops everything.")
