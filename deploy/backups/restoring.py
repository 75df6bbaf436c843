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
from adapters.postgres.backup.placing import Placed, place
from adapters.postgres.backup.restoring import Restore, Restored
from adapters.postgres.backup.shelf import Shelf
from adapters.postgres.backup.taking import Steps
from deploy.backups.place import owner_url, placed, server_major
from deploy.backups.programs import fitting
from deploy.bootstrap import MASTER_KEY_NAME, audit_chain, running_system
from deploy.local.folders import temporary_data_folder
from deploy.settings import Settings
from projections import READ_MODELS
from projections.replay import Progress, rebuild


class Wish(Struct, frozen=True, kw_only=True):
    """What is restored: which backup, with which file of keys, if any; with `hold_work`, what was
    due is parked until operators decide; without `rebuild` the projector builds the read models.
    """

    shelf: Shelf
    name: str = ""
    keys: Path | None = None
    hold_work: bool = False
    rebuild: bool = True
    erased: Mapping[UUID, datetime] = {}
    """Who was erased, as the register outside of the database has it."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What was done, and what is missing: `lost` events that were sealed after the backup."""

    backup: Opened
    restored: Restored
    files: Placed
    report: Report
    lost: Missing | None


def restore(settings: Settings, wish: Wish, *, steps: Steps) -> Outcome:
    """Restore into an empty database. Raises `BackupRefused`, `SetupFault` and `psycopg.Error`."""
    with wish.shelf.read():
        backup = opened(wish.shelf, wish.name, steps=steps)
        keys = _keys(settings, wish.keys)
        with placed(settings) as here:
            return _restored(here, wish, backup=backup, keys=keys, steps=steps)


def check(settings: Settings, shelf: Shelf, name: str, *, steps: Steps) -> Outcome:
    """Restore a backup into a server of its own, which is then thrown away, and verify it there."""
    with temporary_data_folder() as folder:
        scratch = replace(
            settings,
            data_dir=folder,
            archive_dir=folder / "archive",
            connections=replace(settings.connections, database_url=None),
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
        tools=fitting(max(server_major(url), made_by)),
        keys=keys,
        erased=wish.erased,
        hold_work=wish.hold_work,
    )
    restored = restoring.run(backup, steps=steps)
    files = place(
        backup,
        archive_dir=settings.archive_dir,
        files=settings.data_dir / "files",
        forgotten=frozenset(),
        tell=steps.of("copying files"),
    )
    if wish.rebuild:
        asyncio.run(_rebuilt(settings, steps))
    report, lost = _audited(settings, backup, steps=steps)
    restoring.finished()
    return Outcome(backup=backup, restored=restored, files=files, report=report, lost=lost)


def _keys(settings: Settings, path: Path | None) -> KeyFile | None:
    if path is None:
        return None
    keys = KeyFile(path)
    keys.must_open(MasterKeys({MASTER_KEY_NAME: settings.keys.master.raw}, MASTER_KEY_NAME))
    return keys


async def _rebuilt(settings: Settings, steps: Steps) -> None:
    tell = steps.of("building read models")
    async with running_system(settings, name="restore", pool_size=4) as system:
        for number, model in enumerate(READ_MODELS, start=1):
            await rebuild(system.pool, system.event_log, model=model, tell=_unseen)
            tell(number, len(READ_MODELS))


def _unseen(_progress: Progress) -> None:
    """One read model is built so quickly that only their number is told."""


def _audited(settings: Settings, backup: Opened, *, steps: Steps) -> tuple[Report, Missing | None]:
    """Compare the log with all checkpoints that were published of it, before and after."""
    chain = audit_chain(settings)
    _bring_checkpoints_back(settings, backup)
    source = LogSource(database_url=chain.database_url, archive_dir=chain.archive_dir)
    evidence = chain.evidence()
    head = source.head()
    within = [each for each in evidence.checkpoints if each.size <= head]
    report = Verification(
        source=source, evidence=replace(evidence, checkpoints=within), hashes=chain.hashes
    ).run(steps.of("comparing with checkpoints"))
    if report.is_good and report.held:
        _bring_hashes_back(chain, source, until=report.held[-1].size)
    return report, missing(chain, head)


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
