"""The payment gateway over the real `iyzipay` package; every answer ends as a typed outcome."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPException
from typing import Any, TypeVar
from uuid import UUID

from iyzipay import ApiTest, Cancel, CheckoutForm, CheckoutFormInitialize, Refund

from adapters.iyzico import requests
from adapters.iyzico.answers import (
    Answer,
    BrokenAnswer,
    TransactionReference,
    checkout_outcome,
    failure,
    has_succeeded,
    payment_outcome,
    read_answer,
)
from adapters.iyzico.cancels import CancelAsked, earlier_cancel, refused_cancel
from adapters.iyzico.connection import Caller, endpoint_of
from adapters.iyzico.refunds import PaymentDetails, RefundAsked, earlier_refund, refund_outcome
from application.ports import (
    CancelOutcome,
    CheckoutOutcome,
    CheckoutRequest,
    Declined,
    Misconfigured,
    Obstacle,
    PaidLine,
    PaymentExpectation,
    PaymentOutcome,
    RefundOutcome,
    Unknown,
)
from application.tracing import SpanKind, span
from domain.shared.money import Money

Outcome = TypeVar("Outcome")


class IyzicoGateway:
    """Implements the `PaymentGateway` port.

    `base_url` is `https://host[:port]`, or `http://` with a loopback host for the emulator;
    anything else raises `ValueError`. Calls run in at most `max_in_flight` threads of the
    gateway's own and end within twice `timeout_seconds`; what did not end in time is `Unknown`.

    Our ids travel as iyzico's: attempt as conversation, order as basket, order line as basket item,
    refund as the refund's conversation.
    """

    def __init__(
        self,
        api_key: str,
        secret_key: str,
        *,
        base_url: str,
        timeout_seconds: float = 20,
        max_in_flight: int = 8,
    ) -> None:
        endpoint = endpoint_of(base_url)
        self._secret_key = secret_key
        self._caller = Caller(
            {"api_key": api_key, "secret_key": secret_key, "base_url": endpoint.host},
            endpoint,
            timeout_seconds=timeout_seconds,
            max_in_flight=max_in_flight,
        )

    async def check_keys(self) -> Obstacle | None:
        """Ask iyzico whether it takes our keys; None when it does. Nothing is changed."""
        answer = await self._ask(ApiTest, lambda api, options: api.retrieve(options))
        if isinstance(answer, Unknown):
            return answer
        if has_succeeded(answer):
            return None
        refusal = _judged(lambda: failure(answer))
        if isinstance(refusal, Declined):
            return Misconfigured(refusal.code, refusal.message)
        return refusal

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOutcome:
        """Open a hosted page. The attempt must be stored before this is called."""
        body = requests.checkout_form(request)
        answer = await self._ask(
            CheckoutFormInitialize, lambda form, options: form.create(body, options)
        )
        if isinstance(answer, Unknown):
            return answer
        return _judged(
            lambda: checkout_outcome(answer, request.attempt_id, secret_key=self._secret_key)
        )

    async def outcome(self, token: str, expected: PaymentExpectation) -> PaymentOutcome:
        """Ask what became of a hosted page.

        `Declined` may still be followed by `Paid`: the page lets the shopper try another card until
        its token expires.
        """
        body = requests.retrieval(token, expected.attempt_id)
        answer = await self._ask(CheckoutForm, lambda form, options: form.retrieve(body, options))
        if isinstance(answer, Unknown):
            return answer
        return _judged(
            lambda: payment_outcome(answer, token, expected=expected, secret_key=self._secret_key)
        )

    async def refund(
        self, *, refund_id: UUID, line: PaidLine, amount: Money, ip: str
    ) -> RefundOutcome:
        """Give back (part of) one line, unless the payment's report says that this was done.

        Safe to repeat one after the other with the same `refund_id`; not at the same time.
        """
        reference = TransactionReference.parse(line.transaction_id)
        asked = RefundAsked(refund_id, amount)
        report = await self._report_on(reference.payment_id)
        if isinstance(report, Unknown):
            return report
        earlier = _judged(lambda: earlier_refund(report, reference, asked=asked))
        if earlier is not None:
            return earlier
        body = requests.refund(reference, refund_id=refund_id, amount=amount, ip=ip)
        answer = await self._ask(Refund, lambda refund, options: refund.create(body, options))
        if isinstance(answer, Unknown):
            return answer
        return _judged(
            lambda: refund_outcome(answer, reference, asked=asked, secret_key=self._secret_key)
        )

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
        answer = await self._ask(Cancel, lambda cancel, options: cancel.create(body, options))
        if isinstance(answer, Unknown):
            return answer
        refused = _judged(lambda: refused_cancel(answer, asked))
        if refused is not None:
            return refused
        return await self._reported_cancel(asked) or Unknown("cancel_not_reported")

    async def _reported_cancel(self, asked: CancelAsked) -> CancelOutcome | None:
        report = await self._report_on(asked.payment_id)
        if isinstance(report, Unknown):
            return report
        return _judged(lambda: earlier_cancel(report, asked))

    async def _report_on(self, payment_id: str) -> Answer | Unknown:
        query = {"paymentId": payment_id}
        return await self._ask(
            PaymentDetails, lambda details, options: details.retrieve(query, options)
        )

    async def _ask(
        self, resource_type: type[Any], send: Callable[[Any, dict[str, str]], Any]
    ) -> Answer | Unknown:
        try:
            with span(f"iyzico {resource_type.__name__}", kind=SpanKind.CLIENT):
                return read_answer(await self._caller.call(resource_type, send))
        except TimeoutError:
            return Unknown("timeout")
        except (OSError, HTTPException):
            return Unknown("connection_lost")
        except OverflowError:
            return Unknown("too_large")
        except BrokenAnswer as broken:
            return Unknown(broken.reason)


def _judged(judge: Callable[[], Outcome]) -> Outcome | Unknown:
    try:
        return judge()
    except BrokenAnswer as broken:
        return Unknown(broken.reason, alarm=True)
