"""What instalments cost, as iyzico tells it for a kind of card; nothing of it is signed."""

from __future__ import annotations

from typing import Any

from iyzipay import InstallmentInfo

from adapters.iyzico.answers import (
    MOST_INSTALLMENTS,
    Answer,
    BrokenAnswer,
    amount,
    failure,
    has_succeeded,
    objects,
    text,
)
from adapters.iyzico.merchant import Merchant, judged
from application.ports import (
    Declined,
    InstallmentOffer,
    InstallmentPlan,
    Obstacle,
    Unknown,
)
from domain.shared.money import Money

CREDIT_CARD = "CREDIT_CARD"

Offers = tuple[InstallmentOffer, ...] | Obstacle | Declined


class IyzicoInstallments:
    """Implements the `Installments` port. `Declined` says that no card begins like this."""

    def __init__(self, merchant: Merchant) -> None:
        self._merchant = merchant

    async def offers(self, price: Money, *, card_prefix: str = "") -> Offers:
        prefix = {"binNumber": card_prefix} if card_prefix else {}
        body = {"locale": "en", "price": f"{price.amount:.2f}", "currency": price.currency} | prefix
        answer = await self._merchant.ask(
            "installments",
            InstallmentInfo,
            send=lambda offers, options: offers.retrieve(body, options),
        )
        if not isinstance(answer, dict):
            return answer
        return judged(lambda: read_offers(answer, price))


def read_offers(answer: Answer, price: Money) -> Offers:
    """The offers in an answer. Raises `BrokenAnswer`."""
    if not has_succeeded(answer):
        return failure(answer)
    details = objects(answer.get("installmentDetails"))
    if any(amount(detail.get("price")) != price.amount for detail in details):
        return Unknown("other_price", alarm=True)
    return tuple(
        InstallmentOffer(
            association=text(detail.get("cardAssociation")),
            family=text(detail.get("cardFamilyName")),
            bank=text(detail.get("bankName")),
            credit=text(detail.get("cardType")) == CREDIT_CARD,
            plans=tuple(
                _plan(plan, currency=price.currency)
                for plan in objects(detail.get("installmentPrices"))
            ),
        )
        for detail in details
    )


def _plan(plan: dict[str, Any], *, currency: str) -> InstallmentPlan:
    installments = amount(plan.get("installmentNumber"))
    if installments not in range(1, MOST_INSTALLMENTS + 1):
        raise BrokenAnswer("no_installments")
    return InstallmentPlan(
        installments=int(installments),
        each=Money.of(amount(plan.get("installmentPrice")), currency),
        total=Money.of(amount(plan.get("totalPrice")), currency),
    )
