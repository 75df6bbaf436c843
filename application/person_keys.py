"""Ports of forgetting: the keys of persons, and the register of those who were erased."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.shared.aggregate import Retention

FENCE_SECONDS = 5.0
"""For how long at most a process that can't be told keeps a key that was destroyed elsewhere."""


class Retained(Exception):
    """The law wants this key kept for longer; says until when."""


class RegisterAltered(Exception):
    """The register of erasures is not as it was written; says where."""


class PersonKeyring(Protocol):
    """The keys with which what is said about persons is encrypted in the log."""

    async def destroy(self, person_id: UUID) -> bool:
        """Destroy this key for ever; whoever never had one gets none any more.

        False if it was destroyed before. Other processes forget it within milliseconds, and those
        that can't be told within `FENCE_SECONDS`. Raises `Retained`, and `LogUnavailable` if the
        keys can't be reached.
        """
        ...

    async def destroyed(self) -> frozenset[UUID]:
        """All persons whose keys were destroyed. Raises `LogUnavailable`."""
        ...

    async def retained(self, subject_ids: Collection[UUID]) -> Mapping[UUID, Retention]:
        """Which of these keys the law wants kept. Raises `LogUnavailable`."""
        ...


class ErasureRegister(Protocol):
    """Who was erased, told outside of the database, so that no restored copy brings them back."""

    async def record(self, person_id: UUID, at: datetime) -> None:
        """Write it down durably in all places, once; to be called before the key is destroyed.

        Raises `OSError`, and `RegisterAltered`.
        """
        ...

    async def all(self) -> Mapping[UUID, datetime]:
        """All who were erased, and when. Raises `OSError`, and `RegisterAltered`."""
        ...
