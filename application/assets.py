"""Files that persons upload: how much they may, and that one is kept for them."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from application.store import Store
from domain.assets import Asset, KeptFile, Purpose
from domain.shared.artwork import Artwork
from domain.shared.errors import Conflict, Invalid

MEBIBYTE = 1024 * 1024


class UploadLimits(Struct, frozen=True, kw_only=True):
    """Bytes of one file, and of all files of one owner."""

    file_bytes: int = 40 * MEBIBYTE
    owner_bytes: int = 2048 * MEBIBYTE


class ArtworkRefused(Invalid):
    """The file can't be printed. Facts: `reason`, a stable code, and `explanation`."""


class StorageFull(Conflict):
    """The owner's files take all the room they may. Facts: `used_bytes`, `most_bytes`."""


async def kept(
    store: Store, owner_id: UUID, *, artwork: Artwork, size_bytes: int, purpose: Purpose
) -> Asset:
    """The asset of an inspected and stored file, to be saved with what the file is for.

    Uploaded before by the same owner for the same purpose, it is the asset that is there already.
    """
    file = KeptFile(digest=artwork.digest, size_bytes=size_bytes, media_type=artwork.media_type)
    there = await store.find(Asset, Asset.id_of(owner_id, file.digest, purpose=purpose))
    return there or Asset.accept(owner_id, file, purpose=purpose, now=store.now)
