"""`polikrami projections ...`: what operators do to read models, and what is refused."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from msgspec import Struct

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from domain.wallet import NOTHING, Grant, Wallet
from projections import replay
from projections.orders import orders
from projections.runner import Projector
from projections.wallet import wallet_balances, wallet_statements
from tests.core.projecting import asked, catch_up
from tests.core.replaying import silent, workshop
from tests.core.writing import commanding
from tests.databases import MASTER_SETTING
from tests.given import NOW
from tests.sources import ROOT

MODELS = (wallet_balances, wallet_statements)
CUSTOMER = UUID(int=77)


class Told(Struct, frozen=True):
    """How a command ended, and what it said."""

    status: int
    out: str
    errors: str


class Shell:
    """Where an operator types. One process takes all commands, which saves its start each time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def __call__(self, *arguments: str) -> Told:
        """Run `polikrami projections` with these arguments."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(msgspec.json.encode(["projections", *arguments]) + b"\n")
        return Told(*msgspec.json.decode(await self._process.stdout.readline()))


@pytest.fixture
async def shell(
    event_log: PostgresLog, pool: Pool, database_url: str, tmp_path: Path
) -> AsyncIterator[Shell]:
    """Five wallets with two grants each, and the read models of wallets."""
    for number in range(5):
        wallet = Wallet.open(CUSTOMER if number == 0 else uuid4(), NOW)
        for _ in range(2):
            wallet.grant(uuid4(), Grant(credits=10, credit_class="purchased", origin="purchase"))
        await event_log.append(commanding(wallet.collect_events()))  # type: ignore[arg-type]  # ours
    await catch_up(Projector(pool, event_log, MODELS))
    settings = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), "COLUMNS": "200"}
    settings |= MASTER_SETTING
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.core.operating"),
        cwd=ROOT,
        env=os.environ | settings,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    yield Shell(process)
    process.kill()
    await process.wait()


async def test_an_operator_builds_compares_switches_goes_back_and_drops(
    shell: Shell, pool: Pool
) -> None:
    built = await shell("build", "wallet_balances")
    assert built.status == 0, built.errors
    assert "Build 2 of wallet_balances version 1 stands at position 15" in built.out
    compared = await shell("diff", "wallet_balances")
    assert "All rows are the same." in compared.out
    await asked(pool, "UPDATE read.wallet_balances_v1_b2 SET held = 3")
    compared = await shell("diff", "wallet_balances", "--show", "2")
    assert "5 rows differ: 0 missing from the candidate, 0 only there, 5 changed" in compared.out
    assert "held: 0 → 3" in compared.out
    assert "wallet.credits_granted" in compared.out
    assert "and 3 more" in compared.out
    switched = await shell("switch", "wallet_balances")
    assert "Build 2 of wallet_balances version 1 serves, at position 15." in switched.out
    wrong = await shell("verify", "wallet_balances")
    assert (wrong.status, "is wrong at position 15 in 5 rows" in wrong.out) == (1, True)
    back = await shell("switch", "wallet_balances", "--back")
    assert "Build 1 of wallet_balances version 1 serves" in back.out
    assert (await shell("verify", "wallet_balances")).status == 0
    dropped = await shell("drop", "wallet_balances", "--build", "2")
    assert "Build 2 of wallet_balances version 1 is gone." in dropped.out
    assert await asked(pool, "SELECT build FROM projections ORDER BY name") == [(1,), (1,)]


async def test_an_operator_mends_a_row_and_rebuilds_a_table(shell: Shell, pool: Pool) -> None:
    await asked(pool, "UPDATE read.wallet_balances_v1 SET balance = 1000000")
    one = await shell("replay", "wallet_balances", "--key", str(CUSTOMER))
    assert one.status == 0, one.errors
    assert f"{CUSTOMER}: mended balance" in one.out
    assert "wallet_balances: 1 rows computed anew at position 15, 1 changed." in one.out
    more = await shell("replay", "wallet_balances", "--from", "1", "--to", "15")
    assert "5 rows computed anew at position 15, 4 changed." in more.out
    stream = await shell("replay", "wallet_statements", "--stream", str(Wallet.id_of(CUSTOMER)))
    assert "2 rows computed anew at position 15, 0 changed." in stream.out
    rebuilt = await shell("rebuild", "wallet_balances")
    assert "wallet_balances was rebuilt up to position 15." in rebuilt.out
    assert (await shell("verify", "wallet_balances")).status == 0


REFUSED = {
    ("build", "nope"): "There is no read model nope; there are: activities, ",
    ("rebuild", "nope"): "There is no read model nope",
    ("verify", "nope"): "There is no read model nope",
    ("diff", "nope"): "There is no read model nope",
    ("switch", "nope", "--back"): "There is no read model nope",
    ("drop", "nope", "--build", "1"): "There is no read model nope",
    ("replay", "nope", "--key", "1"): "There is no read model nope",
    (
        "verify",
        "orders",
    ): f"There is no build of orders version {orders.version}; start the projector.",
    ("diff", "wallet_balances"): "has no two builds to compare",
    ("switch", "wallet_balances"): "No build of wallet_balances waits",
    ("switch", "wallet_balances", "--back"): "There is no retired build",
    ("drop", "wallet_balances", "--build", "1"): "Build 1 of wallet_balances version 1 serves",
    ("drop", "wallet_balances", "--build", "9"): "There is no such build of wallet_balances",
    ("drop", "wallet_balances", "--build", "x"): "Invalid value for '--build'",
    ("replay", "wallet_balances"): "Say which part: --key, --stream, or --from with --to.",
    ("replay", "wallet_balances", "--from", "3"): "A range needs both: --from and --to.",
    ("replay", "wallet_balances", "--from", "3", "--to", "99"): "no positions 3 to 99",
    ("replay", "wallet_balances", "--key", "x"): "'x' is no key of wallet_balances",
    ("replay", "wallet_balances", "--key", "x", "--from", "1", "--to", "2"): "Say which part",
    ("replay", "wallet_balances", "--stream", str(UUID(int=404))): "There is no stream",
}


async def test_what_can_not_be_done_gets_one_sentence_and_changes_nothing(
    shell: Shell, pool: Pool
) -> None:
    before = await _everything(pool)
    for arguments, sentence in REFUSED.items():
        told = await shell(*arguments)
        assert told.status == 2, arguments
        assert sentence in told.errors, arguments
        assert "Traceback" not in told.errors, arguments
    assert await _everything(pool) == before


async def test_a_poisoned_log_is_told_in_one_sentence(
    shell: Shell, event_log: PostgresLog, pool: Pool
) -> None:
    shop = workshop(pool, event_log, wallet_balances)
    broken = Wallet.CreditsGranted(
        originator_id=uuid4(),
        originator_version=1,
        timestamp=NOW,
        customer_id=uuid4(),
        lot_id=uuid4(),
        credits=1,
        credit_class="purchased",
        origin="purchase",
        expires_at=None,
        value=NOTHING,
        paid=None,
        kdv_rate=None,
        order_id=None,
        entry_id=None,
    )
    await event_log.append(commanding([broken]))
    with pytest.raises(replay.ReplayRefused):
        await replay.build(shop, wallet_balances, tell=silent)
    told = await shell("build", "wallet_balances")
    assert told.status == 2
    assert "Build 2 of wallet_balances version 1 stops: the event at 16" in told.errors


async def _everything(pool: Pool) -> object:
    tables = "SELECT relname FROM pg_class WHERE relnamespace = 'read'::regnamespace ORDER BY 1"
    return (
        await asked(pool, "SELECT * FROM projections ORDER BY name, version, build"),
        await asked(pool, tables),
        await asked(pool, "SELECT * FROM read.wallet_balances ORDER BY 1"),
    )
