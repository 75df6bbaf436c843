"""Secrets and digests that are derived from a key, so that they need not be kept."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from uuid import UUID

MINIMUM_KEY_BYTES = 32
_LINK_PURPOSE = b"mailed-secret.1"
_CLAIM_PURPOSE = b"claim.1"


class DerivedLinks:
    """`Links` by HMAC-SHA-256. `public_url` has no slash at its end."""

    def __init__(self, key: bytes, public_url: str) -> None:
        self._key = _long_enough(key)
        self._public_url = public_url

    def secret(self, purpose: str, subject_id: UUID, *, number: int = 0) -> str:
        """256 bits as 43 URL-safe characters."""
        message = _framed(_LINK_PURPOSE, purpose.encode(), subject_id.bytes, str(number).encode())
        derived = hmac.digest(self._key, message, "sha256")
        return urlsafe_b64encode(derived).rstrip(b"=").decode()

    def url(self, path: str) -> str:
        """The public address of a path that begins with a slash."""
        return self._public_url + path


class KeyedClaims:
    """`Claims` by HMAC-SHA-256; with another key nothing is unique any more."""

    def __init__(self, key: bytes) -> None:
        self._key = _long_enough(key)

    def digest(self, kind: str, value: str) -> bytes:
        """32 bytes that tell nothing of the value to those who lack the key."""
        # surrogatepass: a value is anything a stranger typed
        message = _framed(_CLAIM_PURPOSE, kind.encode(), value.encode(errors="surrogatepass"))
        return hmac.digest(self._key, message, "sha256")


def _long_enough(key: bytes) -> bytes:
    if len(key) < MINIMUM_KEY_BYTES:
        raise ValueError(f"the key needs {MINIMUM_KEY_BYTES} bytes")
    return key


def _framed(*parts: bytes) -> bytes:
    """Each part with its length, so that no two lists of parts read the same."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
