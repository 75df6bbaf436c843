"""The pace of log-ins."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from application.identity import CountLogIn, IdentityTerms
from application.identity.attempts import client_network
from domain.identity import LogInAttempts, Pace, TooManyLogIns, WrongCredentials
from tests.given import NOW, given
from tests.identity.examples import AYSE, EMAIL, OTHER_PASSWORD, People

PACE = Pace(free=2, step=1, first_seconds=2, longest_seconds=60)
ATTEMPTS = UUID(int=77)


def some_attempts() -> LogInAttempts:
    return LogInAttempts.open(ATTEMPTS, NOW)


def count(attempts: LogInAttempts) -> None:
    attempts.count(PACE)


def test_the_first_tries_are_free() -> None:
    given(some_attempts(), count).when(count).then(LogInAttempts.Counted)


def test_a_try_before_its_time_is_refused_and_not_counted() -> None:
    tried = given(some_attempts(), count, count).at(NOW + timedelta(milliseconds=500))
    tried.when(count).refused(TooManyLogIns, retry_after_seconds=2)
    assert tried.aggregate.tries == 2
    tried.at(NOW + timedelta(seconds=2)).when(count).then(LogInAttempts.Counted)


def test_the_pause_grows_up_to_the_longest_and_is_never_a_lock() -> None:
    pauses = [PACE.pause_after(tries).total_seconds() for tries in range(9)]
    assert pauses == [0, 0, 2, 4, 8, 16, 32, 60, 60]
    assert PACE.pause_after(10**9).total_seconds() == 60


def test_a_clock_that_is_set_back_makes_nobody_wait_longer_than_the_pause() -> None:
    tried = given(some_attempts(), count, count).at(NOW - timedelta(hours=1))
    tried.when(count).refused(TooManyLogIns, retry_after_seconds=2)


def test_success_forgives_an_account_everything_and_an_address_one_try() -> None:
    account = given(some_attempts(), count, count).when(LogInAttempts.succeed_for_account)
    assert account.then(LogInAttempts.Succeeded).aggregate.tries == 0
    address = given(some_attempts(), count, count).when(LogInAttempts.succeed_from_address)
    assert address.then(LogInAttempts.Succeeded).aggregate.tries == 1


def test_where_nothing_was_tried_nothing_is_forgiven() -> None:
    given(some_attempts()).when(LogInAttempts.succeed_for_account).ignored()
    given(some_attempts()).when(LogInAttempts.succeed_from_address).ignored()


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
async def test_guessing_is_slowed_down_whether_there_is_an_account_or_not(email: str) -> None:
    house = People()
    await house.customer()
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            await house.proof(email=email, password=OTHER_PASSWORD)
    with pytest.raises(TooManyLogIns) as caught:
        await house.proof(email=email, password=OTHER_PASSWORD)
    assert caught.value.facts == {"retry_after_seconds": 1}
    house.clock.pass_(seconds=1)
    with pytest.raises(WrongCredentials):
        await house.proof(email=email, password=OTHER_PASSWORD)


async def test_a_stranger_delays_the_owner_for_seconds_only() -> None:
    house = People()
    await house.customer()
    for number in range(40):
        house.clock.pass_(seconds=31)
        with pytest.raises(WrongCredentials):
            await house.proof(password=OTHER_PASSWORD, address=f"198.51.100.{number}")
    house.clock.pass_(seconds=30)
    assert (await house.log_in()).person_id == AYSE
    assert (await house.log_in()).person_id == AYSE


async def test_one_address_that_tries_many_accounts_is_slowed_down() -> None:
    house = People()
    for number in range(20):
        await house.do(CountLogIn(email=f"{number}@example.com", address="192.0.2.9"))
    await house.refuses(TooManyLogIns, CountLogIn(email="x@example.com", address="192.0.2.9"))
    await house.do(CountLogIn(email="x@example.com", address="192.0.2.8"))


async def test_those_who_know_their_passwords_share_an_address_without_waiting() -> None:
    house = People()
    await house.customer()
    for _ in range(60):
        await house.log_in()


async def test_a_new_day_begins_with_nothing_counted() -> None:
    house = People()
    pace = IdentityTerms().account_pace
    for number in range(pace.free):
        await house.do(CountLogIn(email=EMAIL, address=f"192.0.2.{number}"))
    await house.refuses(TooManyLogIns, CountLogIn(email=EMAIL, address="192.0.2.99"))
    house.clock.pass_(days=1)
    await house.do(CountLogIn(email=EMAIL, address="192.0.2.99"))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unix", "unix"),
    ],
)
def test_one_client_is_an_address_or_the_network_it_was_given(address: str, network: str) -> None:
    assert client_network(address) == network
