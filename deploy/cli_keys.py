"""Commands for operators: the keys with which personal data is encrypted."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from adapters.postgres.rotation import Contents, Expired, Rotated, contents, rotate
from adapters.postgres.vault import VaultRefused
from application.person_keys import RegisterAltered
from application.ports import FileStore
from deploy.bootstrap import System, erasure_register
from deploy.cli_events import progress
from deploy.cli_operate import with_system
from deploy.faults import SetupFault
from deploy.screen import console, table
from workers.expiring import Expiring

keys_app = typer.Typer(help="The keys of persons: what there is, another master key, retentions.")


@keys_app.command("status")
def status() -> None:
    """Tell how many keys there are, by the master key that wraps them and what they are for."""

    async def work(system: System) -> tuple[Contents, int]:
        return await contents(system.keys), len(await erasure_register(system.settings).all())

    try:
        found, registered = with_system(work)
    except RegisterAltered as altered:
        raise SetupFault(f"The register of erasures was altered: {altered}.") from altered
    shown = table("Master key", "For", "Keys", "Kept until")
    for share in found.living:
        until = ""
        if share.first_until:
            until = f"{share.first_until:%Y-%m-%d} to {share.last_until:%Y-%m-%d}"
        purpose = share.purpose or "(not looked at; run `polikrami migrate`)"
        shown.add_row(share.master_key, purpose, f"{share.keys:,}", until)
    console.print(shown)
    console.print(f"{found.destroyed:,} keys are destroyed; {registered:,} persons were erased.")


@keys_app.command("rotate")
def rotate_keys() -> None:
    """Wrap all keys by the present MASTER_KEY, while the system runs; may be interrupted and begun
    again. Earlier master keys stand in MASTER_KNOWN_KEYS until this is done in all of them.
    """

    async def work(system: System) -> tuple[str, Rotated]:
        with progress("wrapping keys anew", unit="keys") as tell:
            return system.keys.master.current, await rotate(system.keys, tell)

    try:
        name, rotated = with_system(work)
    except VaultRefused as refused:
        raise SetupFault(f"{refused}.") from refused
    console.print(f"{rotated.rewrapped:,} keys were wrapped by master key {name}.")
    if rotated.damaged:
        console.print(
            f"{rotated.damaged:,} keys are damaged: no master key opens them. They stay as they"
            " are; their persons' texts can't be read.",
            style="red",
        )
        raise typer.Exit(1)
    console.print("No living key needs any other master key.")


@keys_app.command("expire")
def expire_keys() -> None:
    """Destroy the keys, and the documents, of what the law does not want kept any longer."""

    async def work(system: System) -> Sequence[Expired]:
        files = system.ports.of(FileStore)
        return await Expiring(system.keys, system.event_log, files).expire()

    expired = with_system(work)
    if not expired:
        console.print("Nothing has been kept for longer than the law wants.")
        return
    shown = table("Subject", "Kept as", "Until")
    for each in expired:
        shown.add_row(str(each.subject_id), each.purpose, f"{each.until:%Y-%m-%d}")
    console.print(shown)
    console.print(f"{len(expired):,} keys were destroyed.")
