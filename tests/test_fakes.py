"""The fakes keep the promises of their ports where nothing else compares them."""

from __future__ import annotations

import io
from datetime import UTC, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from msgspec.structs import replace
from PIL import Image

from adapters.memory import MemoryGateway, MemoryPainter
from adapters.system import SystemClock, UuidIds
from application.ports import (
    Brief,
    Buyer,
    CheckoutForm,
    CheckoutLine,
    CheckoutRequest,
    Clock,
    Declined,
    Ids,
    NotFinal,
    PaymentExpectation,
    PaymentGateway,
    Refunded,
    Size,
    Unknown,
)
from domain.shared.address import Address
from domain.shared.money import Money
from tests.given import CountingIds, TestClock

HOME = Address(name="Ayşe Işık", line="Gül Sokağı 5", district="Çankaya", province="Ankara")
REQUEST = CheckoutRequest(
    attempt_id=UUID(int=1),
    order_id=UUID(int=2),
    total=Money.of(1290),
    lines=(
        CheckoutLine(
            line_id=UUID(int=3),
            name="Kapak",
            category="cover",
            physical=True,
            price=Money.of(1260),
        ),
        CheckoutLine(
            line_id=UUID(int=4), name="Kargo", category="cargo", physical=True, price=Money.of(30)
        ),
    ),
    buyer=Buyer(
        person_id=UUID(int=5),
        given_name="Ayşe",
        family_name="Işık",
        email="ayse@example.com",
        phone="+905320000000",
        ip="127.0.0.1",
    ),
    shipping=HOME,
    billing=HOME,
    callback_url="http://shop.test/return",
    language="tr",
)
EXPECTED = PaymentExpectation(
    attempt_id=REQUEST.attempt_id, order_id=REQUEST.order_id, total=REQUEST.total
)


@pytest.mark.parametrize("clock", [SystemClock(), TestClock()])
def test_time_is_told_in_utc(clock: Clock) -> None:
    assert clock.now().tzinfo is UTC
    assert clock.now() <= clock.now()


def test_a_standing_clock_moves_only_when_told() -> None:
    clock = TestClock()
    before = clock.now()
    clock.pass_(hours=-1)
    assert clock.now() == before - timedelta(hours=1)
    clock.set(before)
    assert clock.now() == before


@pytest.mark.parametrize("ids", [UuidIds(), CountingIds()])
def test_ids_are_new_and_in_order_and_secrets_long(ids: Ids) -> None:
    made = [ids.new() for _ in range(1000)]
    assert made == sorted(set(made))
    assert {each.version for each in made} == {7}
    secrets = {ids.secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(secret) >= 22 for secret in secrets)


async def test_the_painter_repeats_itself_only_when_asked_the_same() -> None:
    painter, size = MemoryPainter(), Size(80, 128)
    brief = Brief(prompt="mavi deniz", title="Deniz", author="Ayşe Işık")
    pictures = [await painter.paint(brief, variant=each, size=size) for each in (0, 1, 2, 0)]
    assert pictures[0] == pictures[3]
    assert len(set(pictures)) == 3
    with Image.open(io.BytesIO(pictures[0])) as picture:
        assert (picture.format, picture.size) == ("PNG", (80, 128))
    marked = await painter.watermark(pictures[0], longest_side=64)
    with Image.open(io.BytesIO(marked)) as picture:
        assert (picture.format, max(picture.size)) == ("WEBP", 64)


async def opened(gateway: PaymentGateway) -> str:
    """The token of a hosted page that waits."""
    form = await gateway.open_checkout(REQUEST)
    assert isinstance(form, CheckoutForm)
    return form.token


async def test_a_page_waits_until_the_shopper_pays() -> None:
    gateway = MemoryGateway()
    token = await opened(gateway)
    assert isinstance(await gateway.outcome(token, EXPECTED), NotFinal)
    paid = gateway.pay(token)
    assert await gateway.outcome(token, EXPECTED) == paid
    assert [line.paid for line in paid.lines] == [Money.of(1260), Money.of(30)]


async def test_the_bank_may_say_no_and_the_provider_anything() -> None:
    gateway = MemoryGateway()
    token = await opened(gateway)
    gateway.decline(token)
    assert isinstance(await gateway.outcome(token, EXPECTED), Declined)
    gateway.next_outcomes.append(Unknown("time-out"))
    assert await gateway.outcome(token, EXPECTED) == Unknown("time-out")
    assert isinstance(await gateway.outcome(token, EXPECTED), Declined)


async def test_an_answer_about_other_money_raises_the_alarm() -> None:
    gateway = MemoryGateway()
    token = await opened(gateway)
    gateway.pay(token)
    outcome = await gateway.outcome(token, replace(EXPECTED, total=Money.of(1)))
    assert isinstance(outcome, Unknown)
    assert outcome.alarm


async def test_no_line_gives_back_more_than_was_paid_for_it() -> None:
    gateway = MemoryGateway()
    cover, cargo = gateway.pay(await opened(gateway)).lines
    half = Money.of(Decimal(630))
    for refund_id in (1, 2, 2):
        given = await gateway.refund(
            refund_id=UUID(int=refund_id), line=cover, amount=half, ip="127.0.0.1"
        )
        assert isinstance(given, Refunded)
    more = Money.of("0.01")
    refused = await gateway.refund(refund_id=UUID(int=3), line=cover, amount=more, ip="127.0.0.1")
    assert isinstance(refused, Declined)
    other = await gateway.refund(refund_id=UUID(int=3), line=cargo, amount=more, ip="127.0.0.1")
    assert isinstance(other, Refunded)
