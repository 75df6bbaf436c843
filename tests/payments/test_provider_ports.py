"""Instalments, saved cards and the provider's books: the fake and iyzico keep the same promises."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Literal
from uuid import UUID, uuid4

import pytest
from msgspec import Struct

from adapters.iyzico.offers import IyzicoInstallments
from adapters.iyzico.reports import IyzicoReports
from adapters.iyzico.settlements import ServedFiles
from adapters.iyzico.vault import IyzicoCards
from adapters.memory_provider import MemoryCards, MemoryInstallments, MemoryReports
from application.ports import (
    BouncedTransfer,
    CardVault,
    Declined,
    InstallmentOffer,
    Installments,
    Paid,
    ProviderReports,
    ReportedPayout,
    ReportedTransaction,
    SavedCard,
    Unavailable,
    reported_as,
)
from domain.invoices import ISTANBUL
from domain.shared.money import Money, total
from tests.payments.till import SHOP_IP, Till, checkout, till_at

PAYS = "5526080000000006"
CREDIT, DEBIT, NOBODY = "552608", "476662", "424242"
FRIDAY = date(2026, 11, 20)
MONDAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 20, 12, tzinfo=ISTANBUL)
TRANSFER = "STL20261123-1"
PRICE = Money.of("1290.00")


class Happened(Struct, frozen=True):
    """A payment of two lines on the Friday; on the Monday it is paid out, some of the first line
    goes back, and so does the transfer.
    """

    attempt_id: UUID
    refund_id: UUID
    lines: tuple[str, ...]


class Provider(Struct, frozen=True):
    """A provider under test, and what a test makes happen there."""

    installments: Installments
    cards: CardVault
    reports: ProviderReports
    save_card: Callable[[], Awaitable[SavedCard]]
    trade: Callable[[], Awaitable[Happened]]
    go_down: Callable[[], Awaitable[None]]


@contextlib.asynccontextmanager
async def fake() -> AsyncIterator[Provider]:
    """The fake."""
    cards, reports = MemoryCards(), MemoryReports()

    async def save_card() -> SavedCard:
        card = SavedCard(card_user_key=str(uuid4()), card_token=str(uuid4()), last_four="0006")
        cards.keep(card)
        return card

    async def trade() -> Happened:
        happened = Happened(uuid4(), uuid4(), ("101", "102"))
        written(reports, happened)
        return happened

    async def go_down() -> None:
        reports.down = True

    yield Provider(MemoryInstallments(), cards, reports, save_card, trade, go_down)


@contextlib.asynccontextmanager
async def iyzico() -> AsyncIterator[Provider]:
    """The emulator, asked through the SDK, from that Friday on."""
    async with till_at(clock=lambda: NOON) as till:
        reports = IyzicoReports(
            till.merchant, today=lambda: FRIDAY, files=ServedFiles(f"{till.base_url}/settlement")
        )

        async def go_down() -> None:
            for call in ("transactions", "scroll", "payouts", "bounced"):
                await till.control("faults", call=call, kind="http_500")

        yield Provider(
            IyzicoInstallments(till.merchant),
            IyzicoCards(till.merchant),
            reports,
            partial(saved_card, till),
            partial(traded, till),
            go_down,
        )


PROVIDERS = pytest.mark.parametrize("opened", [fake, iyzico], ids=["fake", "iyzico"])
Opened = Callable[[], contextlib.AbstractAsyncContextManager[Provider]]


async def saved_card(till: Till) -> SavedCard:
    """A card that a shopper ticked the box for."""
    visit = await till.visit()
    screen = await till.shopper.open(visit.form.page_url)
    await till.shopper.enter_card(screen, PAYS, save=True)
    paid = await till.ask(visit)
    assert isinstance(paid, Paid)
    assert paid.saved_card is not None
    return paid.saved_card


async def traded(till: Till) -> Happened:
    """Have it happen."""
    visit = await till.visit(checkout("1260.00", "30.00"))
    await till.pay(visit, PAYS)
    paid = await till.ask(visit)
    assert isinstance(paid, Paid)
    await till.control("clock", to=(NOON + timedelta(days=3)).isoformat())
    await till.control("settle")
    refund_id, line = uuid4(), paid.lines[0]
    await till.gateway.refund(refund_id=refund_id, line=line, amount=Money.of(60), ip=SHOP_IP)
    await till.control("bounce", reference=TRANSFER, reason="closed account")
    lines = tuple(reported_as(each.transaction_id) for each in paid.lines)
    return Happened(visit.request.attempt_id, refund_id, lines)


def written(reports: MemoryReports, happened: Happened) -> None:
    """Write what happened into the fake's books."""
    prices = (Money.of(1260), Money.of(30))
    for line, price in zip(happened.lines, prices, strict=True):
        row = booked("payment", happened, line=line, price=price)
        reports.rows[FRIDAY].append(row)
        reports.paid_out[MONDAY].append(
            ReportedPayout(
                transaction_id=line,
                amount=row.payout,
                currency="TRY",
                kind="payment",
                reference=TRANSFER,
            )
        )
    refund = booked("refund", happened, line=happened.lines[0], price=Money.of(60))
    reports.rows[MONDAY].append(refund)
    paid_out = sum(payout.amount for payout in reports.paid_out[MONDAY])
    reports.came_back[MONDAY].append(
        BouncedTransfer(reference=TRANSFER, amount=Money.of(paid_out), reason="closed account")
    )


def booked(
    kind: Literal["payment", "refund"], happened: Happened, *, line: str, price: Money
) -> ReportedTransaction:
    """One row of the fake's books."""
    is_payment = kind == "payment"
    commission = Decimal("0.25") if is_payment else Decimal(0)
    return ReportedTransaction(
        kind=kind,
        day=FRIDAY if is_payment else MONDAY,
        reported_id=line if is_payment else "900",
        transaction_id=line,
        payment_id="1",
        conversation_id=str(happened.attempt_id if is_payment else happened.refund_id),
        basket_id="basket",
        price=price,
        paid=price,
        commission=commission,
        fee=Decimal(0),
        payout=price.amount - commission if is_payment else -price.amount,
        succeeded=True,
        after_settlement=not is_payment,
    )


async def rows_of(provider: Provider, day: date) -> list[ReportedTransaction]:
    """All rows of a day."""
    return [row async for page in provider.reports.transactions(day) for row in page]


async def offers_of(
    provider: Provider, price: Money = PRICE, prefix: str = ""
) -> tuple[InstallmentOffer, ...]:
    """The offers, which there must be."""
    offers = await provider.installments.offers(price, card_prefix=prefix)
    assert isinstance(offers, tuple), offers
    return offers


@PROVIDERS
async def test_one_payment_costs_the_price_and_more_of_them_never_less(opened: Opened) -> None:
    async with opened() as provider:
        offers = await offers_of(provider)
    assert len(offers) > 1
    for offer in offers:
        assert offer.plans[0].installments == 1
        assert offer.plans[0].total == offer.plans[0].each == PRICE
        assert [plan.installments for plan in offer.plans] == sorted(
            {plan.installments for plan in offer.plans}
        )
        totals = [plan.total for plan in offer.plans]
        assert totals == sorted(totals)
        for plan in offer.plans:
            off = abs(plan.each.amount * plan.installments - plan.total.amount)
            assert off <= Decimal("0.005") * plan.installments


@PROVIDERS
async def test_a_credit_card_may_pay_in_instalments_and_a_debit_card_may_not(
    opened: Opened,
) -> None:
    async with opened() as provider:
        (credit,) = await offers_of(provider, prefix=CREDIT)
        (debit,) = await offers_of(provider, prefix=DEBIT)
    assert credit.credit
    assert len(credit.plans) > 1
    assert credit.association
    assert credit.bank
    assert not debit.credit
    assert [plan.installments for plan in debit.plans] == [1]


@PROVIDERS
async def test_a_card_nobody_issues_has_no_offers(opened: Opened) -> None:
    async with opened() as provider:
        refused = await provider.installments.offers(PRICE, card_prefix=NOBODY)
    assert isinstance(refused, Declined)
    assert refused.group == "BIN_NOT_FOUND"


@PROVIDERS
async def test_a_card_that_was_kept_is_listed_until_it_is_forgotten(opened: Opened) -> None:
    async with opened() as provider:
        card = await provider.save_card()
        listed = await provider.cards.cards(card.card_user_key)
        assert isinstance(listed, tuple)
        assert [(each.card_token, each.last_four) for each in listed] == [(card.card_token, "0006")]
        assert await provider.cards.forget(card.card_user_key, card.card_token) is None
        assert await provider.cards.cards(card.card_user_key) == ()
        assert await provider.cards.forget(card.card_user_key, card.card_token) is None


@PROVIDERS
async def test_one_shoppers_key_does_not_open_anothers_card(opened: Opened) -> None:
    async with opened() as provider:
        mine, theirs = await provider.save_card(), await provider.save_card()
        await provider.cards.forget(mine.card_user_key, theirs.card_token)
        kept = await provider.cards.cards(theirs.card_user_key)
        assert isinstance(kept, tuple)
        assert [each.card_token for each in kept] == [theirs.card_token]


@PROVIDERS
async def test_a_key_nobody_has_opens_no_cards(opened: Opened) -> None:
    async with opened() as provider:
        assert await provider.cards.cards("nobody") == ()
        assert await provider.cards.forget("nobody", "nothing") is None


@PROVIDERS
async def test_a_payment_is_reported_line_by_line_on_its_day(opened: Opened) -> None:
    async with opened() as provider:
        happened = await provider.trade()
        rows = await rows_of(provider, FRIDAY)
    assert {row.kind for row in rows} == {"payment"}
    assert sorted(row.transaction_id for row in rows) == sorted(happened.lines)
    assert {row.conversation_id for row in rows} == {str(happened.attempt_id)}
    assert total(row.paid for row in rows) == PRICE
    for row in rows:
        assert row.succeeded
        assert row.day == FRIDAY
        assert row.paid.amount - row.commission - row.fee == row.payout


@PROVIDERS
async def test_a_refund_is_reported_on_the_day_it_was_made(opened: Opened) -> None:
    async with opened() as provider:
        happened = await provider.trade()
        (row,) = await rows_of(provider, MONDAY)
    assert row.kind == "refund"
    assert row.conversation_id == str(happened.refund_id)
    assert row.transaction_id == happened.lines[0]
    assert row.paid == Money.of(60)
    assert row.payout < 0
    assert row.after_settlement


@PROVIDERS
async def test_every_line_is_paid_out_once_in_a_named_transfer(opened: Opened) -> None:
    async with opened() as provider:
        happened = await provider.trade()
        payouts = await provider.reports.payouts(MONDAY)
        reported = {row.transaction_id: row.payout for row in await rows_of(provider, FRIDAY)}
    assert sorted(payout.transaction_id for payout in payouts) == sorted(happened.lines)
    assert {payout.reference for payout in payouts} == {TRANSFER}
    assert {payout.transaction_id: payout.amount for payout in payouts} == reported
    assert {(payout.currency, payout.kind) for payout in payouts} == {("TRY", "payment")}


@PROVIDERS
async def test_a_transfer_that_came_back_is_told_with_its_reason(opened: Opened) -> None:
    async with opened() as provider:
        await provider.trade()
        (bounced,) = await provider.reports.bounced(MONDAY)
        payouts = await provider.reports.payouts(MONDAY)
    assert bounced.reference == TRANSFER
    assert bounced.reason == "closed account"
    assert bounced.amount == Money.of(sum((payout.amount for payout in payouts), Decimal(0)))


@PROVIDERS
async def test_a_day_on_which_nothing_happened_is_empty(opened: Opened) -> None:
    async with opened() as provider:
        day = FRIDAY - timedelta(days=30)
        assert await rows_of(provider, day) == []
        assert await provider.reports.payouts(day) == ()
        assert await provider.reports.bounced(day) == ()


@PROVIDERS
async def test_books_that_can_not_be_asked_are_unavailable_and_not_empty(opened: Opened) -> None:
    async with opened() as provider:
        await provider.trade()
        await provider.go_down()
        with pytest.raises(Unavailable):
            await rows_of(provider, FRIDAY)
        with pytest.raises(Unavailable):
            await provider.reports.payouts(MONDAY)
        with pytest.raises(Unavailable):
            await provider.reports.bounced(MONDAY)
