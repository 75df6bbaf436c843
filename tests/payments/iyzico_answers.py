"""Answers of every kind as iyzico gives them, signed, and changed in one place or another."""

from __future__ import annotations

import hmac
import json
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from adapters.iyzico.answers import PAYMENT_SEAL, RETRIEVE_SEAL, Answer, read_answer
from adapters.iyzico.refunds import REFUND_SEAL

SECRET = "sandbox-secret"
ATTEMPT, ORDER, LINE, REFUND = (UUID(int=10**30 + number) for number in range(4))
DAY = date(2026, 11, 20)
TOKEN = "a-token"

PAID: Answer = {
    "status": "success",
    "paymentStatus": "SUCCESS",
    "phase": "AUTH",
    "paymentId": "24111111",
    "currency": "TRY",
    "basketId": str(ORDER),
    "conversationId": str(ATTEMPT),
    "paidPrice": Decimal("1260.5"),
    "price": Decimal("1260.5"),
    "token": TOKEN,
    "fraudStatus": 1,
    "installment": 1,
    "lastFourDigits": "0006",
    "cardUserKey": "key",
    "cardToken": "card",
    "itemTransactions": [
        {
            "itemId": str(LINE),
            "paymentTransactionId": "25222222",
            "price": Decimal("1260.5"),
            "paidPrice": Decimal("1260.5"),
            "iyziCommissionRateAmount": Decimal("31.38645000"),
            "iyziCommissionFee": Decimal("0.25000000"),
        }
    ],
}
OPENED: Answer = {
    "status": "success",
    "conversationId": str(ATTEMPT),
    "token": TOKEN,
    "tokenExpireTime": 1800,
    "paymentPageUrl": "https://cpp.iyzipay.com?token=a-token",
}
REFUNDED: Answer = {
    "status": "success",
    "paymentId": "24111111",
    "paymentTransactionId": "25222222",
    "price": Decimal(60),
    "currency": "TRY",
    "conversationId": str(REFUND),
}
REPORTED: Answer = {
    "status": "success",
    "payments": [
        {
            "paymentId": 24111111,
            "paidPrice": Decimal("1260.5"),
            "cancels": [{"cancelStatus": 1}],
            "itemTransactions": [
                {
                    "refunds": [
                        {
                            "refundConversationId": str(REFUND),
                            "refundPrice": Decimal(60),
                            "refundStatus": 1,
                        }
                    ]
                }
            ],
        }
    ],
}
OFFERED: Answer = {
    "status": "success",
    "installmentDetails": [
        {"price": 1, "installmentPrices": [{"installmentNumber": 1, "totalPrice": 1}]}
    ],
}
KEPT: Answer = {
    "status": "success",
    "cardUserKey": "key",
    "cardDetails": [{"cardToken": "card", "lastFourDigits": "0006"}],
}
DAY_REPORT: Answer = {
    "status": "success",
    "currentPage": 1,
    "totalPageCount": 1,
    "transactions": [
        {
            "transactionType": "PAYMENT",
            "transactionDate": f"{DAY} 12:00:00",
            "transactionId": 1,
            "paymentTxId": 1,
            "paymentId": 1,
            "price": 1,
            "paidPrice": 1,
            "transactionCurrency": "TRY",
            "iyzicoCommission": 0,
            "iyzicoFee": 0,
            "merchantPayoutAmount": 1,
        }
    ],
    "payoutCompletedTransactions": [
        {"paymentTransactionId": "1", "payoutAmount": Decimal("-0.5"), "currency": "TRY"}
    ],
    "bankTransfers": [{"settlementReferenceCode": "STL1", "payoutAmount": 1, "currency": "TRY"}],
}
FAILED: Answer = {"status": "failure", "errorCode": "10051", "errorGroup": "NO"}
AWKWARD: list[object] = [
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x",
    "1e9999",
    "\0",
    "\ud800",
    "http://[",
    [],
    {},
]
AWKWARD += [[[]], [None], "9" * 5000, "2026-11-20", "-0", "1_0", "١", {"a": {}}]
EXAMPLES = [PAID, OPENED, REFUNDED, REPORTED, OFFERED, KEPT, DAY_REPORT, FAILED]
SEALS = [RETRIEVE_SEAL, PAYMENT_SEAL, REFUND_SEAL, ("conversationId", "token")]


def names_in(value: object) -> set[str]:
    """Every name there is in an answer."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = set(value) if isinstance(value, dict) else set()
    return own.union(*(names_in(each) for each in inner))


def changed(value: Any, changes: dict[str, object]) -> Any:
    """An answer with some of its fields, on whatever level they are, changed."""
    if isinstance(value, list):
        return [changed(each, changes) for each in value]
    if isinstance(value, dict):
        return {name: changes.get(name, changed(each, changes)) for name, each in value.items()}
    return value


def signed(answer: Answer, fields: tuple[str, ...] = RETRIEVE_SEAL) -> Answer:
    """The answer under the provider's own signature, as far as its fields can be written."""
    parts = []
    for name in fields:
        value = answer.get(name)
        if isinstance(value, Decimal):
            value = f"{value:.8f}".rstrip("0").rstrip(".")
        parts.append("" if value is None else str(value))
    message = ":".join(parts).encode("utf-8", "surrogatepass")
    return answer | {"signature": hmac.new(SECRET.encode(), message, "sha256").hexdigest()}


def read(answer: Answer) -> Answer:
    """The answer as it comes from the wire."""
    return read_answer(json.dumps(answer, default=_number).encode())


def _number(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(value)
