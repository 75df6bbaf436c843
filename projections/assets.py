"""What is kept for whom: the files of each owner, and how much room they take."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.assets import Asset, KeptFile, Purpose
from projections.base import Fold
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
