"""Secrets that are sent to people: derived when they are needed, kept only as their SHA-256."""

from __future__ import annotations

from hashlib import sha256
from typing import Protocol
from uuid import UUID

from msgspec import Struct


class Links(Protocol):
    """Derives the secrets of links and refresh tokens from a key, and knows our public address."""

    def secret(self, purpose: str, subject_id: UUID, *, number: int = 0) -> str:
        """A URL-safe secret of 256 bits; always the same for the same three things."""
        ...

    def url(self, path: str) -> str:
        """The public address of a path that begins with a slash."""
        ...


class ShownToken(Struct, frozen=True):
    """What somebody shows: the id it is for, and the SHA-256 of the secret, in hex."""

    subject_id: UUID
    secret_hash: str


def secret_hash(secret: str) -> str:
    """What is kept of a secret; one of 256 random bits needs no slow hash."""
    return sha256(secret.encode(errors="surrogatepass")).hexdigest()


def token_text(links: Links, purpose: str, *, subject_id: UUID, number: int = 0) -> str:
    """The token as it is handed out: the id, a dot, and the secret."""
    return f"{subject_id.hex}.{links.secret(purpose, subject_id, number=number)}"


def read_token(token: str) -> ShownToken | None:
    """The parts of a token; None when a stranger typed anything else."""
    written_id, _, secret = token.partition(".")
    try:
        return ShownToken(UUID(hex=written_id), secret_hash(secret))
    except ValueError:
        return None
