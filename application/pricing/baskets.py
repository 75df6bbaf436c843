"""What the order of a draft costs: one reckoning for the quote and for the commit."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from application.pricing.lists import price_list
from application.store import Store
from application.terms import Terms
from domain.drafts import Draft, Options
from domain.orders import AppliedCoupon, Order, OrderLine
from domain.pricing import (
    Coupon,
    CouponUse,
    CoverOrders,
    Offer,
    Priced,
    PriceList,
    Taken,
    UnknownCoupon,
    take_off,
)
from domain.shared.errors import Refusal
from domain.shared.lines import LineKind
from domain.shared.money import GrossSplit, Money, split_gross, total

LINE_NAMES: dict[LineKind, str] = {
    "cover": "Kişiye özel kitap kapağı",
    "design_fee": "Kapak tasarımı",
    "message_card": "Mesaj kartı",
    "cargo": "Kargo",
}
"""As they stand on the invoice, which is a Turkish document."""


class RefusedCoupon(Struct, frozen=True):
    """A coupon that can't be used now, and why."""

    code: str
    refusal: Refusal


class Basket(Struct, frozen=True, kw_only=True):
    """The lines of an order with their discounts, what each coupon took off, and the coupons that
    can't be used: with one of them nothing is ordered.
    """

    lines: tuple[OrderLine, ...]
    options: Options
    coupons: tuple[AppliedCoupon, ...]
    refused: tuple[RefusedCoupon, ...]

    @property
    def total(self) -> Money:
        """What is charged for all of it."""
        return total(line.gross for line in self.lines)

    @property
    def kdv(self) -> list[GrossSplit]:
        """The KDV in it, by rate: that of each line to the kuruş, as invoices reckon it."""
        splits = [split_gross(line.gross, line.kdv_rate) for line in self.lines]
        return [
            GrossSplit(
                gross=total(each.gross for each in splits if each.rate == rate),
                net=total(each.net for each in splits if each.rate == rate),
                tax=total(each.tax for each in splits if each.rate == rate),
                rate=rate,
            )
            for rate in sorted({each.rate for each in splits})
        ]

    def must_stand(self) -> None:
        """Raises why a coupon can't be used."""
        for each in self.refused:
            raise each.refusal


async def basket_of(draft: Draft, store: Store, *, terms: Terms) -> Basket:
    """What the draft's order costs at the store's moment. Without an address it is sent to where
    most live. Raises `NotOffered`, `CargoNotOffered`.
    """
    prices = await price_list(store, terms)
    options = draft.options or Options(size=terms.size, paper=terms.paper)
    priced = _priced(draft, prices, options=options)
    offers, refused = await _offers(draft, store)
    taken, unfit = _taken(priced, offers)
    return Basket(
        lines=_lines(Order.id_of(draft.id), priced, taken=taken, prices=prices),
        options=options,
        coupons=tuple(
            AppliedCoupon(
                coupon_id=each.offer.coupon_id, code=each.offer.code, discount=each.discount
            )
            for each in taken
        ),
        refused=(*refused, *unfit),
    )


async def take_coupons(basket: Basket, draft: Draft, *, store: Store) -> None:
    """Count the draft's order as one of the person's, and the uses of the basket's coupons for it:
    saved with the order, or nothing is.
    """
    order_id = Order.id_of(draft.id)
    orders = await store.find(CoverOrders, CoverOrders.id_of(draft.customer_id))
    if orders is None:
        orders = CoverOrders.place_first(draft.customer_id, order_id, now=store.now)
    orders.place(order_id)
    store.save(orders)
    for applied in basket.coupons:
        coupon = await store.get(Coupon, applied.coupon_id)
        coupon.take(order_id)
        use = await store.find(CouponUse, CouponUse.id_of(coupon.id, draft.customer_id))
        if use is None:
            use = CouponUse.begin_for(coupon, draft.customer_id)
        use.use(order_id, rules=coupon.rules, discount=applied.discount)
        store.save(coupon, use)


async def usable_coupon(code: str, customer_id: UUID, *, store: Store) -> Coupon:
    """The coupon of this code, if the person may use it for an order now.

    Raises `UnknownCoupon`, `CouponNotValid`, `CouponUsedUp`, `CouponUsedByYou`,
    `CouponForFirstOrder`.
    """
    coupon = await store.find(Coupon, Coupon.id_of(code))
    if coupon is None:
        raise UnknownCoupon(code=code)
    coupon.must_be_valid()
    use = await store.find(CouponUse, CouponUse.id_of(coupon.id, customer_id))
    if use is not None:
        use.must_be_free(coupon.rules)
    if coupon.rules.first_order:
        orders = await store.find(CoverOrders, CoverOrders.id_of(customer_id))
        if orders is not None:
            orders.must_be_none(coupon.code)
    return coupon


def _priced(draft: Draft, prices: PriceList, *, options: Options) -> list[Priced]:
    product = prices.product(options.size, options.paper)
    grams = product.grams + (prices.card_grams if draft.card else 0)
    province = draft.addresses.delivery.province if draft.addresses else ""
    asked: dict[LineKind, Money | None] = {
        "cover": product.price,
        "design_fee": draft.designer_fee,
        "message_card": draft.card.price if draft.card else None,
        "cargo": prices.cargo_price(province, grams),
    }
    return [Priced(kind, price) for kind, price in asked.items() if price and price.amount]


async def _offers(draft: Draft, store: Store) -> tuple[list[Offer], list[RefusedCoupon]]:
    offers, refused = [], []
    for code in draft.coupons:
        try:
            coupon = await usable_coupon(code, draft.customer_id, store=store)
        except Refusal as refusal:
            refused.append(RefusedCoupon(code, refusal))
        else:
            offers.append(Offer(coupon_id=coupon.id, code=coupon.code, rules=coupon.rules))
    return offers, refused


def _taken(
    priced: Sequence[Priced], offers: Sequence[Offer]
) -> tuple[list[Taken], list[RefusedCoupon]]:
    """What the offers that fit take off; one that does not fit is left out, and told."""
    fit = list(offers)
    unfit: list[RefusedCoupon] = []
    while True:
        try:
            return take_off(priced, fit), unfit
        except Refusal as refusal:
            code = refusal.facts.get("code", fit[-1].code)
            unfit.append(RefusedCoupon(code, refusal))
            fit = [each for each in fit if each.code != code]


def _lines(
    order_id: UUID, priced: Sequence[Priced], *, taken: Sequence[Taken], prices: PriceList
) -> tuple[OrderLine, ...]:
    lines = []
    for place, each in enumerate(priced):
        tax = prices.tax_of(each.kind)
        discount = total(offer.discounts[place] for offer in taken)
        lines.append(
            OrderLine(
                line_id=Order.line_id_of(order_id, each.kind),
                kind=each.kind,
                name=LINE_NAMES[each.kind],
                gross=each.price - discount,
                kdv_rate=tax.rate,
                discount=discount,
                tax_class=tax.tax_class,
                exemption=tax.exemption,
            )
        )
    return tuple(lines)
