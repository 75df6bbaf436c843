"""The drill: the machine is lost while customers order; all but the last minutes comes back."""

from __future__ import annotations

import asyncio
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from msgspec import Struct
from PIL import Image

from adapters.audit.files import CHECKPOINTS
from adapters.postgres.audit import Chain
from adapters.postgres.backup.manifest import read_manifest
from application.identity import RegisterDemoPerson
from application.ports import PasswordHasher
from deploy.bootstrap import audit_chain, running_system
from deploy.seed import PASSWORD
from tests.backup.installation import newest
from tests.faults import oracle
from tests.faults.books import invoice_faults, payment_faults, wallet_faults
from tests.faults.clients import Client, Crowd, clients_of
from tests.faults.evidence import Evidence, evidence
from tests.live import LiveSystem, live_system
from tests.sources import ROOT
from tests.waiting import eventually

pytestmark = pytest.mark.fault

EMAILS = [*(f"okur{number}@drill.example" for number in range(4)), "giden@drill.example"]
LAST = 60.0


class Drill(Struct):
    """A running system, its customers, one who will leave, and where backups go."""

    system: LiveSystem
    crowd: Crowd
    leaver: Client
    backups: Path
    keys: Path

    def polikrami(self, *arguments: str | Path, without: str = "") -> str:
        """Type a command on the system's machine, some variable not being set; what it said."""
        env = {name: value for name, value in self.system.env.items() if name != without}
        done = subprocess.run(  # noqa: S603  # ourselves
            [sys.executable, "-m", "deploy.cli", *map(str, arguments)],
            cwd=ROOT,
            env=os.environ | env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def chain(self) -> Chain:
        return audit_chain(self.system.settings)

    def sealed_up_to(self, position: int) -> bool:
        """Whether a checkpoint of so many events was published in the second place."""
        copy = type(self.chain.checkpoints)(self.system.settings.auditing.copy_dir / CHECKPOINTS)
        note = copy.last()
        return note is not None and self.chain.verifiers.checkpoint(note).size >= position

    def lose_the_machine(self) -> None:
        """Everything ends at once; the database and the stored files are gone."""
        for name in self.system.programs:
            self.system.kill(name)
        self.system.redis.kill()
        self.system.postgres.kill()
        shutil.rmtree((self.system.folder / "postgres").resolve())
        (self.system.folder / "postgres").unlink(missing_ok=True)
        shutil.rmtree(self.system.folder / "files")


@pytest.fixture(scope="module")
def system() -> Iterator[LiveSystem]:
    with live_system() as running:
        yield running


@pytest.fixture
async def drill(system: LiveSystem, tmp_path: Path) -> AsyncIterator[Drill]:
    async with running_system(system.settings, name="tests", pool_size=2) as connected:
        password_hash = await connected.ports.of(PasswordHasher).hash(PASSWORD)
        for email in EMAILS:
            await connected.bus.execute(
                RegisterDemoPerson(
                    person_id=connected.ids.new(),
                    email=email,
                    name="Ayşe Yılmaz",
                    language="tr",
                    password_hash=password_hash,
                )
            )
    async with clients_of(system, EMAILS, seed=1) as found:
        *shoppers, leaver = found
        yield Drill(system, Crowd(shoppers), leaver, tmp_path / "backups", tmp_path / "keys")


async def test_all_that_was_acknowledged_before_the_backup_survives_the_loss_of_the_machine(
    drill: Drill,
) -> None:
    pictures = await draw(drill)
    async with drill.crowd.busy():
        await drill.crowd.answered(20)
        before = acknowledged(drill)
        said = await asyncio.to_thread(
            drill.polikrami, "backup", drill.backups, "--keys", drill.keys
        )
        assert "events are backed up" in said
        await drill.crowd.answered(15)
        await asyncio.to_thread(leave, drill)
        await drill.crowd.answered(5)
    position = read_manifest(newest(drill.backups)).position
    lost = evidence(drill.system.database_url)
    await asyncio.to_thread(
        eventually,
        lambda: drill.sealed_up_to(len(lost.events)),
        seconds=LAST,
        what="the sealer to seal all that is lost",
    )
    await asyncio.to_thread(drill.lose_the_machine)
    told = await asyncio.to_thread(
        drill.polikrami, "restore", drill.backups, "--keys", drill.keys, without="DATABASE_URL"
    )
    assert re.search(rf"Positions {position + 1:,} to [\d,]+ were sealed", told), told
    assert f"The erasure of {drill.leaver.person_id} was not in this backup" in told
    stored = {path.name for path in (drill.system.folder / "files").glob("??/??/*")}
    assert stored
    assert not pictures & stored
    await asyncio.to_thread(drill.system.start)
    survived = must_have_survived(drill, lost, position=position, before=before)
    told = await asyncio.to_thread(drill.polikrami, "audit", "accept-loss", "--note", "drill")
    assert "was accepted as lost" in told
    order_id = await drill.crowd.clients[0].order()
    await drill.crowd.clients[0].see(f"/orders/{order_id}")
    await must_hold(drill, lost, survived=survived)


async def draw(drill: Drill) -> set[str]:
    """The one who will leave uploads a picture of their own; the digests of what is stored."""
    out = io.BytesIO()
    Image.new("RGB", (600, 920), "crimson").save(out, "PNG")
    client = drill.leaver
    draft_id = await client.draft("upload")
    said = await client.ask("AttachArtwork", f"/drafts/{draft_id}/artwork", content=out.getvalue())
    assert client.asked[-1].acknowledged, said
    query = "SELECT digest FROM read.file_holders WHERE holder_id = %s"
    rows = await asyncio.to_thread(
        eventually, lambda: drill.system.query(query, client.person_id), what="its files"
    )
    return {str(digest) for (digest,) in rows}


def leave(drill: Drill) -> None:
    """One customer is erased; wait until nobody can read anything of theirs."""
    person_id = drill.leaver.person_id
    drill.polikrami("people", "erase", person_id, "--reference", "drill", "--forfeit-credits")
    eventually(
        lambda: drill.system.query(
            "SELECT wrapped_key IS NULL FROM vault.person_keys WHERE person_id = %s", person_id
        )[0][0],
        seconds=LAST,
        what="the key to be destroyed",
    )


def acknowledged(drill: Drill) -> set[tuple[str, str]]:
    """What was acknowledged until now."""
    people = (*drill.crowd.clients, drill.leaver)
    return {
        (each.person_id, each.key)
        for client in people
        for each in client.asked
        if each.acknowledged
    }


def must_have_survived(
    drill: Drill, lost: Evidence, *, position: int, before: set[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Compare what clients were told with what is there; return what survived."""
    now = evidence(drill.system.database_url)
    assert [each.position for each in now.events][:position] == [*range(1, position + 1)]
    assert now.events[:position] == lost.events[:position]
    survived = {key for key, stored in lost.answers.items() if stored.position <= position}
    assert before <= survived
    assert {key: now.answers[key] for key in survived} == {
        key: lost.answers[key] for key in survived
    }
    [[wrapped]] = drill.system.query(
        "SELECT wrapped_key FROM vault.person_keys WHERE person_id = %s", drill.leaver.person_id
    )
    assert wrapped is None
    return survived


def is_forgotten(fault: str, leaver: Client, *, seen: Evidence) -> bool:
    """Whether it is about a job of somebody who was erased: these are deleted."""
    found = re.fullmatch(r"\w+ because of (\d+) is missing", fault)
    cause = seen.events[int(found[1]) - 1] if found else None
    return cause is not None and leaver.person_id in {cause.stream, *map(str, cause.facts.values())}


async def must_hold(drill: Drill, lost: Evidence, *, survived: set[tuple[str, str]]) -> None:
    """The oracle, which is told that the world remembers mails of which the log does not."""
    await asyncio.to_thread(oracle.drain, drill.system)
    seen = evidence(drill.system.database_url)
    asked = [
        each
        for client in (*drill.crowd.clients, drill.leaver)
        for each in client.asked
        if not each.acknowledged
        or (each.person_id, each.key) in survived
        or (each.person_id, each.key) in seen.answers
    ]
    gone = {f"mail {job} was asked for by nobody" for job in lost.jobs.keys() - seen.jobs.keys()}
    found = [
        *oracle.log_faults(seen),
        *wallet_faults(seen),
        *payment_faults(seen, await oracle.provider_book(drill.system)),
        *invoice_faults(seen),
        *oracle.request_faults(seen, asked),
        *oracle.effect_faults(seen),
        *(fault for fault in oracle.mail_faults(seen, drill.system) if fault not in gone),
    ]
    async with running_system(drill.system.settings, name="oracle", pool_size=4) as connected:
        found += [fault async for fault in oracle.reaction_faults(seen, connected)]
        found += [fault async for fault in oracle.read_model_faults(connected)]
    found = [fault for fault in found if not is_forgotten(fault, drill.leaver, seen=seen)]
    assert not found, "\n".join(found)
    await asyncio.to_thread(
        eventually,
        lambda: drill.sealed_up_to(len(seen.events)),
        seconds=LAST,
        what="the sealer to go on",
    )
    assert "are as they were sealed" in await asyncio.to_thread(drill.polikrami, "audit", "verify")
