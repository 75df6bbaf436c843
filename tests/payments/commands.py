"""Every command about payments, each in a house where it does something."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from application.bus import Command
from application.payments import (
    AskAboutPayment,
    RecordCheckoutFailed,
    RecordCheckoutForm,
    RecordPaymentOutcome,
    RecordRefundOutcome,
    RefundOrder,
    RefundPayment,
    StartPayment,
)
from application.ports import Declined, InReview, NotFinal, Refunded, Unknown
from tests.asked import State
from tests.given import NOW
from tests.orders.examples import (
    ATTEMPT,
    CUSTOMER,
    ORDER,
    OTHER_ATTEMPT,
    Shop,
    paid_outcome,
)

REQUEST = UUID(int=61)
LONG_AFTER = NOW + timedelta(hours=2)
DECLINED = Declined(group="NOT_SUFFICIENT_FUNDS", code="10051", message="Declined")


async def with_an_order() -> Shop:
    """An order awaits its payment."""
    shop = Shop()
    await shop.registered()
    await shop.placed()
    return shop


async def _refunded(shop: Shop) -> Command:
    refund_id = next(iter((await shop.attempt()).refunds))
    return RecordRefundOutcome(attempt_id=ATTEMPT, refund_id=refund_id, outcome=Refunded("1:r"))


async def _refused(shop: Shop) -> Command:
    refund_id = next(iter((await shop.attempt()).refunds))
    return RecordRefundOutcome(attempt_id=ATTEMPT, refund_id=refund_id, outcome=DECLINED)


START = StartPayment(attempt_id=ATTEMPT, order_id=ORDER, customer_id=CUSTOMER)
FORM = RecordCheckoutForm(
    attempt_id=ATTEMPT,
    token="5e1f-page",
    page_url="https://pay.test",
    expires_at=NOW + timedelta(minutes=30),
)
PAID = RecordPaymentOutcome(attempt_id=ATTEMPT, outcome=paid_outcome(), asked_at=NOW)
EXPIRE = RecordPaymentOutcome(
    attempt_id=ATTEMPT, outcome=NotFinal("INIT_THREEDS"), asked_at=LONG_AFTER
)
REFUND = RefundOrder(order_id=ORDER, request_id=REQUEST, reason="damaged")
ORDERED = State(with_an_order)
STARTED = ORDERED.after(START)
AT_THE_PAGE = STARTED.after(FORM)

# The first attempt ran out, the second paid; then the first one's money arrives after all.
PAID_TWICE = AT_THE_PAGE.after(
    EXPIRE,
    StartPayment(attempt_id=OTHER_ATTEMPT, order_id=ORDER, customer_id=CUSTOMER),
    replace(FORM, attempt_id=OTHER_ATTEMPT),
    RecordPaymentOutcome(attempt_id=OTHER_ATTEMPT, outcome=paid_outcome("2"), asked_at=NOW),
)

EXAMPLES = [
    *PAID_TWICE.asked(PAID),
    *ORDERED.asked(START),
    *STARTED.asked(FORM, RecordCheckoutFailed(attempt_id=ATTEMPT, reason="unavailable")),
    *AT_THE_PAGE.asked(
        AskAboutPayment(attempt_id=ATTEMPT, asked_by="webhook", reference="one"),
        PAID,
        RecordPaymentOutcome(attempt_id=ATTEMPT, outcome=DECLINED, asked_at=NOW),
        RecordPaymentOutcome(attempt_id=ATTEMPT, outcome=InReview("1"), asked_at=NOW),
        RecordPaymentOutcome(attempt_id=ATTEMPT, outcome=Unknown("timeout"), asked_at=NOW),
        EXPIRE,
    ),
    *AT_THE_PAGE.after(PAID).asked(
        REFUND, RefundPayment(attempt_id=ATTEMPT, request_id=REQUEST, reason="cancelled")
    ),
    AT_THE_PAGE.after(PAID, REFUND).asked_for(RecordRefundOutcome, _refunded),
    AT_THE_PAGE.after(PAID, REFUND).asked_for(RecordRefundOutcome, _refused),
]
