"""Taking money for orders, and giving it back."""

from application.payments.commands import (
    AskAboutPayment,
    AskProvider,
    RecordCheckoutFailed,
    RecordCheckoutForm,
    RecordPaymentOutcome,
    RecordRefundOutcome,
    RefundLine,
    RefundOrder,
    RefundPayment,
    StartPayment,
)
from application.payments.provider import (
    ForgedWebhook,
    PaymentWebhooks,
    Shopper,
    Till,
    WebhookHint,
    ask_provider,
)

__all__ = [
    "AskAboutPayment",
    "AskProvider",
    "ForgedWebhook",
    "PaymentWebhooks",
    "RecordCheckoutFailed",
    "RecordCheckoutForm",
    "RecordPaymentOutcome",
    "RecordRefundOutcome",
    "RefundLine",
    "RefundOrder",
    "RefundPayment",
    "Shopper",
    "StartPayment",
    "Till",
    "WebhookHint",
    "ask_provider",
]
