"""The provider's side of all signatures, independent of the adapter's, so no bug hides on both."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from decimal import Decimal

from adapters.iyzico.emulator.refusals import Refusal
from adapters.iyzico.emulator.wire import Request

BAD_SIGNATURE = "1000"
UNKNOWN_KEY = "1001"
AMOUNTS = frozenset({"price", "paidPrice"})


def admit(request: Request, api_key: str, *, secret_key: str) -> None:
    """Check the `IYZWSv2` header over the raw bytes received. Raises `Refusal`."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme != "IYZWSv2":
        raise Refusal(UNKNOWN_KEY)
    claimed = _claims(encoded)
    if claimed.get("apiKey") != api_key:
        raise Refusal(UNKNOWN_KEY)
    nonce = claimed.get("randomKey", "")
    if not nonce or request.headers.get("x-iyzi-rnd") != nonce:
        raise Refusal(BAD_SIGNATURE)
    message = nonce.encode() + request.path.encode() + request.body
    expected = hmac.new(secret_key.encode(), message, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), claimed.get("signature", "").encode()):
        raise Refusal(BAD_SIGNATURE)


def nonce_of(request: Request) -> str:
    """The random text that an admitted request was signed with."""
    return request.headers["x-iyzi-rnd"]


def seal(payload: dict[str, object], fields: tuple[str, ...], *, secret_key: str) -> str:
    """The signature of an answer over some of its fields."""
    message = ":".join(_stripped(name, payload.get(name)) for name in fields)
    return hmac.new(secret_key.encode(), message.encode(), hashlib.sha256).hexdigest()


def seal_notice(notice: dict[str, object], secret_key: str) -> str:
    """The V3 signature of a hosted-page webhook."""
    message = secret_key
    for name in ("iyziEventType", "iyziPaymentId", "token", "paymentConversationId", "status"):
        message += str(notice.get(name, ""))
    return hmac.new(secret_key.encode(), message.encode(), hashlib.sha256).hexdigest()


def seal_callback(fields: dict[str, str], secret_key: str) -> str:
    """The signature of what the browser posts to the merchant after 3-D Secure."""
    named = ("conversationData", "conversationId", "mdStatus", "paymentId", "status")
    return seal({**fields}, named, secret_key=secret_key)


def seal_payment_notice(notice: dict[str, object], secret_key: str) -> str:
    """The V3 signature of a webhook about a payment that came without a page."""
    message = secret_key
    for name in ("iyziEventType", "paymentId", "paymentConversationId", "status"):
        message += str(notice.get(name, ""))
    return hmac.new(secret_key.encode(), message.encode(), hashlib.sha256).hexdigest()


def _claims(encoded: str) -> dict[str, str]:
    try:
        decoded = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Refusal(UNKNOWN_KEY) from error
    return dict(part.partition(":")[::2] for part in decoded.split("&"))


def _stripped(name: str, value: object) -> str:
    if value is None:
        return ""
    if name in AMOUNTS and isinstance(value, Decimal):
        figure = f"{value:f}"
        return figure.rstrip("0").rstrip(".") if "." in figure else figure
    return str(value)
