"""Payments: attempts to take money through the provider's page, and giving it back."""

from domain.payments.attempt import PaymentAttempt
from domain.payments.parts import (
    GRACE,
    MOST_WEBHOOKS,
    SWEEPS,
    AskedBy,
    AttemptState,
    Capture,
    CapturedLine,
    FormNotWanted,
    NothingCaptured,
    PaymentProvider,
    Refund,
    RefundPart,
    RefundTooLarge,
    SurplusReason,
    UnknownLine,
)

__all__ = [
    "GRACE",
    "MOST_WEBHOOKS",
    "SWEEPS",
    "AskedBy",
    "AttemptState",
    "Capture",
    "CapturedLine",
    "FormNotWanted",
    "NothingCaptured",
    "PaymentAttempt",
    "PaymentProvider",
    "Refund",
    "RefundPart",
    "RefundTooLarge",
    "SurplusReason",
    "UnknownLine",
]
