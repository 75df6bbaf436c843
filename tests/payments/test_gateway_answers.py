"""Answers the emulator never gives: validly signed, and still not to be believed."""

from __future__ import annotations

import hmac
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from adapters.iyzico.answers import (
    BrokenAnswer,
    TransactionReference,
    checkout_outcome,
    failure,
    payment_outcome,
    read_answer,
)
from adapters.iyzico.refunds import RefundAsked, earlier_refund, refund_outcome
from application.ports import (
    CheckoutForm,
    Declined,
    InReview,
    Invalid,
    Misconfigured,
    NotFinal,
    Paid,
    PaymentExpectation,
    Pending,
    RateLimited,
    Refunded,
    Unknown,
)
from domain.shared.money import Money

SECRET = "sandbox-secret"
ATTEMPT = UUID("0190a000-0000-7000-8000-00000000000a")
ORDER = UUID("0190a000-0000-7000-8000-00000000000b")
LINE = UUID("0190a000-0000-7000-8000-00000000000c")
REFUND = UUID("0190a000-0000-7000-8000-00000000000d")
EXPECTED = PaymentExpectation(attempt_id=ATTEMPT, order_id=ORDER, total=Money(Decimal("1260.50")))
REFERENCE = TransactionReference("24111111", "25222222")
ASKED = RefundAsked(REFUND, Money(Decimal("60.00")))

PAID_LINE = {
    "itemId": str(LINE),
    "paymentTransactionId": "25222222",
    "price": Decimal("1260.50"),
    "paidPrice": Decimal("1260.50"),
    "iyziCommissionRateAmount": Decimal("31.38645000"),
    "iyziCommissionFee": Decimal("0.25000000"),
}
PAID: dict[str, Any] = {
    "status": "success",
    "paymentStatus": "SUCCESS",
    "paymentId": "24111111",
    "currency": "TRY",
    "basketId": str(ORDER),
    "conversationId": str(ATTEMPT),
    "paidPrice": Decimal("1260.50"),
    "price": Decimal("1260.50"),
    "token": "a-token",
    "fraudStatus": 1,
    "installment": 1,
    "lastFourDigits": "0006",
    "itemTransactions": [PAID_LINE],
}
REFUND_FIELDS = ["paymentId", "price", "currency", "conversationId"]
SIGNED_FIELDS = ["paymentStatus", "paymentId", "currency", "basketId", "conversationId"]
SIGNED_FIELDS += ["paidPrice", "price", "token"]


def written(value: object) -> str:
    """A field the way it is signed."""
    if isinstance(value, Decimal):
        return f"{value:.8f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)


def signed(answer: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    """The answer under the provider's own signature."""
    message = ":".join(written(answer.get(name)) for name in fields)
    return answer | {"signature": hmac.new(SECRET.encode(), message.encode(), "sha256").hexdigest()}


def outcome(**changes: object) -> object:
    """What a paid and signed answer with some changes is taken for."""
    answer = signed(PAID | changes, SIGNED_FIELDS)
    return payment_outcome(answer, "a-token", expected=EXPECTED, secret_key=SECRET)


def test_an_answer_in_which_all_agrees_is_paid() -> None:
    paid = outcome()
    assert isinstance(paid, Paid)
    assert paid.lines[0].transaction_id == "24111111:25222222"


@pytest.mark.parametrize("as_text", [True, False])
def test_figures_may_come_as_text_or_as_numbers_with_spare_zeros(as_text: bool) -> None:
    line = json.dumps(PAID_LINE | {"paidPrice": 0, "price": 0}, default=str)
    figure = '"1260.50"' if as_text else "1260.50000000"
    body = json.dumps(PAID | {"itemTransactions": 0, "price": 0, "paidPrice": 0}, default=str)
    body = body.replace('"itemTransactions": 0', f'"itemTransactions": [{line}]')
    body = body.replace('"price": 0', f'"price": {figure}')
    body = body.replace('"paidPrice": 0', f'"paidPrice": {figure}')
    signature = signed(PAID, SIGNED_FIELDS)["signature"]
    answer = read_answer(body.encode()) | {"signature": signature}
    taken = payment_outcome(answer, "a-token", expected=EXPECTED, secret_key=SECRET)
    assert isinstance(taken, Paid)
    assert taken.paid == EXPECTED.total


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"token": "another"}, "other_token"),
        ({"conversationId": str(ORDER)}, "other_conversation"),
        ({"conversationId": None}, "other_conversation"),
        ({"basketId": str(ATTEMPT)}, "other_basket"),
        ({"currency": "USD"}, "other_currency"),
        ({"price": Decimal("1260.49")}, "other_price"),
        ({"paidPrice": Decimal("1260.49")}, "other_paid_price"),
        ({"paidPrice": Decimal("1260.51")}, "other_paid_price"),
        ({"paymentId": None}, "no_payment_id"),
        ({"fraudStatus": None}, "no_fraud_status"),
        ({"fraudStatus": 7}, "no_fraud_status"),
        ({"itemTransactions": None}, "no_lines"),
        ({"itemTransactions": []}, "lines_do_not_add_up"),
        ({"itemTransactions": [PAID_LINE, PAID_LINE]}, "lines_do_not_add_up"),
        (
            {"itemTransactions": [PAID_LINE | {"paidPrice": Decimal(1)}]},
            "lines_do_not_add_up",
        ),
    ],
)
def test_a_signed_answer_that_contradicts_what_was_asked_raises_the_alarm(
    changes: dict[str, object], reason: str
) -> None:
    assert outcome(**changes) == Unknown(reason, alarm=True)


@pytest.mark.parametrize(
    "line",
    [
        "no line",
        PAID_LINE | {"itemId": "BI101"},
        PAID_LINE | {"itemId": None},
        PAID_LINE | {"paymentTransactionId": None},
        PAID_LINE | {"paidPrice": None},
        PAID_LINE | {"iyziCommissionFee": "free"},
    ],
)
def test_a_line_that_can_not_be_understood_is_not_booked(line: object) -> None:
    with pytest.raises(BrokenAnswer):
        outcome(itemTransactions=[line])


def test_contradictions_count_also_while_the_fraud_desk_looks() -> None:
    assert outcome(fraudStatus=0) == InReview("24111111")
    assert outcome(fraudStatus=0, price=Decimal(1)) == Unknown("other_price", alarm=True)


@pytest.mark.parametrize("signature", [None, "", "0" * 64, "ğ"])
def test_a_success_without_a_good_signature_raises_the_alarm(signature: str | None) -> None:
    answer = PAID | {"signature": signature}
    taken = payment_outcome(answer, "a-token", expected=EXPECTED, secret_key=SECRET)
    assert taken == Unknown("wrong_signature", alarm=True)


@pytest.mark.parametrize("field", SIGNED_FIELDS)
def test_each_signed_field_is_guarded(field: str) -> None:
    answer = signed(PAID, SIGNED_FIELDS)
    answer[field] = Decimal(1) if isinstance(answer[field], Decimal) else "forged"
    answer["paymentStatus"] = "forged" if field == "paymentStatus" else "SUCCESS"
    taken = payment_outcome(answer, "a-token", expected=EXPECTED, secret_key=SECRET)
    assert taken == Unknown("wrong_signature", alarm=True)


def test_a_refusal_counts_whether_or_not_the_query_is_called_a_failure() -> None:
    refusal = {
        "paymentStatus": "FAILURE",
        "errorCode": "10051",
        "errorGroup": "NOT_SUFFICIENT_FUNDS",
        "errorMessage": "no",
    }
    declined = Declined(group="NOT_SUFFICIENT_FUNDS", code="10051", message="no")
    for status in ("success", "failure"):
        answer = refusal | {"status": status}
        taken = payment_outcome(answer, "a-token", expected=EXPECTED, secret_key=SECRET)
        assert taken == declined


def test_a_refusal_without_a_reason_is_still_one() -> None:
    answer = {"status": "success", "paymentStatus": "FAILURE"}
    taken = payment_outcome(answer, "a-token", expected=EXPECTED, secret_key=SECRET)
    assert taken == Declined(group="NONE", code="", message="")


@pytest.mark.parametrize("status", ["INIT_THREEDS", "CALLBACK_THREEDS", "PENDING_CREDIT"])
def test_any_other_status_is_not_final(status: str) -> None:
    assert outcome(paymentStatus=status) == NotFinal(status)


@pytest.mark.parametrize("code", ["10214", "10216", "10219", "10228", "10240", "10246"])
def test_what_the_bank_left_undecided_is_unknown(code: str) -> None:
    answer = {"status": "failure", "errorCode": code, "errorGroup": "SYSTEM"}
    assert failure(answer) == Unknown("undecided_by_bank")
    taken = payment_outcome(answer, "a-token", expected=EXPECTED, secret_key=SECRET)
    assert taken == Unknown("undecided_by_bank")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("50000", RateLimited),
        ("1", Unknown),
        (None, Unknown),
        ("424242", Unknown),
        ("11", Invalid),
        ("5002", Invalid),
        ("5062", Invalid),
        ("3007", Misconfigured),
        ("9000", Misconfigured),
        ("5006", Declined),
        ("1000", Misconfigured),
        (1001, Misconfigured),
        ("10051", Declined),
    ],
)
def test_failures_are_sorted_by_code(code: object, kind: type) -> None:
    assert isinstance(failure({"status": "failure", "errorCode": code}), kind)


def opened(**changes: object) -> object:
    """What an opened page with some changes is taken for."""
    answer = {
        "status": "success",
        "conversationId": str(ATTEMPT),
        "token": "a-token",
        "tokenExpireTime": 1800,
        "paymentPageUrl": "https://sandbox-cpp.iyzipay.com?token=a-token&lang=tr",
    }
    return checkout_outcome(
        signed(answer | changes, ["conversationId", "token"]), ATTEMPT, secret_key=SECRET
    )


def test_a_page_of_the_sandbox_is_taken() -> None:
    assert isinstance(opened(), CheckoutForm)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"conversationId": str(ORDER)}, "other_conversation"),
        ({"token": None}, "other_conversation"),
        ({"paymentPageUrl": "javascript:alert(1)"}, "unsafe_page_url"),
        ({"paymentPageUrl": "http://cpp.example.org"}, "unsafe_page_url"),
        ({"paymentPageUrl": None}, "unsafe_page_url"),
    ],
)
def test_a_shopper_is_not_sent_to_a_page_that_is_not_theirs(
    changes: dict[str, object], reason: str
) -> None:
    assert opened(**changes) == Unknown(reason, alarm=True)


@pytest.mark.parametrize(
    ("code", "kind"),
    [("6001", Declined), ("3", Invalid), ("10051", Invalid), ("50000", RateLimited)],
)
def test_a_page_that_did_not_open_says_whose_fault_it_was(code: str, kind: type) -> None:
    answer = {"status": "failure", "errorCode": code}
    assert isinstance(checkout_outcome(answer, ATTEMPT, secret_key=SECRET), kind)


REFUNDED: dict[str, Any] = {
    "status": "success",
    "paymentId": "24111111",
    "paymentTransactionId": "25222222",
    "price": Decimal("60.00"),
    "currency": "TRY",
    "conversationId": str(REFUND),
}


@pytest.mark.parametrize(
    "changes",
    [
        {"paymentId": "1"},
        {"paymentTransactionId": "1"},
        {"price": Decimal("61.00")},
        {"currency": "USD"},
        {"conversationId": str(ORDER)},
    ],
)
def test_a_signed_answer_about_another_refund_raises_the_alarm(changes: dict[str, object]) -> None:
    answer = signed(REFUNDED | changes, REFUND_FIELDS)
    taken = refund_outcome(answer, REFERENCE, asked=ASKED, secret_key=SECRET)
    assert taken == Unknown("other_refund", alarm=True)


def reported(**changes: object) -> object:
    """What a report with one refund of ours, with some changes, says about it."""
    refund = {"refundConversationId": str(REFUND), "refundPrice": Decimal("60.0")} | changes
    line = {"paymentTransactionId": "25222222", "refunds": [refund]}
    payment = {"paymentId": 24111111, "itemTransactions": [line]}
    answer = {"status": "success", "payments": [payment]}
    return earlier_refund(answer, REFERENCE, asked=ASKED)


NOT_CARRIED_OUT = Declined(group="REFUND_FAILED", code="0", message="the bank did not carry it out")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"refundStatus": 1}, Refunded(str(REFUND))),
        ({"refundStatus": "SUCCESS"}, Refunded(str(REFUND))),
        ({"refundStatus": 0}, NOT_CARRIED_OUT),
        ({"refundStatus": 2}, Pending(str(REFUND))),
        ({"refundStatus": None}, Pending(str(REFUND))),
        ({"refundStatus": 1, "refundConversationId": str(ORDER)}, None),
        ({"refundStatus": 1, "refundPrice": Decimal(1)}, Unknown("other_refund", alarm=True)),
    ],
)
def test_a_report_tells_whether_our_refund_was_carried_out(
    changes: dict[str, object], says: object
) -> None:
    assert reported(**changes) == says


@pytest.mark.parametrize(
    ("statuses", "says"),
    [
        ([0, 1], Refunded(str(REFUND))),
        ([1, 0], Refunded(str(REFUND))),
        ([0, 2], Pending(str(REFUND))),
        ([0, 0], NOT_CARRIED_OUT),
        ([], None),
    ],
)
def test_of_several_tries_the_one_that_was_carried_out_counts(
    statuses: list[int], says: object
) -> None:
    tries = [
        {"refundConversationId": str(REFUND), "refundPrice": 60, "refundStatus": status}
        for status in statuses
    ]
    line = {"paymentTransactionId": "25222222", "refunds": tries}
    payments = [{"paymentId": 24111111, "itemTransactions": [line]}]
    answer = {"status": "success", "payments": payments}
    assert earlier_refund(answer, REFERENCE, asked=ASKED) == says


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"status": "failure", "errorCode": "1001"}, Misconfigured("1001", "")),
        ({"status": "failure", "errorCode": "50000"}, RateLimited()),
        ({"status": "failure", "errorCode": "5002"}, Unknown("no_report")),
    ],
)
def test_without_a_report_nothing_is_concluded(answer: dict[str, Any], says: object) -> None:
    assert earlier_refund(answer, REFERENCE, asked=ASKED) == says


@pytest.mark.parametrize("payments", [None, [], [{"paymentId": "1"}], "none", ["none"]])
def test_a_report_without_our_payment_concludes_nothing(payments: object) -> None:
    with pytest.raises(BrokenAnswer):
        earlier_refund({"status": "success", "payments": payments}, REFERENCE, asked=ASKED)


@pytest.mark.parametrize("reference", ["", ":", "1:", ":1", "1"])
def test_half_a_reference_is_none(reference: str) -> None:
    with pytest.raises(ValueError, match="payment and a transaction"):
        TransactionReference.parse(reference)
