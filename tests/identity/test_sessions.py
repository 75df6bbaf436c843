"""Logging in, refreshing, and ending sessions."""

from __future__ import annotations

from uuid import UUID

import pytest

from application.identity import (
    ChangePassword,
    EndSession,
    LogIn,
    LogOut,
    LogOutEverywhere,
    RefreshSession,
    RequestPasswordReset,
    ResetPassword,
)
from domain.identity import EmailNotConfirmed, RefreshRefused, Session, User, WrongCredentials
from domain.shared.errors import NotFound
from tests.identity.examples import (
    AYSE,
    BARIS,
    EMAIL,
    OTHER_PASSWORD,
    PASSWORD,
    People,
    refresh_token,
)

PHONE = UUID(int=501)


async def test_the_right_password_begins_a_session() -> None:
    house = People()
    await house.customer()
    answer = await house.log_in(PHONE)
    assert (answer.session_id, answer.person_id, answer.number) == (PHONE, AYSE, 1)
    assert (await house.user()).lets_in(await house.store().get(Session, PHONE))


async def test_the_e_mail_may_be_spelled_otherwise() -> None:
    house = People()
    await house.customer()
    assert (await house.log_in(email="AYSE@example.COM")).person_id == AYSE


@pytest.mark.parametrize(
    ("email", "password"), [(EMAIL, OTHER_PASSWORD), ("nobody@example.com", PASSWORD)]
)
async def test_wrong_credentials_do_not_tell_which_of_them_is_wrong(
    email: str, password: str
) -> None:
    house = People()
    await house.customer()
    with pytest.raises(WrongCredentials) as caught:
        await house.log_in(email=email, password=password)
    assert caught.value.facts == {}


async def test_nobody_logs_in_before_their_e_mail_is_confirmed() -> None:
    house = People()
    await house.register()
    with pytest.raises(EmailNotConfirmed):
        await house.log_in()


async def test_the_same_log_in_is_one_session() -> None:
    house = People()
    await house.customer()
    command = LogIn(session_id=PHONE, proof=await house.proof(), user_agent="", address="")
    first, second = await house.do(command), await house.do(command)
    assert first.answer == second.answer
    assert house.happened().count(Session.Started) == 1


async def test_a_session_is_nobody_elses() -> None:
    house = People()
    await house.customer()
    await house.customer(BARIS, email="baris@example.com")
    await house.log_in(PHONE)
    proof = await house.proof(email="baris@example.com")
    stolen = LogIn(session_id=PHONE, proof=proof, user_agent="", address="")
    await house.refuses(NotFound, stolen)
    for command in (LogOut, EndSession, LogOutEverywhere):
        await house.refuses(NotFound, command(person_id=BARIS, session_id=PHONE))


async def test_a_proof_is_void_once_the_password_is_another() -> None:
    house = People()
    await house.customer()
    proof = await house.proof()
    await house.do(RequestPasswordReset(email=EMAIL))
    token = await house.mailed_token("reset_password")
    hashed = await house.hash(OTHER_PASSWORD)
    await house.do(ResetPassword(token=token, password_hash=hashed))
    await house.refuses(
        WrongCredentials, LogIn(session_id=PHONE, proof=proof, user_agent="", address="")
    )


async def test_a_refresh_token_is_replaced_at_every_use() -> None:
    house = People()
    await house.customer()
    first = await house.log_in(PHONE)
    second = await house.refresh(refresh_token(first))
    third = await house.refresh(refresh_token(second))
    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert len({refresh_token(each) for each in (first, second, third)}) == 3


async def test_a_session_lives_thirty_days_from_its_last_use() -> None:
    house = People()
    await house.customer()
    answer = await house.log_in(PHONE)
    house.clock.pass_(days=29)
    answer = await house.refresh(refresh_token(answer))
    house.clock.pass_(days=29)
    answer = await house.refresh(refresh_token(answer))
    house.clock.pass_(days=30)
    await house.refuses(RefreshRefused, RefreshSession(token=refresh_token(answer)))


@pytest.mark.parametrize("seconds", [0, 9, 10])
async def test_a_refresh_that_is_sent_twice_gets_the_same_pair(seconds: int) -> None:
    house = People()
    await house.customer()
    first = await house.log_in(PHONE)
    once = await house.refresh(refresh_token(first))
    house.clock.pass_(seconds=seconds)
    twice = await house.refresh(refresh_token(first))
    assert once == twice
    assert house.happened().count(Session.Refreshed) == 1


async def test_a_clock_that_is_set_back_makes_no_thief() -> None:
    house = People()
    await house.customer()
    first = await house.log_in(PHONE)
    once = await house.refresh(refresh_token(first))
    house.clock.pass_(hours=-1)
    assert await house.refresh(refresh_token(first)) == once


async def test_a_token_that_was_replaced_a_while_ago_ends_its_session_and_tells_the_owner() -> None:
    house = People()
    await house.customer()
    elsewhere = await house.log_in()
    first = await house.log_in(PHONE)
    second = await house.refresh(refresh_token(first))
    house.clock.pass_(seconds=11)
    assert not (await house.refresh(refresh_token(first))).stands
    await house.refuses(RefreshRefused, RefreshSession(token=refresh_token(second)))
    await house.refuses(RefreshRefused, RefreshSession(token=refresh_token(first)))
    assert (await house.mails())[-1].template == "session_ended"
    assert (await house.refresh(refresh_token(elsewhere))).stands


async def test_a_token_two_generations_old_is_never_a_double_send() -> None:
    house = People()
    await house.customer()
    first = await house.log_in(PHONE)
    await house.refresh(refresh_token(await house.refresh(refresh_token(first))))
    assert not (await house.refresh(refresh_token(first))).stands


@pytest.mark.parametrize("token", ["", "x", f"{PHONE.hex}.x", f"{UUID(int=1).hex}.x", f"{AYSE}.x"])
async def test_what_is_no_token_refreshes_nothing_and_ends_nothing(token: str) -> None:
    house = People()
    await house.customer()
    answer = await house.log_in(PHONE)
    await house.refuses(RefreshRefused, RefreshSession(token=token))
    assert (await house.refresh(refresh_token(answer))).stands


@pytest.mark.parametrize("command", [LogOut, EndSession])
async def test_an_ended_session_is_over_and_ends_once(
    command: type[LogOut | EndSession],
) -> None:
    house = People()
    await house.customer()
    answer = await house.log_in(PHONE)
    await house.do(command(person_id=AYSE, session_id=PHONE))
    await house.do(command(person_id=AYSE, session_id=PHONE))
    assert house.happened().count(Session.Ended) == 1
    await house.refuses(RefreshRefused, RefreshSession(token=refresh_token(answer)))
    assert "session_ended" not in [mail.template for mail in await house.mails()]


async def test_logging_out_everywhere_ends_all_sessions_once() -> None:
    house = People()
    await house.customer()
    here, there = await house.log_in(PHONE), await house.log_in()
    command = LogOutEverywhere(person_id=AYSE, session_id=PHONE)
    await house.do(command)
    for answer in (here, there):
        await house.refuses(RefreshRefused, RefreshSession(token=refresh_token(answer)))
    newer = await house.log_in()
    await house.do(command)
    assert (await house.refresh(refresh_token(newer))).stands
    assert house.happened().count(User.SessionsEnded) == 1


async def test_changing_the_password_ends_all_other_sessions() -> None:
    house = People()
    await house.customer()
    here, there = await house.log_in(PHONE), await house.log_in()
    await house.do(
        ChangePassword(
            proof=await house.proof(),
            session_id=PHONE,
            password_hash=await house.hash(OTHER_PASSWORD),
        )
    )
    assert (await house.refresh(refresh_token(here))).stands
    await house.refuses(RefreshRefused, RefreshSession(token=refresh_token(there)))
    newer = await house.log_in(password=OTHER_PASSWORD)
    await house.do(LogOutEverywhere(person_id=AYSE, session_id=newer.session_id))
    await house.refuses(RefreshRefused, RefreshSession(token=refresh_token(here)))


async def test_a_log_in_that_meets_a_log_out_everywhere_does_not_survive_it() -> None:
    house = People()
    await house.customer()
    answer = await house.log_in(PHONE)
    user = await house.user()
    late = Session.begin(
        Session.Started,
        id=UUID(int=900),
        now=house.clock.now(),
        person_id=AYSE,
        epoch=user.epoch,
        token_hash="",
        expires_at=answer.expires_at,
        user_agent="",
        address="",
    )
    user.end_sessions()
    assert not user.lets_in(late)


async def test_no_refresh_token_is_stored() -> None:
    house = People()
    await house.customer()
    first = await house.log_in(PHONE)
    second = await house.refresh(refresh_token(first))
    said = repr([each.event for each in house.log.recorded])
    for answer in (first, second):
        assert refresh_token(answer).partition(".")[2] not in said
