"""`polikrami restore`: brings a whole installation back, and `backup --check` tries whether it can.

The order is: the database, its read models, the files, the published checkpoints. Each step can be
repeated, so an interrupted restore goes on when the command is given again.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg
from msgspec import Struct
from msgspec.structs import replace

from adapters.audit.files import CHECKPOINTS, CheckpointFile
from adapters.audit.tree import HASH_BYTES
from adapters.crypto import MasterKeys
from adapters.postgres.audit import Chain, Missing, Report, Verification
from adapters.postgres.audit.losses import missing
from adapters.postgres.audit.reading import LogSource
from adapters.postgres.backup.keys import KeyFile
from adapters.postgres.backup.opening import Opened, opened
from adapters.postgres.backup.placing import Placed, forgotten_files, place_archives, place_files
from adapters.postgres.backup.restoring import Restore, Restored
from adapters.postgres.backup.shelf import Shelf
from adapters.postgres.backup.taking import Steps
from application.identity import ErasePerson
from application.person_keys import RegisterAltered
from deploy.backups.place import owner_url, placed, server_major, vault_url
from deploy.backups.programs import fitting
from deploy.bootstrap import System, audit_chain, erasure_register, running_system
from deploy.faults import SetupFault
from deploy.local.folders import temporary_data_folder
from deploy.prepare import settle_keys
from deploy.settings import Settings
from domain.shared.errors import Refusal
from projections import READ_MODELS
from projections.erasures import erasure_of, unsettled
from projections.replay import Progress, rebuild


class Wish(Struct, frozen=True, kw_only=True):
    """What is restored: which backup, with which file of keys, if any; with `hold_work`, what was
    due is parked until operators decide.
    """

    shelf: Shelf
    name: str = ""
    keys: Path | None = None
    hold_work: bool = False


class Erasures(Struct, frozen=True):
    """Persons whose erasure after the backup was asked for `again`, and those of whom something is
    open or who are unknown to this log; their keys are gone either way.
    """

    again: tuple[UUID, ...]
    refused: tuple[UUID, ...]


class Outcome(Struct, frozen=True, kw_only=True):
    """What was done, and what is missing: `lost` events that were sealed after the backup."""

    backup: Opened
    restored: Restored
    files: Placed
    erasures: Erasures
    report: Report
    lost: Missing | None


def restore(settings: Settings, wish: Wish, *, steps: Steps) -> Outcome:
    """Restore into an empty database. Raises `BackupRefused`, `SetupFault` and `psycopg.Error`."""
    with wish.shelf.read():
        backup = opened(wish.shelf, wish.name, steps=steps)
        keys = _keys(settings, wish.keys)
        with placed(settings) as here:
            return _restored(here, wish, backup=backup, keys=keys, steps=steps)


def check(settings: Settings, shelf: Shelf, *, name: str, steps: Steps) -> Outcome:
    """Restore a backup into a server of its own, which is then thrown away, and verify it there."""
    with temporary_data_folder() as folder:
        scratch = replace(
            settings,
            data_dir=folder,
            archive_dir=folder / "archive",
            erasures_copy_dir=folder / "erasures-copy",
            connections=replace(settings.connections, database_url=None, vault_url=None),
            auditing=replace(settings.auditing, copy_dir=folder / "audit-copy"),
        )
        return restore(scratch, Wish(shelf=shelf, name=name), steps=steps)


def _restored(
    settings: Settings, wish: Wish, *, backup: Opened, keys: KeyFile | None, steps: Steps
) -> Outcome:
    url = owner_url(settings)
    made_by = int(backup.manifest.tools.split(".")[0])
    restoring = Restore(
        database_url=url,
        vault_url=vault_url(settings),
        tools=fitting(max(server_major(url), made_by)),
        keys=keys,
        erased=asyncio.run(_registered(settings)),
        hold_work=wish.hold_work,
    )
    restored = restoring.run(backup, steps=steps)
    place_archives(backup, settings.archive_dir, tell=steps.of("copying archives"))
    erasures = asyncio.run(_brought_to_life(settings, restored, steps=steps))
    with psycopg.connect(url) as connection:
        forgotten = forgotten_files(connection, restored.erased)
    files = place_files(
        backup,
        settings.data_dir / "files",
        forgotten=forgotten,
        tell=steps.of("copying files"),
    )
    report, lost = _audited(settings, backup, steps=steps)
    restoring.finished()
    return Outcome(
        backup=backup, restored=restored, files=files, erasures=erasures, report=report, lost=lost
    )


def _keys(settings: Settings, path: Path | None) -> KeyFile | None:
    if path is None:
        return None
    keys = KeyFile(path)
    known = [each.raw for each in settings.keys.known_masters]
    keys.must_open(MasterKeys.of(settings.keys.master.raw, known))
    return keys


async def _registered(settings: Settings) -> Mapping[UUID, datetime]:
    try:
        return await erasure_register(settings).all()
    except RegisterAltered as altered:
        raise SetupFault(f"The register of erasures was altered: {altered}.") from altered


async def _brought_to_life(settings: Settings, restored: Restored, *, steps: Steps) -> Erasures:
    """Build the read models, and erase again whom the log does not know as erased."""
    tell = steps.of("building read models")
    async with running_system(settings, name="restore", pool_size=4) as system:
        for number, model in enumerate(READ_MODELS, start=1):
            await rebuild(system.pool, system.event_log, model=model, tell=_unseen)
            tell(number, len(READ_MODELS))
        await settle_keys(system)
        return await _erased_again(system, restored)


async def _erased_again(system: System, restored: Restored) -> Erasures:
    """What follows from an erasure follows anew, of those who were erased after the backup."""
    again, refused = [], []
    for person_id in restored.erased:
        if await erasure_of(system.reads, person_id) is not None:
            continue
        try:
            await system.bus.execute(
                ErasePerson(
                    person_id=person_id,
                    admin_id=None,
                    reference="register of erasures",
                    unsettled=await unsettled(system.reads, person_id),
                    forfeit_credits=True,
                )
            )
            again.append(person_id)
        except Refusal:
            refused.append(person_id)
    return Erasures(tuple(again), tuple(refused))


def _unseen(_progress: Progress) -> None:
    """One read model is built so quickly that only their number is told."""


def _audited(settings: Settings, backup: Opened, *, steps: Steps) -> tuple[Report, Missing | None]:
    """Compare the log with all checkpoints that were published of it, before and after."""
    chain = audit_chain(settings)
    _bring_checkpoints_back(settings, backup)
    source = LogSource(database_url=chain.database_url, archive_dir=chain.archive_dir)
    evidence = chain.evidence()
    position = backup.manifest.position
    within = [each for each in evidence.checkpoints if each.size <= position]
    report = Verification(
        source=source, evidence=replace(evidence, checkpoints=within), hashes=chain.hashes
    ).run(steps.of("comparing with checkpoints"))
    if report.is_good and report.held:
        _bring_hashes_back(chain, source, until=report.held[-1].size)
    return report, missing(chain, position)


def _bring_checkpoints_back(settings: Settings, backup: Opened) -> None:
    """Where the published checkpoints are gone, those that the second place or the backup has."""
    own = settings.data_dir / "audit" / CHECKPOINTS
    if own.exists():
        return
    places = [settings.auditing.copy_dir / CHECKPOINTS, backup.path / CHECKPOINTS]
    best = max(places, key=lambda path: path.stat().st_size if path.exists() else 0)
    if CheckpointFile(best).last() is None:
        return
    own.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = own.with_name(f"{own.name}.part")
    shutil.copyfile(best, part)
    part.replace(own)


def _bring_hashes_back(chain: Chain, source: LogSource, *, until: int) -> None:
    """Reckon the published hashes anew, where they are gone; the log was just verified."""
    after = len(chain.hashes.read(0, until)) // HASH_BYTES
    for leaves in source.hashes(after, until) if after < until else ():
        chain.hashes.write(after, leaves)
        after += len(leaves)
