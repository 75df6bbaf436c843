"""Payments over HTTP: the till, the way back from the provider's page, and its webhook."""

from api.payments.controller import PaymentsController
from api.payments.provider import ProviderController
from api.payments.refunds import RefusedRefundsController
from api.payments.webhooks import WebhooksController

__all__ = [
    "PaymentsController",
    "ProviderController",
    "RefusedRefundsController",
    "WebhooksController",
]
