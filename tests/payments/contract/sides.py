"""The two sides of the contract: the emulator always, and iyzico's sandbox when keys are given."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from adapters.iyzico.answers import Answer
from adapters.iyzico.gateway import IyzicoGateway
from adapters.iyzico.merchant import Merchant, Send
from tests.payments.till import till_at

SANDBOX = "https://sandbox-api.iyzipay.com"
KEYS = (
    os.environ.get("IYZICO_SANDBOX_API_KEY", ""),
    os.environ.get("IYZICO_SANDBOX_SECRET_KEY", ""),
)
SIDES = ["emulator", "sandbox"] if all(KEYS) else ["emulator"]
LOOPBACK = ["127.0.0.1", "::1"]
HOSTS = [*LOOPBACK, str(urlsplit(SANDBOX).hostname)] if all(KEYS) else LOOPBACK
NOTES = Path(os.environ.get("IYZICO_CONTRACT_NOTES", "iyzico-contract.json"))

API_KEY, SECRET_KEY = "sandbox-till", "sandbox-till-secret"


class Side(Struct, frozen=True):
    """One provider, and what it was seen to answer: field names with the kinds of their values."""

    name: str
    base_url: str
    keys: tuple[str, str]
    seen: dict[str, dict[str, str]]

    def merchant(self, *, api_key: str = "", secret_key: str = "") -> Merchant:
        """Our account there, or a stranger's."""
        own_api_key, own_secret_key = self.keys
        return Merchant(
            api_key or own_api_key, secret_key or own_secret_key, base_url=self.base_url
        )

    def gateway(self) -> IyzicoGateway:
        """The gateway to it."""
        return IyzicoGateway(self.merchant())

    async def answer(self, call: str, resource_type: type[Any], *, send: Send) -> Answer:
        """A whole answer, whose form is noted."""
        answer = await self.merchant().ask(call, resource_type, send=send)
        assert isinstance(answer, dict), answer
        self.seen[call] = form_of(answer)
        return answer


def form_of(value: object, at: str = "") -> dict[str, str]:
    """The kinds of all values in an answer by where they are; of a list, those of its first."""
    if isinstance(value, dict):
        forms = [form_of(each, f"{at}.{name}") for name, each in value.items()]
        return {place: kind for form in forms for place, kind in form.items()}
    if isinstance(value, list):
        return {f"{at}[]": "list"} | (form_of(value[0], f"{at}[]") if value else {})
    if at in {".status", ".errorCode", ".errorGroup"}:
        return {at: str(value)}
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return {at: "number" if number else type(value).__name__}


@contextlib.asynccontextmanager
async def opened(name: str, notes: dict[str, dict[str, dict[str, str]]]) -> AsyncIterator[Side]:
    """One side; what it is seen to answer goes into the notes."""
    seen = notes.setdefault(name, {})
    if name == "sandbox":
        yield Side(name, SANDBOX, KEYS, seen)
        return
    async with till_at() as till:
        yield Side(name, till.base_url, (API_KEY, SECRET_KEY), seen)


def differences(notes: dict[str, dict[str, dict[str, str]]]) -> dict[str, Any]:
    """Where the two sides answered in different forms, call by call and field by field."""
    emulator, sandbox = notes.get("emulator", {}), notes.get("sandbox", {})
    found: dict[str, Any] = {}
    for call in sorted(emulator.keys() & sandbox.keys()):
        ours, theirs = emulator[call], sandbox[call]
        unlike = {
            place: {"emulator": ours.get(place), "sandbox": theirs.get(place)}
            for place in sorted(ours.keys() | theirs.keys())
            if ours.get(place) != theirs.get(place)
        }
        if unlike:
            found[call] = unlike
    return found


def write_notes(notes: dict[str, dict[str, dict[str, str]]]) -> None:
    """Keep what differs, for the person who gave the keys."""
    if "sandbox" in notes:
        NOTES.write_text(json.dumps(differences(notes), indent=2, ensure_ascii=False) + "\n")
