"""Proofs that others verify without our system: a wallet's events, and that they were sealed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import psycopg
from msgspec import Struct

from adapters.audit.notes import Checkpoint, NoteRefused
from adapters.audit.proofs import ProofRefused, Roots, inclusion_proof, roots_in
from adapters.audit.tree import leaf_hash
from adapters.postgres.audit.leaves import canonical
from adapters.postgres.audit.reading import EventMissing, hashes_of
from adapters.postgres.audit.sealing import Chain
from application.store import EventLog, Recorded
from domain.invoices import Invoice
from domain.orders import Order
from domain.payments import PaymentAttempt
from domain.wallet import Wallet

FORMAT = "polikrami-proof/2"
PAPERS = (
    Order.Placed,
    Order.Paid,
    Order.MoneyReturned,
    PaymentAttempt.Succeeded,
    PaymentAttempt.LineRefunded,
    Invoice.Issued,
)
"""Of orders by which credits were bought, their payments and invoices: what is proven with them."""


class NotProven(Exception):
    """There is nothing to prove, or it can't be; the message is one sentence."""


class Bundle(Struct, frozen=True, kw_only=True):
    """A proof: the wallet's entries in their order, those of the orders, payments and invoices
    behind bought credits, and the checkpoint that all of them belong to.
    """

    person: UUID
    balance: int
    size: int
    checkpoint: str
    entries: Sequence[dict[str, Any]]
    papers: Sequence[dict[str, Any]]

    @property
    def file(self) -> bytes:
        """The file's only right form, so that no byte of it can be another."""
        content = {
            "format": FORMAT,
            "person": str(self.person),
            "balance": self.balance,
            "checkpoint": self.checkpoint,
            "entries": self.entries,
            "papers": self.papers,
        }
        return json.dumps(content, indent=1, ensure_ascii=True).encode() + b"\n"


async def papers_of(log: EventLog, history: Sequence[Recorded]) -> list[Recorded]:
    """What stands behind the bought credits of a wallet with this history."""
    found: dict[int, Recorded] = {}
    bought = (getattr(recorded.event, "order_id", None) for recorded in history)
    for order_id in {each for each in bought if each is not None}:
        events = [*await log.load(order_id), *await log.load(Invoice.id_of(order_id))]
        attempts = [_attempt(each) for each in events if each.kind is Order.Paid]
        for attempt_id in attempts:
            events += await log.load(attempt_id)
        found |= {each.position: each for each in events if each.kind in PAPERS}
    return [found[position] for position in sorted(found)]


def proven(
    chain: Chain, person: UUID, *, history: Sequence[Recorded], papers: Sequence[Recorded] = ()
) -> Bundle:
    """The proof for a person's wallet, of which this is the history, as of the newest checkpoint.

    Raises `NotProven`, `FileUnreadable`, `OSError` and `psycopg.Error`.
    """
    note = chain.checkpoints.last()
    if note is None:
        raise NotProven(f"There are no checkpoints in {chain.checkpoints.path}.")
    newest = _checkpoint(chain, note)
    sealed = [recorded for recorded in history if recorded.position <= newest.size]
    if not sealed:
        raise NotProven(f"{person} has no wallet in the {newest.size:,} events that are sealed.")
    positions = [each.position for each in sealed]
    beside = [each.position for each in papers if each.position <= newest.size]
    roots = roots_in(chain.hashes.read, [place - 1 for place in (*positions, *beside)])
    try:
        root = roots(0, newest.size)
    except ProofRefused:
        root = b""
    if root != newest.root:
        raise NotProven("The published hashes do not belong to the newest checkpoint.")
    return Bundle(
        person=person,
        balance=_balance(sealed),
        size=newest.size,
        checkpoint=note,
        entries=list(_proofs(chain, positions, roots=roots, size=newest.size)),
        papers=list(_proofs(chain, beside, roots=roots, size=newest.size)),
    )


def _attempt(recorded: Recorded) -> UUID:
    event = recorded.event
    assert isinstance(event, Order.Paid)
    return event.attempt_id


def _checkpoint(chain: Chain, note: str) -> Checkpoint:
    try:
        return chain.verifiers.checkpoint(note)
    except NoteRefused as refused:
        raise NotProven(
            f"The newest checkpoint in {chain.checkpoints.path} does not count: {refused}."
        ) from None


def _proofs(
    chain: Chain, positions: Sequence[int], *, roots: Roots, size: int
) -> Iterator[dict[str, Any]]:
    for position, entry in _entries(chain, positions):
        if leaf_hash(entry) != roots(position - 1, position):
            raise NotProven(f"Event {position} is not as it was sealed.")
        path = inclusion_proof(roots, position - 1, size=size)
        yield {"position": position, "entry": _text(entry), "path": [_text(each) for each in path]}


def _entries(chain: Chain, positions: Sequence[int]) -> list[tuple[int, bytes]]:
    found = []
    with psycopg.connect(chain.database_url, autocommit=True) as connection:
        for position in positions:
            try:
                read = hashes_of(
                    connection,
                    chain.archive_dir,
                    after=position - 1,
                    until=position,
                    told=canonical,
                )
                found += [(position, entry) for some in read for entry in some]
            except EventMissing as missing:
                raise NotProven(f"Event {missing.position} is missing.") from None
    return found


def _balance(history: Sequence[Recorded]) -> int:
    wallet: Any = None
    for recorded in history:
        wallet = recorded.event.mutate(wallet)
    assert isinstance(wallet, Wallet)
    return wallet.balance


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
