"""Encryption of what is said about persons: AES-256-GCM with a key per person, itself wrapped."""

from __future__ import annotations

import os
from typing import Protocol
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

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


class MasterKeys:
    """The keys that wrap the keys of persons, by name; `current` wraps new ones."""

    def __init__(self, keys: dict[str, bytes], current: str) -> None:
        self.current = current
        self._sealers = {name: Sealer(key) for name, key in keys.items()}

    def wrap(self, person_id: UUID, key: bytes) -> bytes:
        """The person's key as it may be stored."""
        return self._sealers[self.current].seal(key, f"person:{person_id}")

    def unwrap(self, person_id: UUID, wrapped: bytes, *, master_key: str) -> bytes:
        """The person's key again. Raises `KeyError` for a master key that is not configured."""
        return self._sealers[master_key].open(wrapped, f"person:{person_id}")


class MemoryKeys:
    """Keys of persons in memory, made when first asked for; for tests and scratch logs."""

    def __init__(self) -> None:
        self._sealers: dict[UUID, Sealer | None] = {}

    def sealer(self, person_id: UUID) -> Sealer | None:
        if person_id not in self._sealers:
            self._sealers[person_id] = Sealer(AESGCM.generate_key(256))
        return self._sealers[person_id]

    def destroy(self, person_id: UUID) -> None:
        """Forget the key for ever."""
        self._sealers[person_id] = None
