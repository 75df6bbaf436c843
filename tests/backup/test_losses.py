"""What was sealed after the backup and is lost: it is named, and nothing is sealed over it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.audit.files import CHECKPOINTS
from adapters.postgres.audit import ChainBroken
from adapters.postgres.log import PostgresLog
from deploy.bootstrap import running_system
from deploy.settings import load_settings
from tests.audit.sealed import edit
from tests.backup.installation import Installation
from tests.core.parts import note, of

SAID = "Positions 151 to 190 were sealed, the last of them at "
WORDS = ("--note", "the disk burnt", "--operator", "Ayşe")


@pytest.fixture
async def restored(
    lived_in: Installation,
    elsewhere: Installation,
    event_log: PostgresLog,
    tmp_path: Path,
) -> AsyncIterator[tuple[Installation, PostgresLog]]:
    """Backed up at 150, sealed up to 190, restored where the checkpoints were published."""
    await asyncio.to_thread(
        lived_in.did, "backup", tmp_path / "backups", "--keys", tmp_path / "keys"
    )
    for _ in range(4):
        await event_log.append(of(note(readers=9)))
        lived_in.seal()
    for folder in ("audit", "audit-copy"):
        shutil.copytree(lived_in.folder / folder, elsewhere.folder / folder)
    said = await asyncio.to_thread(
        elsewhere.did, "restore", tmp_path / "backups", "--keys", tmp_path / "keys"
    )
    assert SAID in said
    assert "150 events are as they were sealed." in said
    async with running_system(load_settings(elsewhere.env), name="test") as system:
        yield elsewhere, system.event_log


async def test_nothing_is_sealed_over_a_history_that_was_longer(
    restored: tuple[Installation, PostgresLog],
) -> None:
    installation, log = restored
    with pytest.raises(ChainBroken, match="event 151 is missing; 190 were sealed"):
        installation.seal()
    await log.append(of(note(readers=49)))
    with pytest.raises(ChainBroken, match="the newest checkpoint, of 190 events, does not hold"):
        installation.seal()


async def test_nothing_is_sealed_over_it_even_if_only_the_second_place_knows(
    restored: tuple[Installation, PostgresLog],
) -> None:
    installation, _ = restored
    path = installation.folder / "audit" / CHECKPOINTS
    notes = list(installation.chain.checkpoints.notes())
    path.write_text("".join(f"{note}\n" for note in notes[:1]))
    with pytest.raises(ChainBroken, match="which has a checkpoint of 190 events"):
        installation.seal()


@pytest.mark.parametrize("events_since", [0, 100])
async def test_an_accepted_loss_is_signed_told_and_sealed_behind(
    restored: tuple[Installation, PostgresLog], tmp_path: Path, events_since: int
) -> None:
    installation, log = restored
    kept = shutil.copy(installation.folder / "audit" / CHECKPOINTS, tmp_path / "kept")
    if events_since:
        await log.append(of(note(readers=events_since - 1)))
    told = "What was sealed behind 150 up to 190 was accepted as lost at "
    said = await asyncio.to_thread(installation.did, "audit", "accept-loss", *WORDS)
    assert told in said
    assert "by Ayşe: the disk burnt" in said
    await log.append(of(note(readers=9)))
    installation.seal()
    assert installation.audited().is_good
    assert installation.audited().until == 150 + events_since + 10
    for folder in ("audit", "audit-copy"):
        assert (installation.folder / folder / f"{CHECKPOINTS}.lost-190").exists()
    assert installation.ask("SELECT note FROM audit_losses") == "the disk burnt"

    def verify() -> None:
        assert "are as they were sealed" in installation.did("audit", "verify")
        auditor = installation.polikrami("audit", "verify", "--checkpoints", kept)
        assert auditor.exit_code == 1
        assert told in auditor.output
        assert "Nothing is missing" in installation.refused("audit", "accept-loss", *WORDS)

    await asyncio.to_thread(verify)


async def test_a_changed_event_is_never_accepted_as_a_loss(
    restored: tuple[Installation, PostgresLog],
) -> None:
    installation, _ = restored
    edit(installation.database_url, 140)
    said = await asyncio.to_thread(installation.refused, "audit", "accept-loss", *WORDS)
    assert "The checkpoint of 150 events does not hold, although the backup had 150" in said


async def test_where_nothing_was_restored_nothing_can_be_accepted_as_lost(
    lived_in: Installation,
) -> None:
    said = await asyncio.to_thread(lived_in.refused, "audit", "accept-loss", *WORDS)
    assert "was never restored" in said
