"""Orders: from the commit of a draft until the reader has the cover, or the money back."""

from domain.orders.earnings import EarnedLine, Returned, ReturnedPart
from domain.orders.numbers import OrderNumber, number_of
from domain.orders.order import Order
from domain.orders.parts import (
    EDGES,
    AppliedCoupon,
    ArtworkMissing,
    CancelReason,
    ChargedLine,
    LinesWorthNothing,
    OrderCannotMove,
    OrderLine,
    OrderMethod,
    OrderNotPayable,
    OrderOfNothing,
    OrderState,
    Particulars,
    PaymentUnderWay,
    Purchase,
    RefundState,
    TooManyLines,
)
from domain.orders.purchases import Bought, CreditPurchase, NothingUnspent, Taken
from domain.shared.lines import LineKind

__all__ = [
    "EDGES",
    "AppliedCoupon",
    "ArtworkMissing",
    "Bought",
    "CancelReason",
    "ChargedLine",
    "CreditPurchase",
    "EarnedLine",
    "LineKind",
    "LinesWorthNothing",
    "NothingUnspent",
    "Order",
    "OrderCannotMove",
    "OrderLine",
    "OrderMethod",
    "OrderNotPayable",
    "OrderNumber",
    "OrderOfNothing",
    "OrderState",
    "Particulars",
    "PaymentUnderWay",
    "Purchase",
    "RefundState",
    "Returned",
    "ReturnedPart",
    "Taken",
    "TooManyLines",
    "number_of",
]
