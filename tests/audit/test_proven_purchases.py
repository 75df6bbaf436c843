"""Bought credits are proven with the order, the payment and the invoice behind them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from adapters.audit.notes import Verifiers
from adapters.postgres.audit import Chain
from adapters.postgres.audit.proving import NotProven, papers_of, proven
from adapters.postgres.log import PostgresLog
from domain.invoices import Invoice
from domain.shared.aggregate import Aggregate
from domain.shared.money import Money
from domain.wallet import Grant, Wallet
from tests.audit.sealed import ATTACKER
from tests.audit.test_proof_bundles import spent, verify
from tests.core.writing import commanding
from tests.given import NOW
from tests.invoices.test_invoices import BUYER, a_book, a_sale
from tests.orders.examples import (
    ATTEMPT,
    CUSTOMER,
    ORDER,
    TOTAL,
    an_attempt,
    an_order,
    captured,
    pay,
    start,
    with_form,
)


def order(*, back: str = "") -> Aggregate:
    """The order by which the credits were bought, of which some money may have gone back."""
    bought = an_order()
    start(bought)
    pay(bought)
    if back:
        bought.record_refunded(uuid4(), bought.lines[0].line_id, amount=Money.of(back))
    return bought


def payment() -> Aggregate:
    attempt = an_attempt()
    with_form(attempt)
    captured(attempt)
    return attempt


def invoice(*prices: str) -> Aggregate:
    sale = replace(a_sale(*(prices or ("1260.00", "30.00"))), order_id=ORDER)
    return Invoice.issue(sale, BUYER, book=a_book())


def wallet(paid: Money = TOTAL) -> Wallet:
    """A wallet with 500 bought credits."""
    bought = Wallet.open(CUSTOMER, NOW)
    grant = Grant(
        credits=500,
        credit_class="purchased",
        origin="purchase",
        value=Money.of("1075.00"),
        paid=paid,
        kdv_rate=Decimal(20),
        order_id=ORDER,
    )
    bought.grant(uuid4(), grant)
    return bought


async def proof(log: PostgresLog, chain: Chain, *happened: Aggregate) -> bytes:
    """The file that proves the wallet after these things happened, among others."""
    await spent(log)
    for aggregate in happened:
        await log.append(commanding(aggregate.collect_events()))  # type: ignore[arg-type]  # events of ours
    chain.seal()
    history = await log.load(Wallet.id_of(CUSTOMER))
    papers = await papers_of(log, history)
    bundle = await asyncio.to_thread(proven, chain, CUSTOMER, history=history, papers=papers)
    return bundle.file


async def test_a_purchase_is_proven_down_to_invoice_and_payment(
    event_log: PostgresLog, chain: Chain, tmp_path: Path
) -> None:
    content = await proof(event_log, chain, order(back="20.00"), payment(), invoice(), wallet())
    status, told = verify(tmp_path, content)
    assert (status, told.splitlines()[-1]) == (0, "PROVEN.")
    assert (
        f"500 credits by order {ORDER}: 1290.00 TRY were paid by payment {ATTEMPT},"
        " invoice PLK2026000000001, 20.00 TRY went back" in told
    )
    assert "Not proven by this file: that nothing happened to the wallet behind its event 2" in told
    assert "Tutunamayanlar" not in content.decode()


async def test_what_is_missing_of_a_purchase_is_told(
    event_log: PostgresLog, chain: Chain, tmp_path: Path
) -> None:
    status, told = verify(tmp_path, await proof(event_log, chain, order(), wallet()))
    assert status == 0
    assert "what the provider took is not proven, an invoice is not proven" in told


async def test_a_purchase_without_any_paper_is_told(
    event_log: PostgresLog, chain: Chain, tmp_path: Path
) -> None:
    _, told = verify(tmp_path, await proof(event_log, chain, wallet()))
    assert f"500 credits by order {ORDER}: that it was paid is not proven" in told


CONTRADICTIONS: dict[str, tuple[Callable[[], list[Aggregate]], str]] = {
    "another invoice": (
        lambda: [order(), payment(), invoice("1260.00"), wallet()],
        "is not about what was paid",
    ),
    "dearer credits": (
        lambda: [order(), payment(), invoice(), wallet(Money.of("1290.01"))],
        "cost more than was paid",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
async def test_papers_that_contradict_prove_nothing(
    event_log: PostgresLog, chain: Chain, tmp_path: Path, *, name: str
) -> None:
    happened, why = CONTRADICTIONS[name]
    status, told = verify(tmp_path, await proof(event_log, chain, *happened()))
    assert status == 1
    assert why in told


Forge = Callable[[dict[str, Any]], Any]
FORGERIES: dict[str, tuple[Forge, str]] = {
    "a paper of others": (
        lambda b: b["papers"].insert(0, b["entries"][0]),
        "belongs to no purchase of this wallet",
    ),
    "a paper twice": (
        lambda b: b["papers"].append(b["papers"][-1]),
        "does not stand at position",
    ),
    "a paper's path": (
        lambda b: b["papers"][0]["path"].pop(),
        "is not the one that was sealed",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_forged_papers_are_refused_with_the_reason(
    event_log: PostgresLog, chain: Chain, tmp_path: Path, *, name: str
) -> None:
    forge, why = FORGERIES[name]
    wallet_first = [wallet(), order(), payment(), invoice()]
    bundle = json.loads(await proof(event_log, chain, *wallet_first))
    forge(bundle)
    status, told = verify(tmp_path, json.dumps(bundle, indent=1).encode() + b"\n")
    assert status == 1
    assert why in told


async def test_a_checkpoint_of_an_unknown_key_is_no_ground_for_a_proof(
    event_log: PostgresLog, chain: Chain
) -> None:
    await spent(event_log)
    chain.seal()
    stranger = replace(chain, verifiers=Verifiers([ATTACKER.verifier]))
    with pytest.raises(NotProven, match="does not count: no known key has signed it"):
        proven(stranger, UUID(int=1), history=[])
