"""A shop's till for tests: the gateway, an emulator on a real socket, and a shopper with a card."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
from msgspec import Struct

from adapters.iyzico.emulator import EmulatorSettings, Screen, Shopper, running
from adapters.iyzico.gateway import IyzicoGateway
from adapters.iyzico.limits import unlimited
from adapters.iyzico.merchant import Merchant, Patience
from application.ports import (
    Buyer,
    CheckoutForm,
    CheckoutLine,
    CheckoutRequest,
    Paid,
    PaymentExpectation,
    PaymentOutcome,
)
from domain.shared.address import Address
from domain.shared.money import Money, total
from tests.payments.watched import WatchedEmulator

API_KEY = "sandbox-till"
SECRET_KEY = "sandbox-till-secret"
SETTINGS = EmulatorSettings(api_key=API_KEY, secret_key=SECRET_KEY, control_enabled=True)
# Loopback only: loading the certificate store for each test would be time for nothing.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
SHOP_IP = "127.0.0.1"
ADDRESS = Address(
    name="Ayşe Yılmaz",
    line="Bağdat Caddesi 1",
    district="Kadıköy",
    province="İstanbul",
    postcode="34710",
)
BUYER = Buyer(
    person_id=UUID("0190a000-0000-7000-8000-000000000001"),
    given_name="Ayşe",
    family_name="Yılmaz",
    email="ayse@example.org",
    phone="+905551112233",
    ip=SHOP_IP,
)


def checkout(*prices: str, callback_url: str = "http://127.0.0.1:9/return") -> CheckoutRequest:
    """A request to pay so many lines."""
    lines = tuple(
        CheckoutLine(
            line_id=uuid4(),
            name=f"Kişiye özel kapak {number}",
            category="Kapak",
            physical=True,
            price=Money(Decimal(price)),
        )
        for number, price in enumerate(prices or ("1260.00", "30.00"))
    )
    return CheckoutRequest(
        attempt_id=uuid4(),
        order_id=uuid4(),
        total=total(line.price for line in lines),
        lines=lines,
        buyer=BUYER,
        shipping=ADDRESS,
        billing=ADDRESS,
        callback_url=callback_url,
        language="tr",
    )


def merchant_at(
    base_url: str,
    *,
    secret_key: str = SECRET_KEY,
    api_key: str = API_KEY,
    timeout_seconds: float = 20,
    max_in_flight: int = 8,
) -> Merchant:
    """An account at an emulator, which sets no limits."""
    patience = Patience(timeout_seconds, max_in_flight)
    return Merchant(api_key, secret_key, base_url=base_url, patience=patience, pace=unlimited())


class Visit(Struct, frozen=True):
    """An open hosted page and what was asked for it."""

    request: CheckoutRequest
    form: CheckoutForm

    @property
    def expected(self) -> PaymentExpectation:
        """What an honest answer agrees with."""
        return PaymentExpectation(
            attempt_id=self.request.attempt_id,
            order_id=self.request.order_id,
            total=self.request.total,
        )


class Till:
    """Everything a test needs to have something paid."""

    def __init__(self, base_url: str, browser: httpx.AsyncClient) -> None:
        self.base_url = base_url
        self.browser = browser
        self.shopper = Shopper(browser)
        self.merchant = merchant_at(base_url)
        self.gateway = IyzicoGateway(self.merchant)
        self.mistakes: list[str] = []

    def gateway_with(
        self, *, secret_key: str = SECRET_KEY, api_key: str = API_KEY, timeout_seconds: float = 20
    ) -> IyzicoGateway:
        """Another gateway to the same emulator."""
        return IyzicoGateway(
            merchant_at(
                self.base_url,
                secret_key=secret_key,
                api_key=api_key,
                timeout_seconds=timeout_seconds,
            )
        )

    async def visit(self, request: CheckoutRequest | None = None) -> Visit:
        """Open a hosted page."""
        asked = request or checkout()
        form = await self.gateway.open_checkout(asked)
        assert isinstance(form, CheckoutForm), form
        return Visit(asked, form)

    async def pay(self, visit: Visit, number: str) -> Screen:
        """Let the shopper pay."""
        return await self.shopper.pay(visit.form.page_url, number)

    async def ask(self, visit: Visit) -> PaymentOutcome:
        """Ask what became of it."""
        return await self.gateway.outcome(visit.form.token, visit.expected)

    async def paid(self, number: str = "5526080000000006", *prices: str) -> Paid:
        """A payment that went through."""
        visit = await self.visit(checkout(*prices))
        await self.pay(visit, number)
        outcome = await self.ask(visit)
        assert isinstance(outcome, Paid), outcome
        return outcome

    async def control(self, order: str, **body: object) -> Any:
        """Give the emulator an order."""
        reply = await self.browser.post(f"{self.base_url}/_control/{order}", json=body)
        assert reply.status_code == httpx.codes.OK, reply.text
        return reply.json()

    async def look(self, what: str) -> Any:
        """Read something from the emulator's control API."""
        return (await self.browser.get(f"{self.base_url}/_control/{what}")).json()

    async def booked(self, payment_id: str) -> dict[str, Any]:
        """A payment as the provider's book has it."""
        payments = (await self.look("book"))["payments"]
        return next(p for p in payments if p["payment_id"] == payment_id)


@contextlib.asynccontextmanager
async def till_at(
    settings: EmulatorSettings = SETTINGS, clock: Callable[[], datetime] | None = None
) -> AsyncIterator[Till]:
    """A till with an emulator of its own, each of whose answers must be as iyzico's."""
    emulator = WatchedEmulator(settings, clock)
    async with (
        running(emulator) as base_url,
        httpx.AsyncClient(trust_env=False, verify=PLAIN) as browser,
    ):
        till = Till(base_url, browser)
        till.mistakes = emulator.mistakes
        yield till
    assert emulator.mistakes == []
