"""Who asked to be forgotten, how far it is, and the certificate; and what is open of a person."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.identity import Unsettled
from application.store import Recorded
from domain.erasure import Destroyed, Erasure, Kept
from domain.identity import User
from projections.base import Fold
from projections.reads import Reads


class ErasureRow(Struct, frozen=True, kw_only=True):
    """One erasure. `position` is that of its latest event; it names nobody but by the id."""

    person_id: UUID
    state: Literal["asked", "key_destroyed", "completed"]
    legal_basis: str
    asked_by: str
    reference: str
    forfeited_credits: int
    asked_at: datetime
    asked_position: int
    key_destroyed_at: datetime | None = None
    completed_at: datetime | None = None
    destroyed: tuple[Destroyed, ...] = ()
    kept: tuple[Kept, ...] = ()
    position: int


erasures = Fold("erasures", ErasureRow, version=1, key=["person_id"], indexes=["position DESC"])

_person = attrgetter("person_id")


@erasures.on(User.Erased)
def asked(_row: ErasureRow | None, event: User.Erased, at: Recorded) -> ErasureRow:
    return ErasureRow(
        person_id=event.originator_id,
        state="asked",
        legal_basis=event.legal_basis,
        asked_by=event.asked_by,
        reference=event.reference,
        forfeited_credits=event.forfeited_credits,
        asked_at=event.timestamp,
        asked_position=at.position,
        position=at.position,
    )


@erasures.on(Erasure.KeyDestroyed, key=_person)
def key_destroyed(row: ErasureRow, event: Erasure.KeyDestroyed, at: Recorded) -> ErasureRow:
    return replace(
        row, state="key_destroyed", key_destroyed_at=event.timestamp, position=at.position
    )


@erasures.on(Erasure.Completed, key=_person)
def completed(row: ErasureRow, event: Erasure.Completed, at: Recorded) -> ErasureRow:
    return replace(
        row,
        state="completed",
        completed_at=event.timestamp,
        destroyed=event.destroyed,
        kept=event.kept,
        position=at.position,
    )


async def erasure_of(reads: Reads, person_id: UUID) -> ErasureRow | None:
    """How far the erasure of a person is; None when nobody asked for it."""
    return await reads.one(
        ErasureRow, "SELECT * FROM read.erasures WHERE person_id = %s", (person_id,)
    )


async def erasure_list(reads: Reads, *, before: int | None, limit: int) -> list[ErasureRow]:
    """Erasures whose latest event stands before that position (None: all), newest first."""
    return await reads.all(
        ErasureRow,
        "SELECT * FROM read.erasures WHERE %(before)s::bigint IS NULL OR position < %(before)s"
        " ORDER BY position DESC LIMIT %(limit)s",
        {"before": before, "limit": limit},
    )


async def unsettled(reads: Reads, person_id: UUID) -> Unsettled:
    """What of a person may not have ended: to be looked at more closely by who decides."""
    rows = await reads.rows(
        "SELECT 'order', order_id FROM read.orders WHERE customer_id = %(person)s"
        " AND (state NOT IN ('delivered', 'expired', 'cancelled') OR open_attempt_id IS NOT NULL"
        "  OR state = 'cancelled' AND paid_at IS NOT NULL AND refund_state <> 'fully')"
        " UNION ALL SELECT 'attempt', attempt_id FROM read.payments"
        " WHERE customer_id = %(person)s AND state NOT IN ('expired', 'failed')"
        " UNION ALL SELECT 'design', job_id FROM read.design_jobs"
        " WHERE (customer_id = %(person)s OR designer_person_id = %(person)s)"
        " AND state NOT IN ('approved', 'cancelled')"
        " UNION ALL SELECT 'return', return_id FROM read.returns WHERE customer_id = %(person)s"
        " AND state NOT IN ('refunded', 'reprinted', 'rejected', 'cancelled', 'lapsed')",
        {"person": person_id},
    )
    found: dict[str, list[UUID]] = {"order": [], "attempt": [], "design": [], "return": []}
    for kind, each in rows:
        found[kind].append(each)
    return Unsettled(
        orders=tuple(found["order"]),
        attempts=tuple(found["attempt"]),
        design_jobs=tuple(found["design"]),
        returns=tuple(found["return"]),
    )


async def papers_of(reads: Reads, person_id: UUID) -> list[tuple[str, UUID, str]]:
    """The invoices of a person, and the documents of what went back: kind, id and number of each,
    in the order of issue.
    """
    rows = await reads.rows(
        "SELECT kind, id, number FROM ("
        " SELECT 'invoice' AS kind, invoice_id AS id, number, customer_id, issued_at"
        "  FROM read.invoices UNION ALL"
        " SELECT 'return_document', document_id, number, customer_id, issued_at"
        "  FROM read.return_documents) AS papers"
        " WHERE customer_id = %s ORDER BY issued_at, number",
        (person_id,),
    )
    return [(row[0], row[1], row[2]) for row in rows]


class Checkpoint(Struct, frozen=True):
    """A signed checkpoint of the audit chain: over how many events, the tree's root, and all."""

    size: int
    root: str
    note: str


async def checkpoint_over(reads: Reads, position: int) -> Checkpoint | None:
    """The first checkpoint that covers a position; None until the sealer has come so far."""
    rows = await reads.rows(
        "SELECT size, note FROM audit_seals WHERE size >= %s ORDER BY size LIMIT 1", (position,)
    )
    if not rows:
        return None
    size, note = rows[0]
    return Checkpoint(size, note.splitlines()[2], note)
