"""Checkpoints as signed notes (C2SP signed-note and tlog-checkpoint), and the keys that sign."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

ORIGIN = "polikrami.cover/events"
"""Names the log in its checkpoints, and the keys that sign them."""
ED25519 = b"\x01"
KEY = re.compile(r"([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")
SIGNATURE = re.compile(r"— ([^+\s]+) ([A-Za-z0-9+/=]+)")
CHECKPOINT = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*")


class NoteRefused(ValueError):
    """A note is none, or nobody who is known has signed it; says why."""


class VerifierKey(Struct, frozen=True):
    """A public key as it may be shown: `name+hash+key`, as `text` has it."""

    name: str
    public: bytes

    @classmethod
    def parsed(cls, text: str) -> VerifierKey:
        """The key that `text` says. Raises `ValueError`."""
        found = KEY.fullmatch(text)
        if not found:
            raise ValueError("is no verification key, which looks like name+hash+key")
        encoded = _decoded(found[3])
        key = cls(found[1], encoded[1:])
        if encoded[:1] != ED25519 or len(encoded) != 33:
            raise ValueError("is no Ed25519 key")
        if key.hash.hex() != found[2]:
            raise ValueError("is damaged: its hash belongs to another key")
        return key

    @property
    def hash(self) -> bytes:
        """The four bytes by which signatures name the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    @property
    def text(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"


class Checkpoint(Struct, frozen=True):
    """How big the tree is, and its root."""

    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{ORIGIN}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


class SigningKey:
    """Signs checkpoints with an Ed25519 seed of 32 bytes."""

    def __init__(self, seed: bytes, name: str = ORIGIN) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = VerifierKey(name, self._private.public_key().public_bytes_raw())

    def signed(self, text: str) -> str:
        """The note: the text, an empty line, and the signature line."""
        signature = base64.b64encode(self.verifier.hash + self._private.sign(text.encode()))
        return f"{text}\n— {self.verifier.name} {signature.decode()}\n"


class Verifiers:
    """The keys whose signatures count, however old they are."""

    def __init__(self, keys: Iterable[VerifierKey]) -> None:
        self._keys = {
            (key.name, key.hash): Ed25519PublicKey.from_public_bytes(key.public) for key in keys
        }

    def opened(self, note: str) -> str:
        """The text of a note that a known key has signed. Raises `NoteRefused`."""
        text, found, signatures = note.rpartition("\n\n")
        text += "\n"
        if not found or not signatures.endswith("\n"):
            raise NoteRefused("it is cut short")
        known = False
        for line in signatures[:-1].split("\n"):
            told = SIGNATURE.fullmatch(line)
            if not told:
                raise NoteRefused("a line of its signatures is none")
            signature = _decoded(told[2])
            key = self._keys.get((told[1], signature[:4]))
            if key is None:
                continue
            try:
                key.verify(signature[4:], text.encode())
            except InvalidSignature:
                raise NoteRefused("its signature is wrong") from None
            known = True
        if not known:
            raise NoteRefused("no known key has signed it")
        return text

    def checkpoint(self, note: str) -> Checkpoint:
        """What a signed checkpoint says. Raises `NoteRefused`."""
        found = CHECKPOINT.fullmatch(self.opened(note))
        if not found:
            raise NoteRefused("it is no checkpoint")
        if found[1] != ORIGIN:
            raise NoteRefused(f"it is about another log, {found[1]}")
        return Checkpoint(int(found[2]), _decoded(found[3]))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise NoteRefused("it is no base64") from None
