"""Every command about payments, each in a house where it does something."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from application.four_eyes import Hand
from application.payments import (
    AskAboutPayment,
    AskAboutRefund,
    AskAboutRefunds,
    RecordCancelOutcome,
    RecordCheckoutFailed,
    RecordCheckoutForm,
    RecordPaidOutside,
    RecordPaymentOutcome,
    RecordRefundOutcome,
    RefundOrder,
    RefundPayment,
    RetryRefund,
    StartPayment,
)
from application.ports import (
    Declined,
    InReview,
    Misconfigured,
    NotFinal,
    Pending,
    Refunded,
    Unknown,
)
from domain.payments import PaymentAttempt, RefundPart
from tests.asked import State
from tests.given import NOW
from tests.orders.examples import (
    ATTEMPT,
    CUSTOMER,
    FINANCE,
    LINES,
    ORDER,
    OTHER_ATTEMPT,
    Shop,
    paid_outcome,
)

REQUEST = UUID(int=61)
COVER = LINES[0].line_id
RefundTold = Refunded | Pending | Declined | Misconfigured
LONG_AFTER = NOW + timedelta(hours=2)
DECLINED = Declined(group="NOT_SUFFICIENT_FUNDS", code="10051", message="Declined")


async def with_an_order() -> Shop:
    """An order awaits its payment."""
    shop = Shop()
    await shop.registered()
    await shop.placed()
    return shop


async def with_finance() -> Shop:
    """An order awaits its payment, and somebody works in finance."""
    shop = await with_an_order()
    await shop.staff("finance")
    return shop


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
REFUND = RefundOrder(
    order_id=ORDER,
    request_id=REQUEST,
    reason="damaged",
    parts=(RefundPart(line_id=COVER, amount=LINES[0].gross),),
)
REFUND_ID = PaymentAttempt.refund_id_of(REQUEST, COVER)
BY = Hand(person_id=FINANCE)


def told(outcome: RefundTold) -> RecordRefundOutcome:
    """What the provider said about the refund."""
    return RecordRefundOutcome(attempt_id=ATTEMPT, refund_id=REFUND_ID, outcome=outcome)


def of_cancel(outcome: Refunded | Declined) -> RecordCancelOutcome:
    """What the provider said about calling the payment off."""
    return RecordCancelOutcome(attempt_id=ATTEMPT, cancel_id=REQUEST, outcome=outcome)


CANCEL = RefundPayment(attempt_id=ATTEMPT, request_id=REQUEST, reason="cancelled")
ASK_ABOUT_REFUND = AskAboutRefund(
    attempt_id=ATTEMPT, refund_id=REFUND_ID, asked_by="webhook", reference="one"
)
RETRY = RetryRefund(attempt_id=ATTEMPT, refund_id=REFUND_ID, request_id=OTHER_ATTEMPT, by=BY)
OUTSIDE = RecordPaidOutside(
    attempt_id=ATTEMPT, refund_id=REFUND_ID, reference="EFT 2026-03-01/17", by=BY
)
KEYS_REFUSED = Misconfigured("1001", "no such key")
ORDERED = State(with_finance)
STARTED = ORDERED.after(START)
AT_THE_PAGE = STARTED.after(FORM)
IS_PAID = AT_THE_PAGE.after(PAID)

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
    *IS_PAID.asked(REFUND, CANCEL),
    *IS_PAID.after(CANCEL).asked(of_cancel(Refunded("c")), of_cancel(DECLINED)),
    *IS_PAID.after(REFUND).asked(
        told(Refunded("1:r")), told(DECLINED), told(Pending("p")), told(KEYS_REFUSED)
    ),
    *IS_PAID.after(REFUND, told(Pending("p"))).asked(
        ASK_ABOUT_REFUND,
        AskAboutRefunds(attempt_id=ATTEMPT, payment_id="1", reference="one"),
    ),
    *IS_PAID.after(REFUND, told(DECLINED)).asked(RETRY, OUTSIDE, told(Refunded("late"))),
]
