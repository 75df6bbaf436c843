"""What things cost: lists of prices, what a draft's order costs, and what can be asked of them."""

from application.pricing.baskets import (
    Basket,
    RefusedCoupon,
    basket_of,
    take_coupons,
    usable_coupon,
)
from application.pricing.commands import (
    EndCoupon,
    GiveCouponsBack,
    IssueCoupon,
    SchedulePrice,
    WithdrawPrice,
)
from application.pricing.lists import credit_prices, price_list

__all__ = [
    "Basket",
    "EndCoupon",
    "GiveCouponsBack",
    "IssueCoupon",
    "RefusedCoupon",
    "SchedulePrice",
    "WithdrawPrice",
    "basket_of",
    "credit_prices",
    "price_list",
    "take_coupons",
    "usable_coupon",
]
