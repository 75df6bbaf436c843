"""What a wallet allows and refuses."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.wallet import (
    CreditsNotPositive,
    Grant,
    HoldAlreadyClosed,
    InsufficientCredits,
    UnknownHold,
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
