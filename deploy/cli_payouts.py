"""Commands for finance: designers' payouts, runs that pay them, and files for the bank.

Whoever proposes, approves or takes a file proves with a password who they are: a shell is nobody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar, get_args
from uuid import UUID

import typer
from rich.progress import track

from api.wording import words_of
from application.bank import BankRules
from application.bus import Actor, Bus, Call, Command, Receipt
from application.earnings import (
    ApprovePayoutRun,
    MarkPayoutRunSent,
    PayoutAsk,
    ProposePayoutRun,
    TakeOverFee,
    TakePayoutFile,
    payout_book,
)
from application.four_eyes import Hand
from application.identity import Claims, Credentials, prove
from application.ports import PasswordHasher, PayoutFiles
from application.store import Store
from deploy.bootstrap import System
from deploy.cli_operate import with_system
from deploy.faults import SetupFault
from deploy.screen import console, table
from domain.bank import printed
from domain.earnings import MOST_ITEMS, PayoutFileForm, PayoutRun, PayoutState
from domain.shared.errors import Refusal
from projections.earnings import fees_to_take_over
from projections.payouts import PayoutRow, PayoutRunRow, payout_list, run_list

payouts_app = typer.Typer(help="Designers' payouts: requests, runs, and files for the bank.")

T = TypeVar("T")
STATES: tuple[PayoutState, ...] = get_args(PayoutState)
FORMS: tuple[PayoutFileForm, ...] = get_args(PayoutFileForm)
TERMINAL = "127.0.0.1"
Email = Annotated[str, typer.Option("--as", help="Your e-mail address; you are in finance.")]
Password = Annotated[str, typer.Option(prompt=True, hide_input=True, help="Your password.")]
Most = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many to show.")]
Reference = Annotated[str, typer.Argument(help="The run's reference, such as PT-7H3K-9MTR.")]


@payouts_app.command("list")
def list_payouts(
    state: Annotated[str, typer.Option(help=f"One of {', '.join(STATES)}.")] = "requested",
    limit: Most = 20,
) -> None:
    """Show payouts of one state and the latest runs, newest first."""
    known = next((each for each in STATES if each == state), None)
    if known is None:
        raise SetupFault(f"{state!r} is no state; there are {', '.join(STATES)}.")

    async def look(system: System) -> tuple[list[PayoutRow], list[PayoutRunRow]]:
        return (
            await payout_list(system.reads, state=known, limit=limit),
            await run_list(system.reads, before=None, limit=limit),
        )

    rows, runs = with_system(look)
    shown = table("Payout", "Reference", "Amount", "State", "Asked at")
    for row in rows:
        at = f"{row.requested_at:%Y-%m-%d %H:%M}"
        shown.add_row(str(row.payout_id), printed(row.reference), str(row.amount), row.state, at)
    console.print(shown)
    listed = table("Run", "Amount", "Payouts", "State", "Maker", "Files taken")
    for run in runs:
        listed.add_row(
            printed(run.reference),
            str(run.amount),
            str(run.items),
            run.state,
            str(run.made_by),
            str(run.files_taken),
        )
    console.print(listed)


@payouts_app.command("propose")
def propose(
    email: Email,
    password: Password,
    only: Annotated[list[UUID] | None, typer.Option("--payout", help="Only these.")] = None,
) -> None:
    """Propose a run of all requests that wait, or of some; a second person then approves it."""

    async def work(system: System) -> Receipt:
        by = await _hand(system, email, password=password)
        rows = await payout_list(system.reads, state="requested", limit=MOST_ITEMS)
        wanted = [row for row in rows if only is None or row.payout_id in only]
        if missing := {*(only or ())} - {row.payout_id for row in wanted}:
            raise SetupFault(
                f"No request {missing.pop()} waits; `polikrami payouts list` shows those that do."
            )
        if not wanted:
            raise SetupFault("No request waits, so there is nothing to propose.")
        command = ProposePayoutRun(
            request_id=system.ids.new(),
            payouts=tuple(
                PayoutAsk(account_id=row.account_id, payout_id=row.payout_id) for row in wanted
            ),
            by=by,
        )
        return await _do(system.bus, command, by=by)

    answer = _worded(work).answer
    reference = printed(str(answer["reference"]))
    console.print(
        f"{answer['items']} payouts are proposed as {reference}. Somebody else in finance runs"
        f" `polikrami payouts approve {reference}`."
    )


@payouts_app.command("approve")
def approve(reference: Reference, email: Email, password: Password) -> None:
    """Approve another person's run."""

    async def work(system: System) -> Receipt:
        by = await _hand(system, email, password=password)
        return await _do(system.bus, ApprovePayoutRun(run_id=_run(reference), by=by), by=by)

    _worded(work)
    console.print(f"Approved. `polikrami payouts file {reference}` writes the file for the bank.")


@payouts_app.command("file")
def write_file(
    reference: Reference,
    target: Annotated[Path, typer.Argument(help="Where to write it; it holds IBANs.")],
    email: Email,
    password: Password,
    form: Annotated[str, typer.Option("--format", help=f"{' or '.join(FORMS)}.")] = "pain.001",
) -> None:
    """Write the file of an approved run for the bank; who takes it is recorded."""
    known = next((each for each in FORMS if each == form), None)
    if known is None:
        raise SetupFault(f"{form!r} is no format; there are {' and '.join(FORMS)}.")

    async def work(system: System) -> bytes:
        by = await _hand(system, email, password=password)
        run_id = _run(reference)
        await _do(system.bus, TakePayoutFile(run_id=run_id, form=known, by=by), by=by)
        book = await payout_book(run_id, system.event_log, payer=system.ports.of(BankRules))
        return system.ports.of(PayoutFiles).write(book, known)

    content = _worded(work)
    try:
        target.touch(mode=0o600)
        target.chmod(0o600)
        target.write_bytes(content)
    except OSError as error:
        raise SetupFault(f"{target} can't be written: {error.strerror}.") from error
    console.print(
        f"{target} is for the bank. Give it to the bank, delete it, and run"
        f" `polikrami payouts sent {reference}`."
    )


@payouts_app.command("sent")
def sent(reference: Reference, email: Email, password: Password) -> None:
    """Record that the bank was given the file of a run."""

    async def work(system: System) -> Receipt:
        by = await _hand(system, email, password=password)
        return await _do(system.bus, MarkPayoutRunSent(run_id=_run(reference), by=by), by=by)

    _worded(work)
    console.print("Recorded. A statement with the references confirms the payments.")


@payouts_app.command("adopt")
def adopt() -> None:
    """Put fees on designers' accounts that were approved before there were accounts."""

    async def work(system: System) -> int:
        jobs = await fees_to_take_over(system.reads)
        for job_id in track(jobs, "Fees"):
            await system.bus.execute(TakeOverFee(job_id=job_id))
        return len(jobs)

    console.print(f"{with_system(work)} fees were looked at.")


def _worded(work: Callable[[System], Awaitable[T]]) -> T:
    """Do it; a refusal becomes one sentence. Raises `SetupFault`."""
    try:
        return with_system(work)
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise SetupFault(
                "There is no such run; `polikrami payouts list` shows them all."
            ) from refusal
        raise SetupFault(words_of(refusal.code).detail("en", refusal.facts)) from refusal


async def _hand(system: System, email: str, *, password: str) -> Hand:
    """Who it is, by their password."""
    credentials = Credentials(email=email, password=password, address=TERMINAL)
    proof = await prove(
        credentials,
        system.bus,
        store=Store(system.event_log, system.clock.now()),
        passwords=system.ports.of(PasswordHasher),
        claims=system.ports.of(Claims),
    )
    return Hand(person_id=proof.person_id)


async def _do(bus: Bus, command: Command, *, by: Hand) -> Receipt:
    return await bus.execute(command, Call(actor=Actor(person_id=by.person_id)))


def _run(reference: str) -> UUID:
    plain = "".join(each for each in reference.upper() if each.isalnum())
    return PayoutRun.id_of(plain)
