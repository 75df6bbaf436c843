"""What iyzico's answers mean: read exactly, signatures checked, figures compared, typed."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from msgspec import Struct

from adapters.iyzico.connection import is_loopback
from adapters.iyzico.signing import answer_signature, plain_amount, same_signature
from application.ports import (
    CheckoutForm,
    CheckoutOutcome,
    Declined,
    InReview,
    Invalid,
    Misconfigured,
    NotFinal,
    Obstacle,
    Paid,
    PaidLine,
    PaymentExpectation,
    PaymentOutcome,
    RateLimited,
    SavedCard,
    Unknown,
)
from domain.shared.money import Money

Answer = dict[str, Any]

RATE_LIMITED = "50000"
# Our keys, and what our account may not do: saved cards, anything at all while it is frozen.
OUR_ACCOUNT = {"1000", "1001", "3007", "9000"}
SYSTEM_ERRORS = {"", "1", "2"}
# What is refused because of how it was asked, in the numbers of iyzico's own services.
OUR_REQUEST = {"3", "5", "8", "11", "12", "13", "14", "15", "16", "17", "20", "23", "25"}
OUR_REQUEST |= {"3001", "3005", "3006", "5001", "5002", "5005", "5010", "5062", "5111"}
OUR_REQUEST |= {"5124", "5132", "5167", "5184"}
# What iyzico's rules forbid of a request that is right: too much, too late, done before.
KNOWN_REFUSALS = {"5006", "5008", "5093", "6000", "6001"}
# What banks say no with; they mostly name a group, too.
KNOWN_REFUSALS |= {"10005", "10012", "10034", "10041", "10043", "10051", "10054", "10057", "10058"}
KNOWN_REFUSALS |= {"10084", "10093", "10207", "10209", "10213", "10217", "10220", "10232"}
# Bank errors after which iyzico itself does not know whether money moved.
UNDECIDED = {"10214", "10216", "10219", "10228", "10240", "10241", "10242", "10246"}
# No page of this token, or no payment on it.
FRAUD_DESK_ERRORS = {"6000", "6001"}
UNKNOWN_TOKEN = "5124"  # noqa: S105 - a code
NOTHING_THERE = {UNKNOWN_TOKEN, "5001", "5002"}


LONGEST_TEXT = 4096
MOST_INSTALLMENTS = 36
LONGEST_LIFETIME_SECONDS = 24 * 3600
FIGURE = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,4})?")


class BrokenAnswer(Exception):
    """The answer can't be understood; `reason` is a stable word for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TransactionReference(Struct, frozen=True):
    """Both ids a refund needs: the payment is asked about, the transaction is refunded.

    Kept as `payment:transaction` in `PaidLine.transaction_id`.
    """

    payment_id: str
    transaction_id: str

    @classmethod
    def parse(cls, reference: str) -> TransactionReference:
        """Read `payment:transaction`. Raises `ValueError`."""
        payment_id, colon, transaction_id = reference.partition(":")
        if not (payment_id and colon and transaction_id):
            raise ValueError(f"{reference!r} is not a payment and a transaction")
        return cls(payment_id, transaction_id)

    def __str__(self) -> str:
        return f"{self.payment_id}:{self.transaction_id}"


def read_answer(body: bytes) -> Answer:
    """Parse an answer with exact numbers. Raises `BrokenAnswer`."""
    try:
        answer = json.loads(body, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise BrokenAnswer("unreadable") from error
    if not isinstance(answer, dict):
        raise BrokenAnswer("unreadable")
    return answer


def text(value: object) -> str:
    """An id or word as text; iyzico writes ids now as text, now as numbers. Raises `BrokenAnswer`
    for what is no text one could store.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        storable = len(value) <= LONGEST_TEXT and "\0" not in value
        if not storable or any("\ud800" <= character <= "\udfff" for character in value):
            raise BrokenAnswer("unexpected_text")
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise BrokenAnswer("unexpected_type")


def amount(value: object) -> Decimal:
    """A figure that came as number or text; between 0 and 10^12, at most 12 decimals."""
    figure = signed_amount(value)
    if figure < 0:
        raise BrokenAnswer("no_amount")
    return figure


def signed_amount(value: object) -> Decimal:
    """As `amount`, and below 0 too. Raises `BrokenAnswer`."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise BrokenAnswer("no_amount")
    if isinstance(value, str) and not FIGURE.fullmatch(value):
        raise BrokenAnswer("no_amount")
    try:
        figure = Decimal(value)
    except ArithmeticError as error:
        raise BrokenAnswer("no_amount") from error
    exponent = figure.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -12 or not abs(figure) < 10**12:
        raise BrokenAnswer("no_amount")
    return figure


def objects(values: object) -> list[dict[str, Any]]:
    """A list of objects; nothing is an empty one. Raises `BrokenAnswer`."""
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise BrokenAnswer("unreadable")
    return values


def has_succeeded(answer: Answer) -> bool:
    """Whether the call itself worked; of a payment this says nothing yet."""
    return answer.get("status") == "success"


def sealed(answer: Answer, fields: tuple[str, ...], *, secret_key: str) -> bool:
    """Whether the answer's signature over these fields is iyzico's."""
    parts = [_signed_form(name, answer.get(name)) for name in fields]
    return same_signature(answer_signature(secret_key, parts), text(answer.get("signature")))


def failure(answer: Answer) -> Declined | Obstacle:
    """What a call that was answered with a failure came to; a code nobody knows decides nothing."""
    code = text(answer.get("errorCode"))
    group = text(answer.get("errorGroup"))
    message = text(answer.get("errorMessage"))
    if code == RATE_LIMITED:
        return RateLimited()
    if code in OUR_ACCOUNT:
        return Misconfigured(code, message)
    if code in OUR_REQUEST:
        return Invalid(code, message)
    if code in UNDECIDED:
        return Unknown("undecided_by_bank")
    if code not in SYSTEM_ERRORS and (group or code in KNOWN_REFUSALS):
        return Declined(group=group or "NONE", code=code, message=message)
    return Unknown("provider_error" if code in SYSTEM_ERRORS else "unknown_code")


def checkout_outcome(answer: Answer, attempt_id: UUID, *, secret_key: str) -> CheckoutOutcome:
    """What an opened hosted page came to."""
    if not has_succeeded(answer):
        refusal = failure(answer)
        if isinstance(refusal, Declined) and refusal.code not in FRAUD_DESK_ERRORS:
            # Nobody has shown a card yet: what is refused here is the request we wrote.
            return Invalid(refusal.code, refusal.message)
        return refusal
    if not sealed(answer, ("conversationId", "token"), secret_key=secret_key):
        return Unknown("wrong_signature", alarm=True)
    if text(answer.get("conversationId")) != str(attempt_id) or not text(answer.get("token")):
        return Unknown("other_conversation", alarm=True)
    page_url = text(answer.get("paymentPageUrl"))
    if not _may_be_shown(page_url):
        return Unknown("unsafe_page_url", alarm=True)
    lifetime = int(amount(answer.get("tokenExpireTime")))
    return CheckoutForm(text(answer["token"]), page_url, min(lifetime, LONGEST_LIFETIME_SECONDS))


def _may_be_shown(page_url: str) -> bool:
    try:
        page = urlsplit(page_url)
        host = page.hostname or ""
    except ValueError:
        return False
    return bool(host) and (page.scheme == "https" or (page.scheme == "http" and is_loopback(host)))


PAYMENT_SEAL = ("paymentId", "currency", "basketId", "conversationId", "paidPrice", "price")
RETRIEVE_SEAL = ("paymentStatus", *PAYMENT_SEAL, "token")
CAPTURED = {"AUTH", "POST_AUTH"}


def payment_outcome(
    answer: Answer, token: str, *, expected: PaymentExpectation, secret_key: str
) -> PaymentOutcome:
    """What became of a hosted page, judged by what is signed and agrees with what was asked."""
    status = text(answer.get("paymentStatus"))
    claims_a_seal = text(answer.get("signature")) != "" or status == "SUCCESS"
    if claims_a_seal and not sealed(answer, RETRIEVE_SEAL, secret_key=secret_key):
        return Unknown("wrong_signature", alarm=True)
    if status == "FAILURE":
        return (
            failure(answer)
            if text(answer.get("errorCode"))
            else Declined(group="NONE", code="", message=text(answer.get("errorMessage")))
        )
    if not has_succeeded(answer):
        return _failed_query(answer)
    if status != "SUCCESS":
        return NotFinal(status or "NOT_STARTED")
    if text(answer.get("token")) != token:
        return Unknown("other_token", alarm=True)
    return _by_figures(answer, expected)


def detail_outcome(
    answer: Answer, *, expected: PaymentExpectation, secret_key: str
) -> PaymentOutcome:
    """What the query for an attempt's payment says. It tells of money that was taken; that none
    was, only the page's own answer tells.
    """
    if not has_succeeded(answer):
        return _failed_query(answer)
    if not sealed(answer, PAYMENT_SEAL, secret_key=secret_key):
        return Unknown("wrong_signature", alarm=True)
    status = text(answer.get("paymentStatus"))
    if status not in {"", "SUCCESS"} or text(answer.get("phase")) not in CAPTURED:
        return NotFinal(status or "NOT_CAPTURED")
    return _by_figures(answer, expected)


def _by_figures(answer: Answer, expected: PaymentExpectation) -> PaymentOutcome:
    if contradiction := _contradiction(answer, expected):
        return Unknown(contradiction, alarm=True)
    return _by_fraud_status(answer)


def _failed_query(answer: Answer) -> PaymentOutcome:
    refusal = failure(answer)
    if isinstance(refusal, Invalid) and refusal.code in NOTHING_THERE:
        # Not the bank's no: the question failed (unknown token, nothing paid yet), so ask again.
        return NotFinal(f"ERROR_{refusal.code}")
    return refusal


def _contradiction(answer: Answer, expected: PaymentExpectation) -> str:
    """The first thing in which the answer disagrees with what was asked, or nothing."""
    price, paid = amount(answer.get("price")), amount(answer.get("paidPrice"))
    in_installments = _installments(answer) > 1
    checks = (
        ("other_conversation", text(answer.get("conversationId")) == str(expected.attempt_id)),
        ("other_basket", text(answer.get("basketId")) == str(expected.order_id)),
        ("other_currency", text(answer.get("currency")) == expected.total.currency),
        ("other_price", price == expected.total.amount),
        ("other_paid_price", paid == price or (paid > price and in_installments)),
        ("no_payment_id", text(answer.get("paymentId")) != ""),
    )
    return next((name for name, agrees in checks if not agrees), "")


def _by_fraud_status(answer: Answer) -> PaymentOutcome:
    payment_id = text(answer["paymentId"])
    match text(answer.get("fraudStatus")):
        case "1":
            return _paid(answer, payment_id)
        case "0":
            return InReview(payment_id)
        case "-1":
            return Declined(group="FRAUD", code="-1", message="rejected by the fraud desk")
        case _:
            return Unknown("no_fraud_status", alarm=True)


def _paid(answer: Answer, payment_id: str) -> Paid | Unknown:
    paid = Money(amount(answer["paidPrice"]), text(answer["currency"]))
    transactions = answer.get("itemTransactions")
    if not isinstance(transactions, list):
        return Unknown("no_lines", alarm=True)
    lines = tuple(_paid_line(line, payment_id, currency=paid.currency) for line in transactions)
    one_each = len({line.line_id for line in lines}) == len(lines)
    if not one_each or sum(line.paid.amount for line in lines) != paid.amount:
        return Unknown("lines_do_not_add_up", alarm=True)
    return Paid(
        payment_id=payment_id,
        paid=Money.of(paid.amount, paid.currency),
        lines=lines,
        installments=_installments(answer),
        card_last_four=text(answer.get("lastFourDigits")),
        saved_card=_saved_card(answer),
    )


def _installments(answer: Answer) -> int:
    figure = amount(answer.get("installment") or 1)
    if figure not in range(MOST_INSTALLMENTS + 1):
        raise BrokenAnswer("no_installments")
    return max(1, int(figure))


def _saved_card(answer: Answer) -> SavedCard | None:
    """The card, when the shopper has let iyzico keep it."""
    card_user_key, card_token = text(answer.get("cardUserKey")), text(answer.get("cardToken"))
    if not (card_user_key and card_token):
        return None
    return SavedCard(
        card_user_key=card_user_key,
        card_token=card_token,
        last_four=text(answer.get("lastFourDigits")),
        association=text(answer.get("cardAssociation")),
        family=text(answer.get("cardFamily")),
        bank=text(answer.get("cardBankName")),
    )


def _paid_line(line: object, payment_id: str, *, currency: str) -> PaidLine:
    if not isinstance(line, dict) or not text(line.get("paymentTransactionId")):
        raise BrokenAnswer("broken_line")
    try:
        line_id = UUID(text(line.get("itemId")))
    except ValueError as error:
        raise BrokenAnswer("foreign_line") from error
    return PaidLine(
        line_id=line_id,
        transaction_id=str(TransactionReference(payment_id, text(line["paymentTransactionId"]))),
        paid=Money.of(amount(line.get("paidPrice")), currency),
        commission=amount(line.get("iyziCommissionRateAmount")),
        fee=amount(line.get("iyziCommissionFee")),
    )


def _signed_form(name: str, value: object) -> str:
    if value is None or name not in {"price", "paidPrice"}:
        return text(value)
    return plain_amount(amount(value))


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not an amount")
