"""A merchant for tests of the emulator: signs as the documents say, or lets the SDK do it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.payments.sdk_calls import Account
from tests.payments.till import API_KEY, SECRET_KEY, Till

Answer = dict[str, Any]
FORM = "/payment/iyzipos/checkoutform"
INITIALIZE = f"{FORM}/initialize/ecom"
RETRIEVE = f"{FORM}/auth/ecom/detail"
PAGE_SEAL = (
    "paymentStatus",
    "paymentId",
    "currency",
    "basketId",
    "conversationId",
    "paidPrice",
    "price",
    "token",
)


async def call(
    till: Till, path: str, *, body: object = None, raw: bytes | None = None, method: str = "POST"
) -> Answer:
    """Sign and send the way the documents say, without the SDK."""
    content = json.dumps(body).encode() if raw is None else raw
    signed = b"nonce123" + path.partition("?")[0].encode() + content
    signature = hmac.new(SECRET_KEY.encode(), signed, hashlib.sha256).hexdigest()
    claims = f"apiKey:{API_KEY}&randomKey:nonce123&signature:{signature}"
    headers = {
        "Authorization": f"IYZWSv2 {base64.b64encode(claims.encode()).decode()}",
        "x-iyzi-rnd": "nonce123",
    }
    reply = await till.browser.request(
        method, till.base_url + path, content=content, headers=headers
    )
    answer = json.loads(reply.text, parse_float=Decimal)
    assert isinstance(answer, dict)
    return answer


async def report(till: Till, path: str, **query: str) -> Answer:
    """Ask for one of the reports that take a query."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return await call(till, f"/v2/reporting/payment/{path}?{asked}", raw=b"null", method="GET")


async def sdk(
    till: Till, resource: type[Any], send: Callable[[Any, dict[str, str]], object]
) -> Answer:
    """Let a class of the SDK make the call."""
    account = Account(till.base_url, API_KEY, SECRET_KEY)
    answer = json.loads(await account.call(resource, send), parse_float=Decimal)
    assert isinstance(answer, dict)
    return answer


def sealed(answer: Answer, *fields: str) -> bool:
    """Whether the answer is signed over these fields, amounts without trailing zeros."""
    message = ":".join(_signed(answer.get(name)) for name in fields).encode()
    return bool(
        answer["signature"] == hmac.new(SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()
    )


def _signed(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)
