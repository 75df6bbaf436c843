"""What paying an order in instalments costs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import structlog
from litestar import Controller, Response, get
from litestar.params import QueryParameter
from msgspec import Struct

from api.ask import Ask, Rate
from api.problems import Trouble
from application.ports import Declined, InstallmentOffer, Installments
from application.store import Store
from application.terms import Terms
from domain.orders import Order
from domain.shared.errors import NotFound
from domain.shared.money import Money

log = structlog.get_logger()

CardPrefix = Annotated[
    str | None,
    QueryParameter(
        name="card_prefix",
        description="The first 6 or 8 digits of a card",
        pattern=r"^([0-9]{6}|[0-9]{8})$(?!\n)",
    ),
]
AWAY_SECONDS = "5"


class PlanAnswer(Struct, frozen=True, kw_only=True):
    """So many instalments of `each`, `total` in all, of which `surcharge` is beyond the price."""

    installments: int
    each: Money
    total: Money
    surcharge: Money


class OfferAnswer(Struct, frozen=True, kw_only=True):
    """The plans for one kind of card."""

    association: str
    family: str
    bank: str
    credit: bool
    plans: list[PlanAnswer]


class InstallmentsAnswer(Struct, frozen=True, kw_only=True):
    """What the order costs, and in how many instalments it may be paid by which cards; `offers` is
    empty for a card that nobody knows.
    """

    order_id: UUID
    price: Money
    offers: list[OfferAnswer]


class InstallmentsController(Controller):
    path = "/orders"
    tags = ("payments",)

    @get(
        "/{order_id:uuid}/installments",
        operation_id="InstallmentOffers",
        summary="What paying an order in instalments costs",
        opt={"rate": Rate("installments", 30)},
    )
    async def offers(
        self, ask: Ask, order_id: UUID, card_prefix: CardPrefix = None
    ) -> Response[InstallmentsAnswer]:
        """For the card whose number begins with `card_prefix`, 6 or 8 digits and never more;
        without it for all kinds of cards. 503 while the payment provider can't be asked.
        """
        order = await Store(ask.log, ask.now).get(Order, order_id)
        if order.customer_id != ask.person:
            raise NotFound
        terms = ask.port(Terms)
        allowed = (1,) if order.particulars.delivery is None else terms.installments
        port: Installments = ask.port(Installments)
        offers = await port.offers(order.total, card_prefix=card_prefix or "")
        if isinstance(offers, Declined):
            offers = ()
        if not isinstance(offers, tuple):
            log.warning("installments_not_told", order_id=str(order_id), why=repr(offers))
            raise Trouble(503, "installments_unavailable", headers={"Retry-After": AWAY_SECONDS})
        return ask.answer(
            InstallmentsAnswer(
                order_id=order_id,
                price=order.total,
                offers=[_offer(each, order.total, allowed=allowed) for each in offers],
            )
        )


def _offer(offer: InstallmentOffer, price: Money, *, allowed: tuple[int, ...]) -> OfferAnswer:
    return OfferAnswer(
        association=offer.association,
        family=offer.family,
        bank=offer.bank,
        credit=offer.credit,
        plans=[
            PlanAnswer(
                installments=plan.installments,
                each=plan.each,
                total=plan.total,
                surcharge=plan.total - price,
            )
            for plan in offer.plans
            if plan.installments in allowed
        ],
    )
