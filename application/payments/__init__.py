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
    ForgedWebhook,
    PaymentWebhooks,
    Shopper,
    Till,
    WebhookHint,
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

__all__ = [
    "AskAboutPayment",
    "AskAboutRefund",
    "AskProvider",
    "CancelPayment",
    "ForgedWebhook",
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
    "Till",
    "WebhookHint",
    "ask_provider",
    "basket_of",
]
