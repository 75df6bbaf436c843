"""How much a person may upload."""

from __future__ import annotations

from msgspec import Struct

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
