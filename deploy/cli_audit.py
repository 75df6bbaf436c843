"""Commands for operators and auditors: whether the log is still what was sealed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import psycopg
import typer
from msgspec.structs import replace

from adapters.postgres.archive.faults import FileUnreadable
from adapters.postgres.audit import Chain, LogSource, Loss, LossRefused, Report, Verification
from adapters.postgres.audit.losses import accept, explained, losses
from adapters.postgres.audit.proving import NotProven, papers_of, proven
from application.store import Recorded
from deploy.bootstrap import System, audit_chain
from deploy.cli_events import progress
from deploy.cli_operate import with_system
from deploy.cli_projections import Note, Operator, decision
from deploy.faults import SetupFault
from deploy.screen import console
from deploy.settings import load_settings
from deploy.surroundings import with_surroundings
from domain.wallet import Wallet

audit_app = typer.Typer(help="The audit chain: what was sealed, and whether the log still is that.")


@audit_app.command("key")
def show_key() -> None:
    """Print the public key that signs checkpoints now; keep it for auditors, and after a change of
    AUDIT_KEY in AUDIT_KNOWN_KEYS.
    """
    chain = audit_chain(load_settings(with_surroundings(os.environ)))
    assert chain.key is not None
    typer.echo(chain.key.verifier.text)


@audit_app.command("verify")
def verify(
    checkpoints: Annotated[
        Path | None, typer.Option(help="Trust the checkpoints in this file alone.")
    ] = None,
    from_archive: Annotated[
        bool, typer.Option(help="Read the archived files in ARCHIVE_DIR alone, without a database.")
    ] = False,
) -> None:
    """Compare every event with what was sealed; exit status 1 if anything differs.

    Without options all published checkpoints count: those in DATA_DIR/audit, in the second place,
    and in the database, each as far as a known key has signed it.
    """
    chain = audit_chain(load_settings(with_surroundings(os.environ)))
    if from_archive and checkpoints is None:
        checkpoints = chain.checkpoints.path
    if checkpoints is not None and not checkpoints.is_file():
        raise SetupFault(f"There is no file {checkpoints}.")
    with _faults_told(), progress("comparing") as tell:
        found = _verification(chain, checkpoints, from_archive=from_archive)
        report = found.run(tell)
    _tell(report, head=found.source.head())
    for loss in explained(report.failed, losses(chain)):
        console.print(_told(loss))
    if not report.is_good:
        raise typer.Exit(1)


@audit_app.command("prove")
def prove(
    wallet: Annotated[UUID, typer.Option(help="The person whose wallet it is.")],
    file: Annotated[Path, typer.Option(help="Where the proof is written; a new file.")],
) -> None:
    """Write a proof of a wallet's balance, which `docs/verify_bundle.py` verifies without us."""
    if file.exists():
        raise SetupFault(f"{file} is there already.")
    chain = audit_chain(load_settings(with_surroundings(os.environ)))

    async def told(system: System) -> tuple[Sequence[Recorded], Sequence[Recorded]]:
        history = await system.event_log.load(Wallet.id_of(wallet))
        return history, await papers_of(system.event_log, history)

    with _faults_told():
        history, papers = with_system(told)
        try:
            bundle = proven(chain, wallet, history=history, papers=papers)
        except NotProven as why:
            raise SetupFault(str(why)) from why
        file.write_bytes(bundle.file)
    console.print(
        f"{len(bundle.entries)} events and a balance of {bundle.balance} credits are proven, as of"
        f" {bundle.size:,} events; with them {len(bundle.papers)} of orders, payments and invoices."
    )


@audit_app.command("accept-loss")
def accept_loss(note: Note, operator: Operator = "") -> None:
    """After a restore: record that the sealed events that did not come back are lost for good.

    The statement is signed and published beside the checkpoints; those of what is lost are laid
    aside under another name. Then the sealer goes on.
    """
    chosen = decision(note, operator)
    chain = audit_chain(load_settings(with_surroundings(os.environ)))
    with _faults_told():
        try:
            loss = accept(chain, note=chosen.note, operator=chosen.operator, now=datetime.now(UTC))
        except LossRefused as why:
            raise SetupFault(str(why)) from why
    console.print(_told(loss))


def _told(loss: Loss) -> str:
    return (
        f"What was sealed behind {loss.kept:,} up to {loss.lost:,} was accepted as lost at"
        f" {loss.decided_at} by {loss.operator}: {loss.note}"
    )


def _verification(chain: Chain, checkpoints: Path | None, *, from_archive: bool) -> Verification:
    evidence = chain.evidence(checkpoints)
    if checkpoints is not None and not evidence.checkpoints and not evidence.faults:
        raise SetupFault(f"There is no checkpoint in {checkpoints}.")
    if not evidence.checkpoints and not evidence.faults:
        raise SetupFault("Nothing was sealed yet; does `polikrami serve sealer` run?")
    source = LogSource(
        database_url=None if from_archive else chain.database_url, archive_dir=chain.archive_dir
    )
    if from_archive:
        head = source.head()
        within = [each for each in evidence.checkpoints if each.size <= head]
        if not within:
            raise SetupFault(f"No checkpoint is within the archived files, which end at {head:,}.")
        evidence = replace(evidence, checkpoints=within)
    return Verification(source=source, evidence=evidence, hashes=chain.hashes)


def _tell(report: Report, *, head: int) -> None:
    held, failed = report.held, report.failed
    if held:
        console.print(f"{len(held):,} checkpoints hold, up to that of {held[-1].size:,} events.")
    if failed:
        sizes = f"from that of {failed[0].size:,} to that of {failed[-1].size:,} events"
        console.print(f"{len(failed):,} checkpoints do not hold, {sizes}.", style="red")
    if report.first_bad is not None:
        console.print(
            f"The first event that is not as it was sealed is at {report.first_bad:,}.", style="red"
        )
    elif report.between is not None:
        low, high = report.between
        console.print(
            f"An event behind {low:,} up to {high:,} is not as it was sealed; which one can't be"
            " told, because the published hashes are missing or altered, too.",
            style="red",
        )
    for fault in report.faults:
        console.print(fault, style="red", markup=False)
    if report.is_good:
        console.print(f"{report.until:,} events are as they were sealed.")
    if head > report.until and not failed:
        console.print(f"{head - report.until:,} newer events are not covered by a checkpoint.")


@contextmanager
def _faults_told() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.UndefinedTable as error:
        raise SetupFault("The database has an older schema; run `polikrami migrate`.") from error
    except FileUnreadable as error:
        raise SetupFault(str(error)) from error
    except OSError as error:
        raise SetupFault(f"{error.filename or 'A file'}: {error.strerror or error}.") from error
