"""A merchant's call from its bytes to its answer: authenticated, in an envelope, signed."""

from __future__ import annotations

import json
from decimal import Decimal

from adapters.iyzico.emulator import (
    card_calls,
    form_calls,
    payment_calls,
    report_calls,
    threeds_calls,
)
from adapters.iyzico.emulator.asked import Asked, Body, MerchantCall
from adapters.iyzico.emulator.faults import FaultKind, alter
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.refusals import Refusal, message_of
from adapters.iyzico.emulator.seals import admit, nonce_of, seal
from adapters.iyzico.emulator.settings import EmulatorSettings
from adapters.iyzico.emulator.wire import Document, Request


def _test(_provider: Provider, _asked: Asked) -> Document:
    return {}


CALLS: dict[tuple[str, str], MerchantCall] = {
    ("GET", "/payment/test"): MerchantCall("test", _test),
    **form_calls.CALLS,
    **payment_calls.CALLS,
    **threeds_calls.CALLS,
    **card_calls.CALLS,
    **report_calls.CALLS,
}


def find_call(request: Request, settings: EmulatorSettings) -> MerchantCall | None:
    """The call a request is for; None where there is no such path, or it is switched off."""
    call = CALLS.get((request.method, request.path))
    if call is not None and call.direct and not settings.direct_payments:
        return None
    return call


def answer(
    provider: Provider, call: MerchantCall, *, request: Request, fault: FaultKind | None
) -> Document:
    """Carry a call out and put the answer into the envelope."""
    settings = provider.settings
    asked = Asked({}, request.query, request.origin)
    try:
        admit(request, settings.api_key, secret_key=settings.secret_key)
        _meet_nonce(provider, request)
        asked = Asked(_parsed(request.body), request.query, request.origin)
        _limit_rate(fault)
        document = _envelope(provider, asked) | call.handle(provider, asked)
    except Refusal as refusal:
        return _failure(provider, asked, refusal=refusal)
    alter(document, fault)
    if call.signed:
        document["signature"] = seal(document, call.signed, secret_key=settings.secret_key)
        if fault == "wrong_signature":
            document["signature"] = seal(document, call.signed, secret_key="sandbox-nobody")  # noqa: S106 - wrong on purpose
    return document


def _meet_nonce(provider: Provider, request: Request) -> None:
    if not provider.settings.refuse_reused_nonces:
        return
    nonce = nonce_of(request)
    if nonce in provider.nonces:
        raise Refusal("1000")
    provider.nonces.add(nonce)


def _limit_rate(fault: FaultKind | None) -> None:
    if fault == "rate_limit":
        raise Refusal("50000")


def _parsed(raw: bytes) -> Body:
    try:
        parsed = json.loads(raw or b"null", parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise Refusal("11") from error
    if parsed is None:
        return {}
    if not isinstance(parsed, dict):
        raise Refusal("11")
    return parsed


def _envelope(provider: Provider, asked: Asked) -> Document:
    envelope: Document = {
        "status": "success",
        "locale": asked.language,
        "systemTime": int(provider.now().timestamp() * 1000),
    }
    if asked.conversation_id:
        envelope["conversationId"] = asked.conversation_id
    return envelope


def _failure(provider: Provider, asked: Asked, *, refusal: Refusal) -> Document:
    document = _envelope(provider, asked) | refusal.details
    document["status"] = "failure"
    document["errorCode"] = refusal.code
    document["errorMessage"] = message_of(refusal.code, asked.language)
    if refusal.group:
        document["errorGroup"] = refusal.group
    return document
