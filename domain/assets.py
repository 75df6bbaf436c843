"""A file that the shop keeps for somebody: whose it is, what it is for, what it is."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from msgspec import Struct

from domain.shared.aggregate import Aggregate, Created, event

ASSETS = UUID("b5d0a1de-5c3f-4c39-8c8b-1f0a5f1d2c77")

Purpose = Literal[
    "artwork", "preview", "candidate", "design", "print", "invoice", "portfolio", "return"
]


class KeptFile(Struct, frozen=True, kw_only=True):
    """Bytes in the file store: the SHA-256 of the content in hex, its size, and what it is."""

    digest: str
    size_bytes: int
    media_type: str


class Asset(Aggregate):
    """One file of one owner for one purpose; private unless its purpose is public.

    The same bytes for the same purpose are the same asset, however often they are uploaded.
    """

    TOPIC = "asset"

    class Accepted(Created, frozen=True, kw_only=True):
        TOPIC = "asset.accepted"
        owner_id: UUID
        file: KeptFile
        purpose: Purpose

    @staticmethod
    def id_of(owner_id: UUID, digest: str, *, purpose: Purpose) -> UUID:
        """The one asset of these bytes, owner and purpose."""
        return uuid5(ASSETS, f"{owner_id}/{purpose}/{digest}")

    @classmethod
    def accept(cls, owner_id: UUID, file: KeptFile, *, purpose: Purpose, now: datetime) -> Asset:
        """Keep a file that was inspected and stored."""
        return cls.begin(
            cls.Accepted,
            id=cls.id_of(owner_id, file.digest, purpose=purpose),
            now=now,
            owner_id=owner_id,
            file=file,
            purpose=purpose,
        )

    @event(Accepted)
    def __init__(self, owner_id: UUID, file: KeptFile, purpose: Purpose) -> None:
        self.owner_id = owner_id
        self.file = file
        self.purpose = purpose
