"""Proofs that others verify without our system: a wallet's events, and that they were sealed."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from msgspec import Struct

from adapters.audit.proofs import inclusion_proof, roots_of
from adapters.audit.tree import HASH_BYTES, leaf_hash
from adapters.postgres.audit.leaves import canonical
from adapters.postgres.audit.reading import EventMissing, hashes_of
from adapters.postgres.audit.sealing import Chain
from application.store import Recorded
from domain.wallet import Wallet

FORMAT = "polikrami-proof/1"


class NotProven(Exception):
    """There is nothing to prove, or it can't be; the message is one sentence."""


class Bundle(Struct, frozen=True, kw_only=True):
    """A proof: entries in the order of the wallet, and the checkpoint that they belong to."""

    person: UUID
    balance: int
    size: int
    checkpoint: str
    entries: Sequence[dict[str, Any]]

    @property
    def file(self) -> bytes:
        """The file's only right form, so that no byte of it can be another."""
        content = {
            "format": FORMAT,
            "person": str(self.person),
            "balance": self.balance,
            "checkpoint": self.checkpoint,
            "entries": self.entries,
        }
        return json.dumps(content, indent=1, ensure_ascii=True).encode() + b"\n"


def proven(chain: Chain, person: UUID, *, history: Sequence[Recorded]) -> Bundle:
    """The proof for a person's wallet, of which this is the history, as of the newest checkpoint.

    Raises `NotProven`, `FileUnreadable`, `OSError` and `psycopg.Error`.
    """
    note = chain.checkpoints.last()
    if note is None:
        raise NotProven(f"There are no checkpoints in {chain.checkpoints.path}.")
    newest = chain.verifiers.checkpoint(note)
    sealed = [recorded for recorded in history if recorded.position <= newest.size]
    if not sealed:
        raise NotProven(f"{person} has no wallet in the {newest.size:,} events that are sealed.")
    told = chain.hashes.read(0, newest.size)
    leaves = [told[start : start + HASH_BYTES] for start in range(0, len(told), HASH_BYTES)]
    roots = roots_of(leaves)
    if len(leaves) < newest.size or roots(0, newest.size) != newest.root:
        raise NotProven("The published hashes do not belong to the newest checkpoint.")
    entries = []
    for position, entry in _entries(chain, sealed):
        if leaf_hash(entry) != leaves[position - 1]:
            raise NotProven(f"Event {position} is not as it was sealed.")
        path = inclusion_proof(roots, position - 1, size=newest.size)
        entries.append(
            {"position": position, "entry": _text(entry), "path": [_text(each) for each in path]}
        )
    return Bundle(
        person=person,
        balance=_balance(sealed),
        size=newest.size,
        checkpoint=note,
        entries=entries,
    )


def _entries(chain: Chain, sealed: Sequence[Recorded]) -> list[tuple[int, bytes]]:
    found = []
    with psycopg.connect(chain.database_url, autocommit=True) as connection:
        for position in (recorded.position for recorded in sealed):
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
