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
    Shopper,
    Till,
    ask_provider,
)
from application.payments.webhooks import (
    PaymentWebhooks,
    StoredWebhook,
    WebhookDesk,
    WebhookFilter,
    WebhookInbox,
    WebhookReading,
)

__all__ = [
    "AskAboutPayment",
    "AskProvider",
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
    "StoredWebhook",
    "Till",
    "WebhookDesk",
    "WebhookFilter",
    "WebhookInbox",
    "WebhookReading",
    "ask_provider",
]
