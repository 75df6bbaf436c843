"""The prices that hold now: those of the book, and of the opening list where it says nothing."""

from __future__ import annotations

from application.store import Store
from application.terms import CreditPrices, Terms
from domain.pricing import PriceBook, PriceList


async def price_list(store: Store, terms: Terms) -> PriceList:
    """What holds at the store's moment, which is the tax point of what is decided then."""
    opening = terms.opening_at(store.now)
    book = await store.consult(PriceBook, PriceBook.ID)
    return book.prices_at(store.now, opening) if book else PriceList(store.now, opening, ())


def credit_prices(prices: PriceList) -> CreditPrices:
    """What credits cost by a list."""
    entry = prices.credits
    return CreditPrices(
        since=prices.since.get(entry.key, prices.at),
        packages=entry.packages,
        least=entry.least,
        most=entry.most,
        per_credit=entry.per_credit,
    )
