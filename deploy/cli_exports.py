"""Commands for finance: tables to take away, as files for other programs."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import typer

from adapters.postgres.transfer.faults import TransferRefused
from adapters.postgres.transfer.files import new_file
from application.tables import FORMATS, Format, TableFiles
from deploy.bootstrap import System
from deploy.cli_events import progress
from deploy.cli_operate import with_system
from deploy.cli_words import known_account, known_month
from deploy.faults import SetupFault
from deploy.screen import console, table
from projections.exports import EXPORTS, Sieve, counted, exported

exports_app = typer.Typer(help="Take tables away as CSV, XLSX, Parquet or JSON Lines.")


@exports_app.command("list")
def list_exports(
    name: Annotated[str | None, typer.Argument(help="One table, to see its columns.")] = None,
) -> None:
    """Every table that can be taken away, or the columns of one."""
    if name is None:
        shown = table("Table", "What it is")
        for each, export in sorted(EXPORTS.items()):
            shown.add_row(each, export.meaning)
    else:
        shown = table("Column", "Kind", "What it means")
        for column in EXPORTS[_known(name)].columns:
            shown.add_row(column.name, column.kind, column.meaning)
    console.print(shown)


@exports_app.command("write")
def write_export(
    name: Annotated[str, typer.Argument(help="The table, as `finance exports list` names it.")],
    file: Annotated[
        Path, typer.Argument(help="A new file; its ending says the format: " + ", ".join(FORMATS))
    ],
    since: Annotated[str | None, typer.Option(help="First month, YYYY-MM.")] = None,
    until: Annotated[str | None, typer.Option(help="Last month, YYYY-MM.")] = None,
    account: Annotated[str | None, typer.Option(help="Only this account.")] = None,
) -> None:
    """Write a table to a new file, all of one state of the books."""
    export = EXPORTS[_known(name)]
    form = next((each for each in FORMATS if file.suffix == f".{each}"), None)
    if form is None:
        endings = ", ".join(f".{each}" for each in FORMATS)
        raise SetupFault(f"{file} does not say its format; let it end in one of {endings}.")
    known = known_account(account).key if account is not None else None
    sieve = Sieve(since=known_month(since), until=known_month(until), account=known)
    if unused := export.unused(sieve):
        raise SetupFault(f"{name} can't be sieved by {' and '.join(unused)}.")

    async def write(system: System) -> int:
        return await _write(system, name, file=file, form=form, sieve=sieve)

    try:
        rows = with_system(write)
    except TransferRefused as refused:
        raise SetupFault(str(refused)) from refused
    console.print(f"{rows:,} rows are in {file}.")


async def _write(system: System, name: str, *, file: Path, form: Format, sieve: Sieve) -> int:
    export, files, done = EXPORTS[name], system.ports.of(TableFiles), 0
    total = await counted(system.reads, export, sieve=sieve)
    with (
        progress(f"writing {name}", unit="rows") as tell,
        new_file(str(file)) as path,
        files.writer(form, path, columns=export.columns) as writer,
    ):
        tell(0, total)
        async with aclosing(exported(system.reads, export, sieve=sieve)) as batches:
            async for rows in batches:
                writer.write(rows)
                done += len(rows)
                tell(done, max(done, total))
    return done


def _known(name: str) -> str:
    if name not in EXPORTS:
        raise SetupFault(f"There is no table {name}; there are {', '.join(sorted(EXPORTS))}.")
    return name
