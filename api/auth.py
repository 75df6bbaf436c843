"""Who is asking: access tokens, the cookies of browsers, and how their session stands now."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal, Protocol
from uuid import UUID

import jwt
from litestar.datastructures import Cookie
from msgspec import Struct

from domain.shared.errors import Forbidden, Unauthenticated
from projections.reads import Reads

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)
ALGORITHM = "HS256"
TOKEN_TYPE = "at+jwt"  # noqa: S105  # the media type of access tokens, RFC 9068
CLAIMS = ("iss", "aud", "sub", "sid", "iat", "exp", "pos")
STAMP_BYTES = 16
TOKENS_KEPT = 10_000
"""The most tokens that are remembered as good, by their digests: about 5 MB."""
SESSION_PATH = "/api/v1/sessions"


class AccessTokenInvalid(Unauthenticated):
    """It was not made by us, or not for this."""


class AccessTokenExpired(Unauthenticated):
    """It was good until a while ago."""


class SessionEnded(Unauthenticated):
    """The session was ended, by its owner or for their safety."""


class CsrfTokenWrong(Forbidden):
    """A browser's request carries no proof that our own page made it."""


class SessionStanding(Protocol):
    """A session and its person as they stand now."""

    @property
    def person_id(self) -> UUID: ...
    @property
    def roles(self) -> Sequence[str]: ...
    @property
    def language(self) -> str: ...
    @property
    def ended(self) -> bool: ...


class StandingOf(Protocol):
    """Looks a session up in the read models `sessions` and `persons`; None: not there (yet)."""

    async def __call__(self, reads: Reads, session_id: UUID, /) -> SessionStanding | None: ...


class AccessToken(Struct, frozen=True, kw_only=True):
    """What an access token says. `position` is where the log stood when the session began."""

    person_id: UUID
    session_id: UUID
    position: int


class Tokens:
    """Makes and reads access tokens and CSRF tokens, and stamps what only we may have made.

    The keys are at least 32 bytes each; `issuer` and `audience` are the system's public address.
    """

    def __init__(self, access_key: bytes, csrf_key: bytes, *, issuer: str, audience: str) -> None:
        if min(len(access_key), len(csrf_key)) < 32:
            raise ValueError("keys of tokens have at least 32 bytes")
        self._access_key = access_key
        self._csrf_key = csrf_key
        self._issuer = issuer
        self._audience = audience
        self._found_good: dict[bytes, tuple[AccessToken, int]] = {}

    def mint(self, person_id: UUID, session_id: UUID, *, now: datetime, position: int = 0) -> str:
        """An access token, good for 15 minutes.

        `position` is that of the newest event of the session, so that a token can be used before
        the read models know of it.
        """
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(person_id),
            "sid": str(session_id),
            "iat": int(now.timestamp()),
            "exp": int((now + ACCESS_LIFETIME).timestamp()),
            "pos": position,
        }
        return jwt.encode(claims, self._access_key, ALGORITHM, headers={"typ": TOKEN_TYPE})

    def read(self, token: str, now: datetime) -> AccessToken:
        """What the token says. Raises `AccessTokenInvalid` or `AccessTokenExpired`."""
        # A client sends the same token for 15 minutes; checking it again takes 45 µs.
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._found_good.get(digest)
        if known is None:
            known = self._verified(token)
            if len(self._found_good) >= TOKENS_KEPT:
                self._found_good.pop(next(iter(self._found_good)))
            self._found_good[digest] = known
        said, expires_at = known
        if now.timestamp() >= expires_at:
            self._found_good.pop(digest, None)
            raise AccessTokenExpired
        return said

    def _verified(self, token: str) -> tuple[AccessToken, int]:
        try:
            decoded = jwt.decode_complete(
                token,
                self._access_key,
                algorithms=[ALGORITHM],
                audience=self._audience,
                issuer=self._issuer,
                # The times are compared below, with the system's own clock.
                options={"require": list(CLAIMS), "verify_exp": False, "verify_iat": False},
            )
            claims: dict[str, Any] = decoded["payload"]
            if decoded["header"].get("typ") != TOKEN_TYPE:
                raise AccessTokenInvalid
            said = AccessToken(
                person_id=UUID(claims["sub"]),
                session_id=UUID(claims["sid"]),
                position=int(claims["pos"]),
            )
            return said, int(claims["exp"])
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
            raise AccessTokenInvalid from error

    def csrf_token(self, session_id: UUID) -> str:
        """A token for the double submit, bound to the session."""
        nonce = secrets.token_urlsafe(16)
        return f"{nonce}.{self.stamp('csrf', f'{session_id}.{nonce}'.encode()).hex()}"

    def csrf_token_is_good(self, token: str, session_id: UUID) -> bool:
        """Whether this token was made for this session."""
        nonce, _, stamp = token.partition(".")
        right = self.stamp("csrf", f"{session_id}.{nonce}".encode()).hex()
        return hmac.compare_digest(stamp.encode(), right.encode())

    def stamp(self, purpose: str, content: bytes) -> bytes:
        """16 bytes that only we can make for this content and purpose."""
        message = purpose.encode() + b"\0" + content
        return hmac.new(self._csrf_key, message, sha256).digest()[:STAMP_BYTES]


class CookieNames(Struct, frozen=True):
    """The names of our cookies: with prefixes that bind them to https where there is https."""

    access: str
    refresh: str
    csrf: str
    consistency: str


SECURE_NAMES = CookieNames("__Host-access", "__Secure-refresh", "__Host-csrf", "__Host-consistency")
PLAIN_NAMES = CookieNames("access", "refresh", "csrf", "consistency")


def cookie_names(*, secure: bool) -> CookieNames:
    """The names where shoppers come by https, and where they do not."""
    return SECURE_NAMES if secure else PLAIN_NAMES


class BrowserCookies:
    """Makes the cookies of browser clients; `secure` where shoppers come by https."""

    def __init__(self, tokens: Tokens, *, secure: bool) -> None:
        self._tokens = tokens
        self._secure = secure
        self.names = cookie_names(secure=secure)
        kept = self._cookie(self.names.consistency, "{position}", seconds=60)
        self._consistency = kept.to_header(header="").replace('"', "")

    def signed_in(self, access_token: str, refresh_token: str, *, session_id: UUID) -> list[Cookie]:
        """What a browser keeps of a session that began or was refreshed."""
        month = int(REFRESH_LIFETIME.total_seconds())
        csrf_token = self._tokens.csrf_token(session_id)
        return [
            self._cookie(self.names.access, access_token, seconds=month),
            self._cookie(
                self.names.refresh, refresh_token, seconds=month, path=SESSION_PATH, same="strict"
            ),
            Cookie(
                key=self.names.csrf,
                value=csrf_token,
                max_age=month,
                secure=self._secure,
                httponly=False,
                samesite="strict",
            ),
        ]

    def signed_out(self) -> list[Cookie]:
        """Cookies that remove what a browser keeps."""
        return [
            self._cookie(self.names.access, "", seconds=0),
            self._cookie(self.names.refresh, "", seconds=0, path=SESSION_PATH, same="strict"),
            self._cookie(self.names.csrf, "", seconds=0, same="strict"),
        ]

    def consistency(self, position: int) -> str:
        """How new the browser's next answers have to be; forgotten soon, when all are. As the
        header `Set-Cookie` has it: each command sets one, and making it anew takes 20 µs.
        """
        return self._consistency.replace("{position}", str(position), 1)

    def _cookie(
        self,
        name: str,
        value: str,
        *,
        seconds: int,
        path: str = "/",
        same: Literal["lax", "strict"] = "lax",
    ) -> Cookie:
        return Cookie(
            key=name,
            value=value,
            max_age=seconds,
            path=path,
            secure=self._secure,
            httponly=True,
            samesite=same,
        )
