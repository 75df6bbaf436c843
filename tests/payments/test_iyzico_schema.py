"""The schema of iyzico's answers itself: it covers every call, and it can say no."""

from __future__ import annotations

import json

import pytest

from adapters.iyzico.emulator.merchant_api import CALLS
from tests.payments.iyzico_schema import SHAPES, mistake_in

GOOD = {"status": "success", "locale": "tr", "systemTime": 1}
REFUND = GOOD | {
    "paymentId": "1",
    "price": 10.5,
    "currency": "TRY",
    "authCode": "1",
    "hostReference": "x",
    "refundHostReference": "x",
    "retryable": False,
}
PAYOUT = (
    b'{"status":"success","locale":"tr","systemTime":1,"payoutCompletedTransactions":['
    b'{"paymentTransactionId":"1","payoutAmount":%s,"payoutType":"MERCHANT",'
    b'"subMerchantKey":null,"currency":"TRY"}]}'
)


def test_every_call_that_is_answered_has_a_schema() -> None:
    assert {f"{method} {path}" for method, path in CALLS} == set(SHAPES)


@pytest.mark.parametrize(
    "change",
    [
        {"surprise": 1},
        {"locale": "de"},
        {"price": "10.5"},
        {"price": 10.505},
        {"paymentId": 1},
        {"retryable": None},
    ],
)
def test_an_answer_that_differs_from_the_lists_is_noticed(change: dict[str, object]) -> None:
    assert mistake_in("POST /payment/refund", json.dumps(REFUND).encode()) is None
    assert mistake_in("POST /payment/refund", json.dumps(REFUND | change).encode())


@pytest.mark.parametrize(
    ("written", "good"),
    [
        (b"1.20000000", True),
        (b"0E-8", True),
        (b"-3.10000000", True),
        (b"1.2", False),
        (b'"1.20000000"', False),
        (b"1", False),
    ],
)
def test_a_payout_is_a_number_with_eight_decimals(written: bytes, good: bool) -> None:
    mistake = mistake_in("POST /reporting/settlement/payoutcompleted", PAYOUT % written)
    assert (mistake is None) == good
