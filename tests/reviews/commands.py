"""Every command about reviews, each in a house where it does something."""

from __future__ import annotations

from msgspec.structs import replace

from application.reviews import InviteReview
from tests.asked import State
from tests.design.examples import ORDER
from tests.reviews.examples import (
    ANSWER,
    CHANGE,
    HIDE,
    OTHER_REVIEW,
    REPORT,
    SHOW,
    WITHDRAW,
    WRITE,
    a_delivered_order_beside_another,
)

DELIVERED = State(a_delivered_order_beside_another)
WRITTEN = DELIVERED.after(WRITE)

EXAMPLES = [
    *DELIVERED.asked(WRITE, InviteReview(order_id=ORDER)),
    *WRITTEN.asked(CHANGE, WITHDRAW, ANSWER, REPORT, HIDE),
    *WRITTEN.after(REPORT).asked(replace(REPORT, review_id=OTHER_REVIEW)),
    *WRITTEN.after(HIDE).asked(SHOW),
]
