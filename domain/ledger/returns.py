"""What returns mean for the books: nothing, because the money that goes back is booked."""

from __future__ import annotations

from domain.ledger.booking import posts_nothing
from domain.orders import Order
from domain.returns import Return

posts_nothing(
    Return.Requested,
    Return.RefundAsked,
    Return.Refunded,
    Order.MoneySettled,
    because="It tells what is asked back and that all is done; the order's event about the money"
    " that went back books it.",
)
