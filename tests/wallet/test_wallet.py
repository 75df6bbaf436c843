"""What a wallet allows and refuses."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.shared.money import Money
from domain.wallet import (
    CreditsNotPositive,
    Grant,
    HoldAlreadyClosed,
    InsufficientCredits,
    UnknownHold,
    ValueNotFit,
    Wallet,
)
from tests.given import NOW, given

CUSTOMER, PROMO, BOUGHT, HOLD = (UUID(int=number) for number in (1, 2, 3, 4))
TOMORROW = NOW + timedelta(days=1)


def a_wallet() -> Wallet:
    return Wallet.open(CUSTOMER, NOW)


def with_five_promotional(wallet: Wallet) -> None:
    wallet.grant(
        PROMO, Grant(credits=5, credit_class="promotional", origin="welcome", expires_at=TOMORROW)
    )


def with_five_bought(wallet: Wallet) -> None:
    wallet.grant(BOUGHT, Grant(credits=5, credit_class="purchased", origin="purchase"))


def hold_three(wallet: Wallet) -> None:
    wallet.hold(HOLD, credits=3, purpose="generation", deadline=TOMORROW)


def hold_six(wallet: Wallet) -> None:
    wallet.hold(HOLD, credits=6, purpose="generation", deadline=TOMORROW)


def test_a_grant_adds_credits() -> None:
    outcome = given(a_wallet()).when(with_five_bought).then(Wallet.CreditsGranted)
    assert (outcome.aggregate.balance, outcome.aggregate.available) == (5, 5)


def test_the_same_lot_is_granted_once() -> None:
    given(a_wallet(), with_five_bought).when(with_five_bought).ignored()


@pytest.mark.parametrize("credits", [0, -1])
def test_a_grant_of_nothing_is_refused(credits: int) -> None:
    given(a_wallet()).when(
        lambda wallet: wallet.grant(
            BOUGHT, Grant(credits=credits, credit_class="purchased", origin="purchase")
        )
    ).refused(CreditsNotPositive)


def test_a_hold_sets_credits_aside() -> None:
    outcome = given(a_wallet(), with_five_bought).when(hold_three).then(Wallet.CreditsHeld)
    wallet = outcome.aggregate
    assert (wallet.balance, wallet.held, wallet.available) == (5, 3, 2)


def test_the_same_hold_is_held_once() -> None:
    given(a_wallet(), with_five_bought, hold_three).when(hold_three).ignored()


def test_nobody_holds_more_than_they_have() -> None:
    given(a_wallet(), with_five_bought).when(hold_six).refused(
        InsufficientCredits, available=5, needed=6
    )


@pytest.mark.parametrize("credits", [0, -5])
def test_a_hold_of_nothing_is_refused(credits: int) -> None:
    given(a_wallet(), with_five_bought).when(
        lambda wallet: wallet.hold(HOLD, credits=credits, purpose="x", deadline=TOMORROW)
    ).refused(CreditsNotPositive)


def test_promotional_credits_pay_before_bought_ones() -> None:
    outcome = given(a_wallet(), with_five_bought, with_five_promotional, hold_six).when(
        lambda wallet: wallet.capture(HOLD)
    )
    lots = outcome.then(Wallet.HoldCaptured).aggregate.lots
    assert (lots[PROMO].remaining, lots[BOUGHT].remaining) == (0, 4)


def test_a_capture_happens_once() -> None:
    given(a_wallet(), with_five_bought, hold_three, lambda w: w.capture(HOLD)).when(
        lambda wallet: wallet.capture(HOLD)
    ).ignored()


def test_a_captured_hold_is_not_released() -> None:
    given(a_wallet(), with_five_bought, hold_three, lambda w: w.capture(HOLD)).when(
        lambda wallet: wallet.release(HOLD, reason="failed")
    ).refused(HoldAlreadyClosed, state="captured")


def test_a_released_hold_gives_the_credits_back() -> None:
    outcome = given(a_wallet(), with_five_bought, hold_three).when(
        lambda wallet: wallet.release(HOLD, reason="failed")
    )
    assert outcome.then(Wallet.HoldReleased).aggregate.available == 5


def test_a_released_hold_is_released_once_and_never_captured() -> None:
    released = given(a_wallet(), with_five_bought, hold_three, lambda w: w.release(HOLD, reason=""))
    released.when(lambda wallet: wallet.release(HOLD, reason="")).ignored()
    released.when(lambda wallet: wallet.capture(HOLD)).refused(HoldAlreadyClosed, state="released")


def test_a_hold_that_never_was_is_not_found() -> None:
    given(a_wallet()).when(lambda wallet: wallet.capture(HOLD)).refused(UnknownHold)


def test_expired_credits_can_not_be_spent_even_before_they_are_swept() -> None:
    given(a_wallet(), with_five_promotional).at(TOMORROW).when(hold_three).refused(
        InsufficientCredits, available=0
    )


def test_expired_credits_are_booked_and_never_dropped() -> None:
    outcome = given(a_wallet(), with_five_promotional, with_five_bought).at(TOMORROW)
    assert outcome.when(Wallet.expire).then(Wallet.CreditsExpired).aggregate.balance == 5
    outcome.when(Wallet.expire).ignored()


def test_credits_that_are_held_do_not_expire_under_the_work() -> None:
    held = given(a_wallet(), with_five_promotional, hold_three).at(TOMORROW)
    held.when(Wallet.expire).then(Wallet.CreditsExpired)
    outcome = held.when(lambda wallet: wallet.capture(HOLD)).then(Wallet.HoldCaptured)
    assert outcome.aggregate.balance == 0


def test_a_part_is_captured_and_the_rest_given_back() -> None:
    outcome = given(a_wallet(), with_five_bought, with_five_promotional, hold_six).when(
        lambda wallet: wallet.capture(HOLD, 2)
    )
    (event,) = outcome.then(Wallet.HoldCaptured).events
    assert isinstance(event, Wallet.HoldCaptured)
    assert [(share.lot_id, share.credits) for share in event.shares] == [(PROMO, 2)]
    assert [(share.lot_id, share.credits) for share in event.released] == [(PROMO, 3), (BOUGHT, 1)]
    assert (outcome.aggregate.balance, outcome.aggregate.available) == (8, 8)


def test_a_hold_that_expired_is_over_for_everybody() -> None:
    expired = given(a_wallet(), with_five_bought, hold_three).at(TOMORROW)
    expired.when(lambda wallet: wallet.expire_hold(HOLD)).then(Wallet.HoldExpired)
    expired.when(lambda wallet: wallet.expire_hold(HOLD)).ignored()
    expired.when(lambda wallet: wallet.release(HOLD, reason="late")).ignored()
    expired.when(lambda wallet: wallet.capture(HOLD)).refused(HoldAlreadyClosed, state="expired")
    assert expired.aggregate.available == 5


def test_no_hold_expires_before_its_deadline() -> None:
    given(a_wallet(), with_five_bought, hold_three).when(
        lambda wallet: wallet.expire_hold(HOLD)
    ).ignored()


def test_a_refund_goes_back_to_the_lots_that_paid_and_keeps_their_ends() -> None:
    late = given(
        a_wallet(), with_five_bought, with_five_promotional, hold_six, lambda w: w.capture(HOLD)
    ).at(TOMORROW)
    outcome = late.when(lambda w: w.refund_capture(UUID(int=8), hold_id=HOLD, reason="unusable"))
    wallet = outcome.then(Wallet.CaptureRefunded).aggregate
    assert (wallet.lots[PROMO].remaining, wallet.lots[BOUGHT].remaining) == (5, 5)
    assert wallet.lots[PROMO].expires_at == TOMORROW
    assert wallet.available == 5
    (event,) = late.when(Wallet.expire).then(Wallet.CreditsExpired).events
    assert isinstance(event, Wallet.CreditsExpired)
    assert (event.lot_id, event.credits) == (PROMO, 5)


@pytest.mark.parametrize("value", ["0.01", "-0.01"])
def test_promotional_credits_carry_no_money(value: str) -> None:
    grant = Grant(credits=5, credit_class="promotional", origin="manual", value=Money.of(value))
    given(a_wallet()).when(lambda wallet: wallet.grant(PROMO, grant)).refused(ValueNotFit)


def test_what_a_bought_credit_earns_adds_up_to_what_was_paid_for_all() -> None:
    wallet = a_wallet()
    wallet.grant(
        BOUGHT,
        Grant(credits=3, credit_class="purchased", origin="purchase", value=Money.of("10.00")),
    )
    earned = []
    for number in range(3):
        hold = UUID(int=50 + number)
        wallet.hold(hold, credits=1, purpose="x", deadline=TOMORROW)
        wallet.capture(hold)
        earned += [share.value for share in wallet.ended[hold].spent]
    assert sorted(earned) == [Money.of("3.33"), Money.of("3.33"), Money.of("3.34")]
    assert wallet.lots[BOUGHT].value == Money.of(0)
