"""Asking to be forgotten: what is refused, what happens at once, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from api.wording import words_of
from application.erasure import ClearTraces, DestroyKey
from application.identity import (
    ConfirmEmail,
    CreditsWouldBeForfeited,
    ErasureHeldUp,
    LogIn,
    RequestPasswordReset,
    TakeRole,
    Unsettled,
    user_of_email,
)
from application.notifications import SendMail
from application.wallet import OpenWallet
from domain.design import DesignJob
from domain.designers import Designer
from domain.erasure import Erasure
from domain.identity import LinkNotGood, RefreshRefused, RolesHeld, User, WrongCredentials
from domain.orders import Order, Particulars, number_of
from domain.payments import Due, PaymentAttempt
from domain.returns import Claim, Return
from domain.shared.claims import EmailClaim
from domain.shared.four_eyes import Party
from domain.wallet import Wallet
from domain.work_items import WorkItem
from tests.design.examples import COMMISSION as DESIGN_COMMISSION
from tests.design.examples import a_job, accepted, called_off, content, declined, revised, shown
from tests.erasure.commands import COMPLETED, KEY_DESTROYED
from tests.erasure.examples import ERASE, Shop
from tests.given import NOW
from tests.identity.examples import ADMIN, AYSE, BARIS, CLAIMS, EMAIL, refresh_token
from tests.orders.examples import (
    ADDRESS,
    ARTWORK,
    ATTEMPT,
    ORDER,
    TOTAL,
    a_capture,
    a_purchase,
    captured,
    with_form,
)

SESSION = UUID(int=77)
JOB = DesignJob.id_of(DESIGN_COMMISSION.order_id)


def an_order() -> Order:
    texts = Particulars(title="A", author="B", delivery=ADDRESS, billing=ADDRESS)
    return Order.place(AYSE, a_purchase(), number=number_of(ORDER), particulars=texts, now=NOW)


def paid(order: Order) -> None:
    order.mark_paid(ATTEMPT, TOTAL)


def produced(order: Order) -> None:
    order.start_production(ARTWORK.digest)


def shipped(order: Order) -> None:
    order.ship(SESSION)


def delivered(order: Order) -> None:
    order.deliver()


def cancelled(order: Order) -> None:
    order.cancel("customer")


def refunded(order: Order) -> None:
    for line in order.lines:
        order.record_refunded(line.line_id, line.line_id, amount=line.gross)


def part_refunded(order: Order) -> None:
    order.record_refunded(SESSION, order.lines[0].line_id, amount=order.lines[0].gross)


def trying(order: Order) -> None:
    order.start_payment(ATTEMPT)


ORDERS: dict[str, tuple[tuple[Callable[[Order], None], ...], bool]] = {
    "waits for payment": ((), False),
    "is being paid": ((trying,), False),
    "is paid": ((paid,), False),
    "is printed": ((paid, produced), False),
    "is on its way": ((paid, produced, shipped), False),
    "is delivered": ((paid, produced, shipped, delivered), True),
    "is off, unpaid": ((cancelled,), True),
    "is off, and the money is still here": ((paid, cancelled), False),
    "is off, and a part of the money went back": ((paid, cancelled, part_refunded), False),
    "is off, and the money went back": ((paid, cancelled, refunded), True),
    "is off while somebody pays": ((trying, cancelled), False),
}


@pytest.mark.parametrize("how", ORDERS)
async def test_an_order_holds_it_up_until_goods_and_money_are_where_they_belong(how: str) -> None:
    shop, order = await Shop.opened(), an_order()
    happened, settled = ORDERS[how]
    for step in happened:
        step(order)
    await shop.record(order)
    wish = await shop.own_wish(unsettled=Unsettled(orders=(order.id,)))
    if settled:
        await shop.do(wish)
        assert (await shop.user()).erased
    else:
        refusal = await shop.refuses(ErasureHeldUp, wish)
        assert refusal.facts["held_up"] == f"order {order.number}: {order.state}"
        assert not (await shop.user()).erased


def an_attempt() -> PaymentAttempt:
    due = Due(order_id=ORDER, customer_id=AYSE, amount=TOTAL)
    return PaymentAttempt.open(ATTEMPT, due, now=NOW)


def surplus(attempt: PaymentAttempt) -> None:
    attempt.find_surplus("double_payment")


def asked_back(attempt: PaymentAttempt) -> None:
    attempt.refund(SESSION, "x")


def given_back(attempt: PaymentAttempt) -> None:
    attempt.confirm_cancel(SESSION, "1")


def failed(attempt: PaymentAttempt) -> None:
    attempt.fail("abandoned")


ATTEMPTS: dict[str, tuple[tuple[Callable[[PaymentAttempt], None], ...], bool]] = {
    "was just opened": ((), False),
    "has a page": ((with_form,), False),
    "failed": ((failed,), True),
    "succeeded": ((with_form, captured), True),
    "took too much": ((with_form, captured, surplus), False),
    "is being given back": ((with_form, captured, surplus, asked_back), False),
    "was given back": ((with_form, captured, surplus, asked_back, given_back), True),
}


@pytest.mark.parametrize("how", ATTEMPTS)
async def test_a_payment_holds_it_up_while_money_may_move(how: str) -> None:
    shop, attempt = await Shop.opened(), an_attempt()
    happened, settled = ATTEMPTS[how]
    for step in happened:
        step(attempt)
    assert a_capture().paid == TOTAL
    await shop.record(attempt)
    wish = await shop.own_wish(unsettled=Unsettled(attempts=(attempt.id,)))
    if settled:
        await shop.do(wish)
    else:
        refusal = await shop.refuses(ErasureHeldUp, wish)
        assert refusal.facts["held_up"] == f"payment {ATTEMPT}: {attempt.state}"


async def test_money_that_the_provider_refuses_holds_it_up_until_finance_has_decided() -> None:
    """Nobody's account is kept for ever because money could go back in no way that is recorded."""
    shop, order, attempt = await Shop.opened(), an_order(), an_attempt()
    for step in (paid, cancelled):
        step(order)
    for to_do in (with_form, captured, asked_back):
        to_do(attempt)
    attempt.refuse_cancel(SESSION, "NONE", code="5093")
    refunds = list(attempt.refunds)
    for refund_id in refunds:
        attempt.fail_refund(refund_id, "NONE", code="5093")
    await shop.record(order, attempt)
    wish = await shop.own_wish(unsettled=Unsettled(orders=(order.id,), attempts=(attempt.id,)))
    for refund_id in refunds:
        refusal = await shop.refuses(ErasureHeldUp, wish)
        assert order.number in refusal.facts["held_up"]
        assert str(ATTEMPT) in refusal.facts["held_up"]
        item = WorkItem.open(
            "refund_refused", str(refund_id), about=(ORDER, ATTEMPT), found=(None, ()), now=NOW
        )
        await shop.record(item)
        await shop.refuses(ErasureHeldUp, wish)
        finance = Party(person_id=ADMIN, email="a@b.example", roles=frozenset({"finance"}))
        item.resolve(finance, "given_otherwise", note="Elden ödendi")
        await shop.record(item)
    await shop.do(wish)
    assert (await shop.user()).erased


@pytest.mark.parametrize(
    ("happened", "settled"),
    [
        ((), False),
        ((accepted,), False),
        ((declined,), False),
        ((accepted, shown), False),
        ((accepted, shown, revised), False),
        ((accepted, shown, content), True),
        ((called_off,), True),
    ],
)
async def test_design_work_holds_up_who_does_it_and_who_has_it_done(
    happened: tuple[Callable[[DesignJob], None], ...], settled: bool
) -> None:
    shop, job = await Shop.opened(), a_job()
    for step in happened:
        step(job)
    await shop.record(job)
    wish = await shop.own_wish(unsettled=Unsettled(design_jobs=(job.id,)))
    if settled:
        await shop.do(wish)
    else:
        refusal = await shop.refuses(ErasureHeldUp, wish)
        number = DESIGN_COMMISSION.number
        assert refusal.facts["held_up"] == f"design for order {number}: {job.state}"


@pytest.mark.parametrize("over", [False, True])
async def test_a_return_holds_it_up_until_it_is_over(over: bool) -> None:
    """What is printed anew is sent to the address that would be forgotten."""
    claim = Claim(
        order_id=ORDER,
        number="PK-1",
        line_id=ORDER,
        item="cover",
        goods="personalised",
        quantity=1,
        charged=TOTAL,
        reason="damaged",
        wanted="reprint",
    )
    asked = Return.request(AYSE, claim, turn=0, said="", at=(NOW, NOW))
    shop = await Shop.opened()
    if over:
        asked.cancel()
    await shop.record(asked)
    wish = await shop.own_wish(unsettled=Unsettled(returns=(asked.id,)))
    if over:
        await shop.do(wish)
    else:
        refusal = await shop.refuses(ErasureHeldUp, wish)
        assert refusal.facts["held_up"] == "return of order PK-1: requested"


async def test_credits_that_are_held_hold_it_up() -> None:
    shop = await Shop.opened()
    wallet = await shop.store().get(Wallet, Wallet.id_of(AYSE))
    wallet.hold(SESSION, credits=100, purpose="generation", deadline=NOW)
    await shop.record(wallet)
    refusal = await shop.refuses(ErasureHeldUp, await shop.own_wish())
    assert refusal.facts["held_up"] == "100 credits are held for work that is under way"
    said = words_of(refusal.code).detail("tr", refusal.facts)
    assert "süren bir iş için ayrılmış 100 kredi." in said
    assert "credits" not in said


async def test_what_is_anothers_holds_nobody_up() -> None:
    shop, order, attempt = await Shop.opened(), an_order(), an_attempt()
    await shop.record(order, attempt)
    unsettled = Unsettled(orders=(order.id, JOB), attempts=(ATTEMPT, JOB), design_jobs=(JOB,))
    await shop.customer(BARIS, email="baris@example.com")
    await shop.do(
        ERASE.__class__(person_id=BARIS, admin_id=ADMIN, reference="1", unsettled=unsettled)
    )
    assert (await shop.user(BARIS)).erased


async def test_unspent_credits_are_lost_only_with_a_yes_and_are_booked_as_expired() -> None:
    shop = await Shop.opened()
    wish = await shop.own_wish(forfeit_credits=False)
    refusal = await shop.refuses(CreditsWouldBeForfeited, wish)
    assert refusal.facts == {"credits": 500, "purchased": 0}
    receipt = await shop.do(await shop.own_wish(forfeit_credits=True))
    assert receipt.answer["forfeited_credits"] == 500
    wallet = await shop.store().get(Wallet, Wallet.id_of(AYSE))
    assert wallet.balance == 0
    assert shop.happened().count(Wallet.CreditsExpired) == 1


async def test_who_looks_after_the_shop_hands_over_first() -> None:
    shop = await Shop.opened()
    wish = ERASE.__class__(person_id=ADMIN, admin_id=None, reference="1", unsettled=Unsettled())
    refusal = await shop.refuses(RolesHeld, wish)
    assert refusal.facts == {"roles": "admin"}
    await shop.do(TakeRole(person_id=ADMIN, role="admin"))
    await shop.do(wish)
    assert (await shop.user(ADMIN)).erased


async def test_a_wrong_password_erases_nobody() -> None:
    shop = await Shop.opened()
    wish = await shop.own_wish()
    stale = wish.__class__(
        proof=wish.proof.__class__(
            person_id=AYSE,
            password_hash="another",
            account_attempts=wish.proof.account_attempts,
            address_attempts=wish.proof.address_attempts,
        ),
        unsettled=Unsettled(),
        forfeit_credits=True,
    )
    await shop.refuses(WrongCredentials, stale)
    assert not (await shop.user()).erased


async def test_erasing_twice_happens_once() -> None:
    shop = await Shop.opened()
    own = await shop.own_wish()
    for wish in (own, own, ERASE):
        receipt = await shop.do(wish)
        assert receipt.answer == {"forfeited_credits": 500}
    for kind in (User.Erased, EmailClaim.Released, Designer.Left, Wallet.CreditsExpired):
        assert shop.happened().count(kind) == 1


async def test_nobody_gets_in_any_more_by_session_password_or_link() -> None:
    shop = await Shop.opened()
    session = await shop.log_in(SESSION)
    await shop.do(RequestPasswordReset(email=EMAIL))
    reset = await shop.mailed_token("reset_password")
    late = LogIn(
        session_id=UUID(int=78), proof=await shop.proof(), user_agent="x", address="192.0.2.1"
    )
    await shop.do(ERASE)
    await shop.refuses(WrongCredentials, late)
    with pytest.raises(RefreshRefused):
        await shop.refresh(refresh_token(session))
    with pytest.raises(LinkNotGood):
        await shop.do(ConfirmEmail(token=reset))
    with pytest.raises(WrongCredentials):
        await shop.proof()
    assert await user_of_email(EMAIL, shop.store(), claims=CLAIMS) is None


async def test_the_address_is_free_again_but_is_welcomed_only_once() -> None:
    shop = await Shop.opened()
    await shop.do(ERASE)
    await shop.customer(BARIS, email=EMAIL.upper())
    await shop.react()
    newcomer = await user_of_email(EMAIL, shop.store(), claims=CLAIMS)
    assert newcomer is not None
    assert (newcomer.id, newcomer.returning) == (BARIS, True)
    await shop.do(OpenWallet(customer_id=BARIS, welcome=not newcomer.returning))
    wallet = await shop.store().get(Wallet, Wallet.id_of(BARIS))
    assert wallet.balance == 0
    await shop.log_in(SESSION)


async def test_a_designer_is_shown_to_nobody_any_more() -> None:
    shop = await Shop.opened()
    await shop.do(ERASE)
    designer = await shop.designer()
    assert (designer.state, designer.available) == ("left", False)


async def test_a_last_mail_goes_out_and_the_key_is_destroyed_after_it() -> None:
    shop = await Shop.opened()
    await shop.react()
    before = len(shop.wanted)
    await shop.do(ERASE)
    await shop.react()
    wanted = [each.intent for each in shop.wanted[before:]]
    mails = [each for each in wanted if isinstance(each, SendMail)]
    assert [mail.template for mail in mails] == ["account_erased"]
    assert [each for each in wanted if isinstance(each, DestroyKey)] == [DestroyKey(person_id=AYSE)]
    await shop.do(KEY_DESTROYED)
    [after] = await shop.react()
    assert after.intent == ClearTraces(person_id=AYSE)


async def test_an_erasure_is_recorded_once() -> None:
    shop = await Shop.opened()
    await shop.do(ERASE)
    for command in (KEY_DESTROYED, KEY_DESTROYED, COMPLETED, COMPLETED):
        await shop.do(command)
    for kind in (Erasure.KeyDestroyed, Erasure.Completed):
        assert shop.happened().count(kind) == 1
