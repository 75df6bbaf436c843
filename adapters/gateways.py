"""Which gateway serves which provider."""

from __future__ import annotations

from collections.abc import Mapping

from application.ports import PaymentGateway
from domain.payments import PaymentProvider


class Gateways:
    """`PaymentGateways` by a table."""

    def __init__(self, by_provider: Mapping[PaymentProvider, PaymentGateway]) -> None:
        self._by_provider = by_provider

    def of(self, provider: PaymentProvider) -> PaymentGateway:
        return self._by_provider[provider]


class OneGateway:
    """`PaymentGateways` for a shop with one gateway, which serves every provider."""

    def __init__(self, gateway: PaymentGateway) -> None:
        self._gateway = gateway

    def of(self, provider: PaymentProvider) -> PaymentGateway:  # noqa: ARG002 - the port has it
        return self._gateway
