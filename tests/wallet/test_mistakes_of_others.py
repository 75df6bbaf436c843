"""Mistakes that others made with credits, each asked of ours."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from application.bus import Call
from application.generation import RecordGenerationFailed
from application.terms import Terms
from application.wallet import OpenWallet
from domain.generation import Generation
from domain.shared.aggregate import Event
from domain.shared.money import Money
from domain.wallet import Grant, InsufficientCredits, Wallet
from tests.drafts.examples import CUSTOMER, DESCRIBE, START
from tests.generation.examples import ASK, FAILED, PAINTED, a_house, wallet_of
from tests.given import NOW, House, given

HOLD, ORDER, FIRST, SECOND = (UUID(int=number) for number in (4, 5, 6, 7))
PROMO, BOUGHT = UUID(int=2), UUID(int=3)
TOMORROW = NOW + timedelta(days=1)
PURCHASE = Grant(
    credits=100,
    credit_class="purchased",
    origin="purchase",
    value=Money.of("16.67"),
    paid=Money.of("20.00"),
    order_id=ORDER,
)
GIFT = Grant(credits=50, credit_class="promotional", origin="welcome", expires_at=TOMORROW)


def a_wallet() -> Wallet:
    """A hundred credits that were bought, and fifty that are good until tomorrow."""
    wallet = Wallet.open(UUID(int=1), NOW)
    wallet.grant(BOUGHT, PURCHASE)
    wallet.grant(PROMO, GIFT)
    return wallet


def hold_sixty(wallet: Wallet) -> None:
    wallet.hold(HOLD, credits=60, purpose="generation", deadline=TOMORROW)


def test_expiry_burns_no_credits_that_were_paid_for() -> None:
    """Theirs was computed outside the lock; ours is a decision on the stream, lot by lot."""
    outcome = given(a_wallet(), hold_sixty, lambda w: w.capture(HOLD)).at(TOMORROW)
    outcome.when(Wallet.expire).ignored()
    wallet = given(a_wallet()).at(TOMORROW).when(Wallet.expire).then(Wallet.CreditsExpired)
    assert wallet.aggregate.lots[BOUGHT].remaining == 100
    assert wallet.aggregate.lots[PROMO].remaining == 0


def test_a_dispute_and_a_refund_do_not_take_the_same_credits_twice() -> None:
    wallet = given(a_wallet(), lambda w: w.claw_back(FIRST, order_id=ORDER))
    assert wallet.aggregate.balance == 50
    wallet.when(lambda w: w.claw_back(SECOND, order_id=ORDER)).ignored()
    wallet.when(lambda w: w.claw_back(FIRST, order_id=ORDER)).ignored()


def test_expired_credits_are_not_spent_before_they_are_swept() -> None:
    late = given(a_wallet()).at(TOMORROW)
    late.when(lambda w: w.hold(HOLD, credits=101, purpose="x", deadline=TOMORROW)).refused(
        InsufficientCredits, available=100, needed=101
    )
    late.when(hold_sixty)
    assert [share.lot_id for share in late.aggregate.holds[HOLD].shares] == [BOUGHT]


async def test_a_repeated_request_is_answered_before_the_balance_is_looked_at() -> None:
    """The wallet is empty when the request comes again; it is the same answer, and no refusal."""
    house = House({Terms: Terms(welcome_credits=100)})
    for command in (OpenWallet(customer_id=CUSTOMER), START, DESCRIBE):
        await house.do(command)
    call = Call(key="once", caller="ayse")
    first = await house.do(ASK, call)
    assert (await wallet_of(house)).available == 0
    again = await house.do(ASK, call)
    assert again.replayed
    assert again.answer == first.answer


def test_credits_taken_back_do_not_expire_as_well() -> None:
    """Theirs showed voided grants as expiring soon; ours leaves nothing of them that could."""
    gone = given(a_wallet(), lambda w: w.adjust_down(FIRST, credits=50, entry_id=SECOND)).aggregate
    assert gone.lots[PROMO].remaining == 0
    given(gone).at(TOMORROW).when(Wallet.expire).ignored()


def test_a_later_grant_pays_nothing_that_was_paid_before() -> None:
    """Theirs made up for an earlier, closed period; ours leaves what happened as it was."""
    before = given(a_wallet(), hold_sixty, lambda w: w.capture(HOLD))
    spent = before.aggregate.ended[HOLD].spent
    more = Grant(credits=500, credit_class="promotional", origin="manual")
    outcome = before.when(lambda w: w.grant(UUID(int=8), more)).then(Wallet.CreditsGranted)
    assert outcome.aggregate.ended[HOLD].spent == spent
    assert outcome.aggregate.lots[UUID(int=8)].remaining == 500


async def test_nothing_is_deducted_before_the_work_is_done() -> None:
    """Theirs deducted first and then called what threw; ours only holds, in the same commit."""
    house = await a_house()
    await house.do(ASK)
    wallet = await wallet_of(house)
    assert (wallet.balance, wallet.held) == (500, 100)
    await house.do(RecordGenerationFailed(generation_id=ASK.generation_id, reason="painter_failed"))
    wallet = await wallet_of(house)
    assert (wallet.balance, wallet.held) == (500, 0)


async def test_failed_work_leaves_no_charge_in_the_history() -> None:
    """Theirs deducted and refunded, which read as a charge."""
    house = await a_house()
    await house.do(ASK)
    await house.do(FAILED)
    kinds = house.happened()
    assert Wallet.HoldReleased in kinds
    assert not {Wallet.HoldCaptured, Wallet.CaptureRefunded, Wallet.CreditsExpired} & set(kinds)


async def test_credits_are_held_together_with_the_work_that_they_are_for() -> None:
    """Theirs were paid before the job was queued, and nothing was delivered."""
    house = await a_house()
    await house.do(ASK)
    (append,) = [
        each
        for each in house.log.appended
        if any(isinstance(event, Wallet.CreditsHeld) for event in each.events)
    ]
    assert Generation.Requested in [type(event) for event in append.events]


async def test_what_is_captured_is_captured_together_with_the_result() -> None:
    house = await a_house()
    await house.do(ASK)
    await house.do(PAINTED)
    (append,) = [
        each
        for each in house.log.appended
        if any(isinstance(event, Wallet.HoldCaptured) for event in each.events)
    ]
    assert Generation.Completed in [type(event) for event in append.events]


def test_no_balance_is_corrected_without_an_event_that_says_so() -> None:
    """Theirs misread prices, and corrected balances downwards without notice."""
    outcome = given(a_wallet()).when(lambda w: w.adjust_down(FIRST, credits=70, entry_id=SECOND))
    (event,) = outcome.then(Wallet.CreditsClawedBack).events
    assert isinstance(event, Wallet.CreditsClawedBack)
    assert (event.credits, event.reason, event.entry_id) == (70, "manual", SECOND)
    assert "customer_id" in event.CONCERNS


def test_every_event_that_moves_credits_is_told_to_the_customer_at_once() -> None:
    """Theirs froze the usage log for days while credits were spent."""
    kinds = [kind for kind in vars(Wallet).values() if isinstance(kind, type)]
    events = [kind for kind in kinds if issubclass(kind, Event) and kind is not Event]
    assert len(events) == 9
    assert all(kind.CONCERNS == ("customer_id",) for kind in events)


def test_credits_are_not_transferred() -> None:
    """There is no decision that has to do with two wallets, and no event either."""
    assert not [name for name in dir(Wallet) if "transfer" in name or "give" in name]


@pytest.mark.parametrize("credits", [0, -1, -100])
def test_nothing_negative_moves_credits(credits: int) -> None:
    wallet = given(a_wallet(), hold_sixty)
    decisions = (
        lambda w: w.grant(
            UUID(int=9), Grant(credits=credits, credit_class="promotional", origin="manual")
        ),
        lambda w: w.hold(UUID(int=9), credits=credits, purpose="x", deadline=TOMORROW),
        lambda w: w.capture(HOLD, credits),
        lambda w: w.adjust_down(UUID(int=9), credits=credits, entry_id=SECOND),
    )
    for decide in decisions:
        outcome = wallet.when(decide)
        assert outcome.refusal is not None
        assert outcome.refusal.code == "credits_not_positive"
        assert not outcome.events
