"""`polikrami`: everything that people and machines start, try, look after and replay."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import psycopg
import typer
from rich.console import Console

from adapters.postgres.archive.faults import FileUnreadable
from application.store import LogUnavailable
from deploy import cli_archive, cli_entries, cli_erasure, cli_replay, cli_work_items
from deploy.cli_audit import audit_app
from deploy.cli_backup import backup, restore
from deploy.cli_bank import bank_app
from deploy.cli_controls import controls_app
from deploy.cli_events import events_app
from deploy.cli_exports import exports_app
from deploy.cli_finance import finance_app
from deploy.cli_invoices import invoices_app
from deploy.cli_jobs import jobs_app
from deploy.cli_keys import keys_app
from deploy.cli_operate import people_app
from deploy.cli_payments import payments_app
from deploy.cli_payouts import payouts_app
from deploy.cli_prices import prices_app
from deploy.cli_projections import projections_app
from deploy.cli_reconciliation import reconcile_app
from deploy.cli_show import show
from deploy.cli_slice import replay_slice, slice_log
from deploy.cli_what_if import what_if_app
from deploy.faults import SetupFault
from deploy.settings import load_settings
from deploy.surroundings import with_surroundings

app = typer.Typer(
    name="polikrami",
    help="Run, try and operate Polikrami Cover.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
serve_app = typer.Typer(help="Run one process of the system in the foreground.")
app.add_typer(serve_app, name="serve")
app.add_typer(projections_app, name="projections")
app.add_typer(jobs_app, name="jobs")
app.add_typer(people_app, name="people")
app.add_typer(events_app, name="events")
app.command("show")(show)
app.add_typer(what_if_app)
app.command("backup")(backup)
app.command("replay")(replay_slice)
app.command("restore")(restore)
app.command("slice")(slice_log)
app.add_typer(audit_app, name="audit")
app.add_typer(bank_app, name="bank")
app.add_typer(controls_app, name="controls")
finance_app.add_typer(exports_app, name="exports")
app.add_typer(finance_app, name="finance")
app.add_typer(invoices_app, name="invoices")
app.add_typer(keys_app, name="keys")
app.add_typer(payments_app, name="payments")
app.add_typer(prices_app, name="prices")
app.add_typer(payouts_app, name="payouts")
app.add_typer(reconcile_app, name="reconcile")

REGISTERED = (cli_replay, cli_archive, cli_entries, cli_erasure, cli_work_items)
"""Importing them registered their commands beside those of other files."""

NOT_OURS = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InvalidSchemaName,
)
PROCESSES = ("api", "projector", "reactor", "worker", "renderer", "sealer", "emulators")


@app.command()
def run() -> None:
    """Start the whole product on this machine; parts that are not configured run embedded."""
    from deploy.run import run as run_all

    raise typer.Exit(run_all(os.environ))


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the files are left.")] = Path("demo-output"),
    method: Annotated[str, typer.Option(help="ai, upload, artist or credits.")] = "ai",
) -> None:
    """Walk a whole order over HTTP against the running system, to what comes after delivery."""
    from deploy.demo import walk

    raise typer.Exit(walk(load_settings(with_surroundings(os.environ)), folder, method=method))


@app.command()
def migrate(
    demo: Annotated[bool, typer.Option(help="Also load the demo accounts and catalogue.")] = False,
) -> None:
    """Bring the database to the present schema; harmless when it is there already."""
    from deploy.prepare import prepare

    for line in prepare(load_settings(with_surroundings(os.environ)), demo=demo):
        typer.echo(line)


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the HTTP API."""
    from deploy.published import openapi_document

    typer.echo(openapi_document(), nl=False)


def _serve(name: str) -> Callable[[], None]:
    def run_it() -> None:
        from deploy import serve

        getattr(serve, name)(load_settings(with_surroundings(os.environ)))

    return run_it


for _name in PROCESSES:
    serve_app.command(_name, help=f"Run the {_name} until Ctrl-C.")(_serve(_name))


def main() -> None:
    """Run the command line; a fault that people can mend is one sentence and exit status 2."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        app()
    except SetupFault as fault:
        _refuse(str(fault))
    except psycopg.OperationalError as error:
        _refuse(f"The database can't be reached: {str(error).splitlines()[0]}")
    except NOT_OURS:
        _refuse("The database is not at this release's schema; run `polikrami migrate`.")
    except psycopg.errors.InsufficientPrivilege as error:
        _refuse(f"The role of DATABASE_URL lacks a right: {str(error).splitlines()[0]}.")
    except FileUnreadable as error:
        _refuse(str(error))
    except LogUnavailable:
        _refuse("The database can't be reached; is DATABASE_URL right?")


def _terminated(number: int, _frame: FrameType | None) -> NoReturn:
    """End as Ctrl-C would, so that half-written files are cleared away."""
    sys.exit(128 + number)


def _refuse(sentence: str) -> None:
    Console(stderr=True).print(sentence, style="red", markup=False, highlight=False)
    sys.exit(2)


if __name__ == "__main__":
    main()
