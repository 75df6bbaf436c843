"""The gateway behind bank transfers: what it is told by our own book of references and lines."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from application.bank import BankRules, ExpectTransfer, OrderBankReturn
from application.bus import Bus
from application.ports import (
    CancelOutcome,
    CheckoutForm,
    CheckoutOutcome,
    CheckoutRequest,
    Clock,
    Declined,
    NotFinal,
    Paid,
    PaidLine,
    PaymentExpectation,
    PaymentOutcome,
    Pending,
    Refunded,
    RefundOutcome,
    Unknown,
)
from application.store import EventLog, look_up
from domain.bank import BankTransfer, TransferPart
from domain.shared.days import midnight_in_turkey
from domain.shared.errors import NotFound
from domain.shared.money import Money, total

STATEMENT_COMES = timedelta(days=1)
"""How long after the customer's last day its statement is waited for."""


class BankTransferGateway:
    """`PaymentGateway` without a provider: its answers come from the log. A page is opened by
    giving out a reference; it is paid when a statement has a line with it; what goes back waits
    until a later statement shows it.
    """

    def __init__(
        self, bus: Bus, log: EventLog, *, clock: Clock, rules: BankRules, public_url: str
    ) -> None:
        self._bus = bus
        self._log = log
        self._clock = clock
        self._rules = rules
        self._public_url = public_url

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOutcome:
        if request.total.currency != self._rules.currency:
            code = f"currency_{request.total.currency}"
            return Declined(group="bank_transfer", code=code, message="the account's is another")
        now = self._clock.now()
        until = midnight_in_turkey(now) + timedelta(days=self._rules.days + 1, seconds=-1)
        receipt = await self._bus.execute(
            ExpectTransfer(
                attempt_id=request.attempt_id,
                order_id=request.order_id,
                customer_id=request.buyer.person_id,
                parts=tuple(TransferPart(line.line_id, line.price) for line in request.lines),
                amount=request.total,
                until=until,
            )
        )
        reference: str = receipt.answer["reference"]
        page = f"{self._public_url}/api/v1/payments/{request.attempt_id}/instructions/{reference}"
        waits = until + STATEMENT_COMES - now
        return CheckoutForm(reference, page, expires_in_seconds=int(waits.total_seconds()))

    async def outcome(self, token: str, expected: PaymentExpectation) -> PaymentOutcome:
        transfer = await self._transfer(token)
        if transfer is None:
            return Unknown("no such reference")
        awaited = transfer.transfer
        asked = PaymentExpectation(
            attempt_id=awaited.attempt_id, order_id=awaited.order_id, total=awaited.amount
        )
        if asked != expected:
            return Unknown("the answer contradicts what was asked", alarm=True)
        if transfer.line_id is None:
            return NotFinal("waiting_for_transfer")
        return Paid(
            payment_id=str(transfer.line_id),
            paid=total((part.amount for part in awaited.parts), awaited.amount.currency),
            lines=tuple(
                PaidLine(
                    line_id=part.line_id,
                    transaction_id=f"{token}/{number}",
                    paid=part.amount,
                    commission=Decimal(0),
                    fee=Decimal(0),
                )
                for number, part in enumerate(awaited.parts, 1)
            ),
            installments=1,
            card_last_four="",
        )

    async def refund(
        self,
        *,
        refund_id: UUID,
        line: PaidLine,
        amount: Money,
        ip: str,  # noqa: ARG002 - the port has it
    ) -> RefundOutcome:
        try:
            receipt = await self._bus.execute(
                OrderBankReturn(
                    refund_id=refund_id,
                    transfer_reference=line.transaction_id.partition("/")[0],
                    amount=amount,
                )
            )
        except NotFound:
            return Unknown("no such transfer", alarm=True)
        reference: str = receipt.answer["reference"]
        return Refunded(reference) if receipt.answer["sent"] else Pending(reference)

    async def cancel(
        self,
        *,
        cancel_id: UUID,  # noqa: ARG002 - the port has it
        payment_id: str,  # noqa: ARG002 - the port has it
        total: Money,  # noqa: ARG002 - the port has it
        ip: str,  # noqa: ARG002 - the port has it
    ) -> CancelOutcome:
        """A transfer can't be called off: it goes back as a refund."""
        return Declined(group="bank_transfer", code="no_cancel", message="transfers stay")

    async def _transfer(self, reference: str) -> BankTransfer | None:
        try:
            return await look_up(BankTransfer, BankTransfer.id_of(reference), log=self._log)
        except NotFound:
            return None
