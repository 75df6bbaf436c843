"""Links to files that work for a while: a signed text in place of a database row."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import msgspec
from msgspec import Struct

from application.file_links import FileLink
from application.ports import Clock

_PURPOSE = b"file-link.1"
MINIMUM_KEY_BYTES = 32


class _Signed(Struct, frozen=True, array_like=True):
    link: FileLink
    expires: int


class SignedLinks:
    """Signs and reads tokens; `key` has at least 32 bytes and is the same in all processes."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        if len(key) < MINIMUM_KEY_BYTES:
            raise ValueError(f"the key needs {MINIMUM_KEY_BYTES} bytes")
        self._key = key
        self._clock = clock

    def sign(self, link: FileLink, lifetime: timedelta) -> str:
        """A URL-safe token that opens the file for `lifetime` from now."""
        expires = int((self._clock.now() + lifetime).timestamp())
        content = _text(msgspec.msgpack.encode(_Signed(link, expires)))
        return f"{content}.{self._mac(content)}"

    def read(self, token: str) -> FileLink | None:
        """What the token opens; None when it is forged, damaged or too old."""
        content, _, mac = token.partition(".")
        if not hmac.compare_digest(mac.encode(errors="surrogatepass"), self._mac(content).encode()):
            return None
        signed = msgspec.msgpack.decode(urlsafe_b64decode(content + "=="), type=_Signed)
        return signed.link if self._clock.now().timestamp() < signed.expires else None

    def _mac(self, content: str) -> str:
        # surrogatepass: a token is anything a stranger typed
        message = _PURPOSE + content.encode(errors="surrogatepass")
        return _text(hmac.digest(self._key, message, "sha256"))


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
