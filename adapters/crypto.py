"""Encryption of what is said about persons: AES-256-GCM with a key per person, itself wrapped."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from application.person_keys import Retained
from domain.shared.aggregate import Retention

NONCE_BYTES = 12


class Sealer:
    """Encrypts with one key; what is sealed for one place can't be opened in another."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, plain: bytes, place: str) -> bytes:
        """Nonce and ciphertext; `place` is authenticated with them."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """The plain bytes. Raises `cryptography.exceptions.InvalidTag` if anything was changed."""
        return self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())


class KeyLocked(Exception):
    """A person's key is there and can't be unwrapped: their texts are neither read nor erased."""


class LockedSealer(Sealer):
    """Stands for a key that can't be unwrapped, so that only what needs it fails."""

    def __init__(self, why: str) -> None:
        self._why = why

    def seal(self, plain: bytes, place: str) -> bytes:  # noqa: ARG002  # it never comes to that
        raise KeyLocked(self._why)

    def open(self, sealed: bytes, place: str) -> bytes:  # noqa: ARG002  # it never comes to that
        raise KeyLocked(self._why)


class Sealers(Protocol):
    """Where the mapper finds the keys of persons; they have been fetched before it asks."""

    def sealer(self, person_id: UUID) -> Sealer | None:
        """The person's sealer, or None when their key was destroyed. Raises `KeyError`."""
        ...


class UnknownMasterKey(LookupError):
    """No configured master key has wrapped this key; says which one has."""


class MasterKeys:
    """The keys that wrap the keys of persons, by name; `current` wraps new ones.

    Names follow from the keys, so that nobody has to keep a list of them, and tell nothing of them.
    """

    UNNAMED = "master-1"
    """What earlier releases called whatever key was configured."""

    def __init__(self, keys: dict[str, bytes], current: str) -> None:
        self.current = current
        self._sealers = {name: Sealer(key) for name, key in keys.items()}

    @classmethod
    def of(cls, current: bytes, others: Iterable[bytes] = ()) -> MasterKeys:
        """The current key, and others that have wrapped or will wrap some of the keys."""
        return cls({name_of(key): key for key in (*others, current)}, name_of(current))

    @property
    def names(self) -> frozenset[str]:
        """The names of all that are configured."""
        return frozenset(self._sealers)

    def wrap(self, person_id: UUID, key: bytes) -> bytes:
        """The person's key as it may be stored."""
        return self._sealers[self.current].seal(key, _person(person_id))

    def unwrap(self, person_id: UUID, wrapped: bytes, *, master_key: str) -> bytes:
        """The person's key again. Raises `UnknownMasterKey` if none of those configured is that
        master key, and `cryptography.exceptions.InvalidTag` if the wrapped key was changed.
        """
        if master_key in self._sealers:
            return self._sealers[master_key].open(wrapped, _person(person_id))
        for sealer in self._sealers.values() if master_key == self.UNNAMED else ():
            with contextlib.suppress(InvalidTag):
                return sealer.open(wrapped, _person(person_id))
        raise UnknownMasterKey(f"master key {master_key} is not configured")


def name_of(master_key: bytes) -> str:
    """The name of a master key: a digest from which the key does not follow."""
    return hashlib.sha256(b"polikrami master key\0" + master_key).hexdigest()[:12]


def _person(person_id: UUID) -> str:
    return f"person:{person_id}"


class MemoryKeys:
    """`PersonKeyring` in memory: keys are made when first asked for; `kept` are the retained."""

    def __init__(self) -> None:
        self._sealers: dict[UUID, Sealer | None] = {}
        self.kept: dict[UUID, Retention] = {}

    def sealer(self, person_id: UUID) -> Sealer | None:
        if person_id not in self._sealers:
            self._sealers[person_id] = Sealer(AESGCM.generate_key(256))
        return self._sealers[person_id]

    async def destroy(self, person_id: UUID) -> bool:
        if kept := self.kept.get(person_id):
            raise Retained(f"the key of {person_id} is kept until {kept.until}")
        was = self._sealers.get(person_id, self)
        self._sealers[person_id] = None
        return was is not None

    async def destroyed(self) -> frozenset[UUID]:
        return frozenset(person for person, sealer in self._sealers.items() if sealer is None)

    async def retained(self, subject_ids: Collection[UUID]) -> Mapping[UUID, Retention]:
        return {subject: self.kept[subject] for subject in subject_ids if subject in self.kept}
