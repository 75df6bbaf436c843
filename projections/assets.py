"""What is kept for whom: the files of each owner, and how much room they take."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, get_args, get_type_hints
from uuid import UUID

import msgspec
from msgspec import Struct

from application.store import Recorded
from domain.assets import Asset, KeptFile, Purpose
from domain.invoices import Invoice, ReturnDocument
from domain.shared.aggregate import EVENTS, Event
from projections.base import Fold, Lines
from projections.reads import Reads


class AssetRow(Struct, frozen=True, kw_only=True):
    """One file of one owner."""

    asset_id: UUID
    owner_id: UUID
    accepted_at: datetime
    purpose: Purpose
    size_bytes: int
    file: KeptFile


assets = Fold("assets", AssetRow, version=1, key=["asset_id"], indexes=["owner_id"])


@assets.on(Asset.Accepted)
def accepted(_row: AssetRow | None, event: Asset.Accepted) -> AssetRow:
    return AssetRow(
        asset_id=event.originator_id,
        owner_id=event.owner_id,
        accepted_at=event.timestamp,
        purpose=event.purpose,
        size_bytes=event.file.size_bytes,
        file=event.file,
    )


async def bytes_of(reads: Reads, owner_id: UUID) -> int:
    """How much room an owner's files take."""
    rows = await reads.rows(
        "SELECT coalesce(sum(size_bytes), 0)::bigint FROM read.assets WHERE owner_id = %s",
        [owner_id],
    )
    return int(rows[0][0])


class FileHolder(Struct, frozen=True, kw_only=True):
    """That an event names a file which was stored for somebody; `kept` ones outlive them."""

    digest: str
    position: int
    holder_id: UUID
    kept: bool


file_holders = Lines(
    "file_holders",
    FileHolder,
    version=1,
    key=["digest", "position", "holder_id"],
    indexes=["holder_id"],
)


def follow_all_files() -> None:
    """Let every event that names files tell for whom they are; call it when all are imported."""
    for kind in EVENTS.values():
        if names_files(kind):
            file_holders.on(kind)(_holders)


def names_files(kind: type[Event]) -> bool:
    """Whether events of this kind can name a stored file."""
    return any(_may_name(hint) for hint in get_type_hints(kind).values()) or any(
        _is_digest(name) for name in kind.__struct_fields__
    )


def _holders(event: Event, at: Recorded) -> Iterator[FileHolder]:
    # What an artist makes belongs to the customer for whom it is made.
    if isinstance(event, Asset.Accepted) and event.purpose == "design":
        return
    holder_id: UUID | None = getattr(event, "owner_id", None) or getattr(event, "customer_id", None)
    if holder_id is None:
        return
    for digest in sorted(_digests(msgspec.to_builtins(event))):
        yield FileHolder(
            digest=digest,
            position=at.position,
            holder_id=holder_id,
            kept=isinstance(event, Invoice.DocumentMade | ReturnDocument.DocumentMade),
        )


def _digests(value: Any) -> set[str]:
    match value:
        case dict():
            own = {each for name, each in value.items() if _is_digest(name) and each}
            return own.union(*(_digests(each) for each in value.values()))
        case list() | tuple():
            return set().union(*map(_digests, value))
        case _:
            return set()


def _is_digest(name: str) -> bool:
    return name == "digest" or name.endswith("_digest")


def _may_name(hint: Any) -> bool:
    if isinstance(hint, type) and issubclass(hint, Struct):
        hints = get_type_hints(hint)
        return any(_is_digest(name) or _may_name(hints[name]) for name in hint.__struct_fields__)
    return any(_may_name(each) for each in get_args(hint))


async def doomed_files(reads: Reads, person_id: UUID) -> list[str]:
    """The files that were stored for this person, and for nobody who is not erased; sorted."""
    rows = await reads.rows(
        "SELECT DISTINCT digest FROM read.file_holders AS mine WHERE holder_id = %(person)s"
        " AND NOT EXISTS (SELECT FROM read.file_holders AS other"
        "  WHERE other.digest = mine.digest AND (other.kept OR other.holder_id <> %(person)s"
        "  AND NOT EXISTS (SELECT FROM read.erasures WHERE person_id = other.holder_id)))"
        " ORDER BY digest",
        {"person": person_id},
    )
    return [row[0] for row in rows]
