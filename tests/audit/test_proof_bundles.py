"""An auditor walks through `docs/audit.md`: a balance is proven to somebody without our system."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner, Result

from adapters.postgres.audit import Chain
from adapters.postgres.audit.proving import NotProven, proven
from adapters.postgres.log import PostgresLog
from deploy.bootstrap import audit_chain
from deploy.cli import app
from deploy.settings import load_settings
from domain.wallet import Grant, Wallet
from tests.audit.sealed import KEY, edit, superuser
from tests.core.parts import note, of
from tests.core.writing import commanding
from tests.databases import MASTER_SETTING
from tests.given import NOW
from tests.sources import ROOT

VERIFIER = ROOT / "docs" / "verify_bundle.py"
PAGE = ROOT / "docs" / "audit.md"
PERSON = UUID(re.search(r"--wallet (\S+)", PAGE.read_text(encoding="utf-8"))[1])  # type: ignore[index]  # the page names one


async def spent(log: PostgresLog, person: UUID = PERSON) -> int:
    """A wallet to which 50 and 30 credits came, of which 12 were spent; the position of the last
    event. Other events stand between.
    """
    wallet, deadline = Wallet.open(person, NOW), NOW + timedelta(hours=1)
    for credits in (50, 30):
        wallet.grant(
            uuid4(),
            Grant(credits=credits, credit_class="purchased", origin="manual", expires_at=None),
        )
    await log.append(commanding(wallet.collect_events()))  # type: ignore[arg-type]  # events of ours
    await log.append(of(note(readers=20)))
    for credits, end in ((12, wallet.capture), (7, lambda hold: wallet.release(hold, reason="x"))):
        hold = uuid4()
        wallet.hold(hold, credits=credits, purpose="generation", deadline=deadline)
        end(hold)
    return await log.append(commanding(wallet.collect_events()))  # type: ignore[arg-type]  # events of ours


async def proof(log: PostgresLog, chain: Chain, person: UUID = PERSON) -> bytes:
    """The file that proves the wallet."""
    history = await log.load(Wallet.id_of(person))
    return (await asyncio.to_thread(proven, chain, person, history=history)).file


def verify(folder: Path, content: bytes, key: str = KEY.verifier.text) -> tuple[int, str]:
    """What the stand-alone file says, in a folder of its own and without our modules."""
    alone = folder / "auditor"
    alone.mkdir(exist_ok=True)
    shutil.copy(VERIFIER, alone)
    (alone / "proof.json").write_bytes(content)
    command = [sys.executable, "-I", "verify_bundle.py", "proof.json", key]
    done = subprocess.run(  # noqa: S603  # our own file
        command, cwd=alone, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def verified() -> Callable[[bytes, str], list[str]]:
    """The function of the stand-alone file, and what it raises."""
    space: dict[str, Any] = {"__name__": "verify_bundle"}
    exec(compile(VERIFIER.read_text(encoding="utf-8"), str(VERIFIER), "exec"), space)  # noqa: S102  # our own file
    function: Callable[[bytes, str], list[str]] = space["verified"]
    return function


async def test_a_balance_is_proven_to_somebody_without_our_system(
    event_log: PostgresLog, chain: Chain, tmp_path: Path
) -> None:
    await spent(event_log)
    chain.seal()
    status, told = verify(tmp_path, await proof(event_log, chain))
    assert (status, told.splitlines()[-1]) == (0, "PROVEN.")
    assert "\nBalance: 68 credits\nNot proven by this file: that nothing happened" in told
    assert "wallet.hold_captured -12 = 68" in told


def test_a_proof_that_is_not_there_is_told_in_one_sentence() -> None:
    command = [sys.executable, "-I", str(VERIFIER), "nowhere", KEY.verifier.text]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own file
    told = "nowhere can't be read: No such file or directory.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


async def test_a_proof_in_which_any_byte_was_altered_is_refused(
    event_log: PostgresLog, chain: Chain, verified: Callable[[bytes, str], list[str]]
) -> None:
    await spent(event_log)
    chain.seal()
    content = await proof(event_log, chain)
    assert "Balance: 68 credits" in verified(content, KEY.verifier.text)
    for place in range(0, len(content), 3):
        for bit in (1, 32):
            altered = bytearray(content)
            altered[place] ^= bit
            with pytest.raises(Exception, match=r"\w") as refused:
                verified(bytes(altered), KEY.verifier.text)
            assert type(refused.value).__name__ == "Refused", (place, refused.value)


Forge = Callable[[dict[str, Any]], Any]
FORGERIES: dict[str, tuple[Forge, str]] = {
    "another balance": (lambda b: b.update(balance=69), "the balance is 68, not 69"),
    "a charge left out": (lambda b: b["entries"].pop(4), "entry 5 is not event 5 of this wallet"),
    "the newest twice": (
        lambda b: b["entries"].append(b["entries"][-1]),
        "entry 8 does not stand at position",
    ),
    "another person": (lambda b: b.update(person=str(UUID(int=1))), "not event 1 of this wallet"),
    "another place": (lambda b: b["entries"][0].update(position=2), "is not the one that was"),
    "a shorter path": (lambda b: b["entries"][0]["path"].pop(), "is not the one that was sealed"),
    "a bigger tree": (
        lambda b: b.update(checkpoint=b["checkpoint"].replace("\n2", "\n3", 1)),
        "signature of the checkpoint is wrong",
    ),
    "no events": (lambda b: b.update(entries=[], balance=0), "the balance is 0"),
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_forged_proofs_are_refused_with_the_reason(
    event_log: PostgresLog, chain: Chain, tmp_path: Path, *, name: str
) -> None:
    forge, why = FORGERIES[name]
    await spent(event_log)
    chain.seal()
    bundle = json.loads(await proof(event_log, chain))
    forge(bundle)
    status, told = verify(tmp_path, json.dumps(bundle, indent=1).encode() + b"\n")
    assert status == 1
    assert told.startswith("NOT PROVEN: ")
    assert why in told


async def test_another_key_proves_nothing(
    event_log: PostgresLog, chain: Chain, tmp_path: Path
) -> None:
    await spent(event_log)
    chain.seal()
    content = await proof(event_log, chain)
    text = KEY.verifier.text
    for key in ("x", text.replace("polikrami", "other"), text[:-4] + "AAA="):
        assert verify(tmp_path, content, key)[0] == 1


async def test_what_is_not_as_it_was_sealed_is_not_proven(
    event_log: PostgresLog, chain: Chain, database_url: str
) -> None:
    last = await spent(event_log)
    with pytest.raises(NotProven, match="no checkpoints"):
        await proof(event_log, chain)
    chain.seal()
    with pytest.raises(NotProven, match="has no wallet in the"):
        await proof(event_log, chain, UUID(int=5))
    with superuser(database_url) as connection:
        connection.execute(
            "UPDATE events SET recorded_at = recorded_at - interval '1 day' WHERE position = %s",
            (last,),
        )
    with pytest.raises(NotProven, match=f"Event {last} is not as it was sealed"):
        await proof(event_log, chain)
    edit(database_url, 5)
    chain.hashes.path.write_bytes(bytes(32 * last))
    with pytest.raises(NotProven, match="do not belong to the newest checkpoint"):
        await proof(event_log, chain)


async def test_the_commands_on_the_page_do_what_it_says(
    event_log: PostgresLog, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await spent(event_log)
    env = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), **MASTER_SETTING}
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```sh\n(.+)\n```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    [key, compare, prove, alone] = map(shlex.split, blocks)

    def polikrami(command: list[str]) -> Result:
        assert command[0] == "polikrami"
        return CliRunner().invoke(app, command[1:], env=env)

    def walk() -> None:
        public = polikrami(key).stdout.strip()
        assert re.fullmatch(r"polikrami\.cover/events\+[0-9a-f]{8}\+\S+", public)
        audit_chain(load_settings(env)).seal()
        shutil.copytree(tmp_path / "audit", tmp_path / "kept")
        assert polikrami(compare).exit_code == 0
        assert "a balance of 68 credits are proven" in polikrami(prove).output.replace("\n", " ")
        assert "is there already" in str(polikrami(prove).exception)
        assert alone == ["python", "verify_bundle.py", "proof.json", "$KEY"]
        status, told = verify(tmp_path, (tmp_path / "proof.json").read_bytes(), public)
        assert (status, told.splitlines()[-1]) == (0, "PROVEN.")

    await asyncio.to_thread(walk)
