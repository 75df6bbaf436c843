"""Orders: from the commit of a draft until the reader has the cover, or the money back."""

from domain.orders.earnings import EarnedLine
from domain.orders.numbers import OrderNumber, number_of
from domain.orders.order import Order
from domain.orders.parts import (
    EDGES,
    ArtworkMissing,
    CancelReason,
    LineKind,
    LinesWorthNothing,
    OrderCannotMove,
    OrderLine,
    OrderMethod,
    OrderNotPayable,
    OrderState,
    Particulars,
    PaymentUnderWay,
    Purchase,
    RefundState,
)

__all__ = [
    "EDGES",
    "ArtworkMissing",
    "CancelReason",
    "EarnedLine",
    "LineKind",
    "LinesWorthNothing",
    "Order",
    "OrderCannotMove",
    "OrderLine",
    "OrderMethod",
    "OrderNotPayable",
    "OrderNumber",
    "OrderState",
    "Particulars",
    "PaymentUnderWay",
    "Purchase",
    "RefundState",
    "number_of",
]
