"""Taking money for orders, and giving it back."""

from application.payments.commands import (
    AskAboutPayment,
    AskProvider,
    RecordCheckoutFailed,
    RecordCheckoutForm,
    RecordPaymentOutcome,
    StartPayment,
)
from application.payments.provider import (
    Shopper,
    Till,
    ask_provider,
    basket_of,
)
from application.payments.refunds import (
    AskAboutRefund,
    CancelPayment,
    RecordCancelOutcome,
    RecordPaidOutside,
    RecordRefundOutcome,
    RefundLine,
    RefundOrder,
    RefundPayment,
    RetryRefund,
)
from application.payments.webhooks import (
    AskAboutRefunds,
    PaymentWebhooks,
    StoredWebhook,
    WebhookDesk,
    WebhookFilter,
    WebhookInbox,
    WebhookReading,
)

__all__ = [
    "AskAboutPayment",
    "AskAboutRefund",
    "AskAboutRefunds",
    "AskProvider",
    "CancelPayment",
    "PaymentWebhooks",
    "RecordCancelOutcome",
    "RecordCheckoutFailed",
    "RecordCheckoutForm",
    "RecordPaidOutside",
    "RecordPaymentOutcome",
    "RecordRefundOutcome",
    "RefundLine",
    "RefundOrder",
    "RefundPayment",
    "RetryRefund",
    "Shopper",
    "StartPayment",
    "StoredWebhook",
    "Till",
    "WebhookDesk",
    "WebhookFilter",
    "WebhookInbox",
    "WebhookReading",
    "ask_provider",
    "basket_of",
]
