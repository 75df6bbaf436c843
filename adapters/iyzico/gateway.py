"""The payment gateway over the real `iyzipay` package; every answer ends as a typed outcome."""

from __future__ import annotations

from uuid import UUID

from iyzipay import Cancel, CheckoutForm, CheckoutFormInitialize, Payment, Refund

from adapters.iyzico import requests
from adapters.iyzico.answers import (
    UNKNOWN_TOKEN,
    Answer,
    TransactionReference,
    checkout_outcome,
    detail_outcome,
    payment_outcome,
)
from adapters.iyzico.cancels import CancelAsked, earlier_cancel, refused_cancel
from adapters.iyzico.merchant import Merchant, judged
from adapters.iyzico.refunds import (
    REFUSED_FOR_NOW,
    RefundAsked,
    earlier_refund,
    refund_outcome,
)
from adapters.iyzico.sdk import PaymentDetails
from application.ports import (
    CancelOutcome,
    CheckoutOutcome,
    CheckoutRequest,
    Declined,
    InReview,
    NotFinal,
    Paid,
    PaidLine,
    PaymentExpectation,
    PaymentOutcome,
    Pending,
    RateLimited,
    Refunded,
    RefundOutcome,
    Unknown,
)
from domain.shared.money import Money


class IyzicoGateway:
    """Implements the `PaymentGateway` port; what did not end in time is `Unknown`.

    Our ids travel as iyzico's: attempt as conversation, order as basket, order line as basket item,
    refund as the refund's conversation, cancel as the cancel's.
    """

    def __init__(self, merchant: Merchant) -> None:
        self._merchant = merchant
        self._secret_key = merchant.secret_key

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOutcome:
        """Open a hosted page. The attempt must be stored before this is called."""
        body = requests.checkout_form(request)
        answer = await self._merchant.ask(
            "initialize",
            CheckoutFormInitialize,
            send=lambda form, options: form.create(body, options),
        )
        if not isinstance(answer, dict):
            return answer
        return judged(
            lambda: checkout_outcome(answer, request.attempt_id, secret_key=self._secret_key)
        )

    async def outcome(self, token: str, expected: PaymentExpectation) -> PaymentOutcome:
        """Ask what became of a hosted page; where that can't be told, whether it was paid.

        `Declined` may still be followed by `Paid`: the page lets the shopper try another card until
        its token expires.
        """
        told = await self._by_token(token, expected)
        if not _leaves_it_open(told):
            return told
        found = await self._by_conversation(expected)
        contradicts = isinstance(found, Unknown) and found.alarm
        return found if contradicts or isinstance(found, Paid | InReview) else told

    async def refund(
        self, *, refund_id: UUID, line: PaidLine, amount: Money, ip: str
    ) -> RefundOutcome:
        """Give back (part of) one line, unless the payment's report says that this was done.

        Safe to repeat one after the other with the same `refund_id`; not at the same time.
        """
        reference = TransactionReference.parse(line.transaction_id)
        asked = RefundAsked(refund_id, amount)
        report = await self._report_on(reference.payment_id)
        if not isinstance(report, dict):
            return report
        earlier = judged(lambda: earlier_refund(report, reference, asked=asked))
        if earlier is not None:
            return earlier
        body = requests.refund(reference, refund_id=refund_id, amount=amount, ip=ip)
        answer = await self._merchant.ask(
            "refund", Refund, send=lambda refund, options: refund.create(body, options)
        )
        if not isinstance(answer, dict):
            return answer
        taken = judged(
            lambda: refund_outcome(answer, reference, asked=asked, secret_key=self._secret_key)
        )
        return await self._after_all(taken, reference, asked=asked)

    async def cancel(
        self, *, cancel_id: UUID, payment_id: str, total: Money, ip: str
    ) -> CancelOutcome:
        """Take a whole payment back on its own day, unless its report says that this was done.

        The answer to a cancel is not signed, so the report is asked whether it was carried out.
        """
        asked = CancelAsked(cancel_id, payment_id, total)
        before = await self._reported_cancel(asked)
        if before is not None:
            return before
        body = requests.cancel(payment_id, cancel_id=cancel_id, ip=ip)
        answer = await self._merchant.ask(
            "cancel", Cancel, send=lambda cancel, options: cancel.create(body, options)
        )
        if not isinstance(answer, dict):
            return answer
        refused = judged(lambda: refused_cancel(answer, asked))
        if refused is not None:
            return refused
        return await self._reported_cancel(asked) or Unknown("cancel_not_reported")

    async def _after_all(
        self, taken: RefundOutcome, reference: TransactionReference, *, asked: RefundAsked
    ) -> RefundOutcome:
        """What became of a refund that iyzico took: the bank may need days, and may refuse."""
        if not isinstance(taken, Refunded) and taken != REFUSED_FOR_NOW:
            return taken
        report = await self._report_on(reference.payment_id)
        if not isinstance(report, dict):
            return taken
        told = judged(lambda: earlier_refund(report, reference, asked=asked))
        if isinstance(told, Pending | Declined) or (isinstance(told, Unknown) and told.alarm):
            return told
        return taken

    async def _by_token(self, token: str, expected: PaymentExpectation) -> PaymentOutcome:
        body = requests.retrieval(token, expected.attempt_id)
        answer = await self._merchant.ask(
            "retrieve", CheckoutForm, send=lambda form, options: form.retrieve(body, options)
        )
        if not isinstance(answer, dict):
            return answer
        return judged(
            lambda: payment_outcome(answer, token, expected=expected, secret_key=self._secret_key)
        )

    async def _by_conversation(self, expected: PaymentExpectation) -> PaymentOutcome:
        body = requests.payment_of(expected.attempt_id)
        answer = await self._merchant.ask(
            "detail", Payment, send=lambda payment, options: payment.retrieve(body, options)
        )
        if not isinstance(answer, dict):
            return answer
        return judged(
            lambda: detail_outcome(answer, expected=expected, secret_key=self._secret_key)
        )

    async def _reported_cancel(self, asked: CancelAsked) -> CancelOutcome | None:
        report = await self._report_on(asked.payment_id)
        if not isinstance(report, dict):
            return report
        return judged(lambda: earlier_cancel(report, asked))

    async def _report_on(self, payment_id: str) -> Answer | Unknown | RateLimited:
        query = {"paymentId": payment_id}
        return await self._merchant.ask(
            "report", PaymentDetails, send=lambda details, options: details.retrieve(query, options)
        )


def _leaves_it_open(told: PaymentOutcome) -> bool:
    """Whether the page's own answer was lost, or iyzico knows nothing of the page any more."""
    if isinstance(told, Unknown):
        return not told.alarm
    return told == NotFinal(f"ERROR_{UNKNOWN_TOKEN}")
