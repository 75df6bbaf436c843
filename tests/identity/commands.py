"""Every command about who somebody is, each in a house where it does something."""

from __future__ import annotations

from uuid import UUID

from application.bus import Command
from application.identity import (
    BootstrapAdmin,
    ChangePassword,
    ConfirmEmail,
    CountLogIn,
    EndSession,
    GrantRole,
    LogIn,
    LogOut,
    LogOutEverywhere,
    RefreshSession,
    RegisterCustomer,
    RegisterDemoPerson,
    RequestPasswordReset,
    ResetPassword,
    TakeRole,
)
from tests.asked import MakeCommand, State
from tests.identity.examples import (
    ADMIN,
    AYSE,
    BARIS,
    EMAIL,
    OTHER_PASSWORD,
    People,
    answered,
    refresh_token,
)

SESSION, NEXT_SESSION = UUID(int=110), UUID(int=111)


async def an_empty_house() -> People:
    """Nobody has an account."""
    return People()


async def with_people() -> People:
    """A customer, and an admin."""
    house = People()
    await house.customer()
    await house.somebody(ADMIN, "admin")
    return house


async def with_a_newcomer() -> People:
    """Somebody registered and has not opened the mail."""
    house = People()
    await house.register()
    return house


async def with_a_session() -> People:
    """The customer is logged in."""
    house = await with_people()
    await house.log_in(SESSION)
    return house


async def _register(house: People) -> Command:
    return await house.registration()


async def _confirm(house: People) -> Command:
    return ConfirmEmail(token=await house.mailed_token("confirm_email"))


async def _reset(house: People) -> Command:
    token = await house.mailed_token("reset_password")
    return ResetPassword(token=token, password_hash=await house.hash(OTHER_PASSWORD))


async def _change(house: People) -> Command:
    return ChangePassword(
        proof=await house.proof(),
        session_id=SESSION,
        password_hash=await house.hash(OTHER_PASSWORD),
    )


async def _log_in(house: People) -> Command:
    proof = await house.proof()
    return LogIn(
        session_id=NEXT_SESSION, proof=proof, user_agent="Firefox 140", address="192.0.2.1"
    )


async def _refresh(house: People) -> Command:
    again = LogIn(
        session_id=SESSION, proof=await house.proof(), user_agent="Firefox 140", address="192.0.2.1"
    )
    return RefreshSession(token=refresh_token(answered(await house.do(again))))


async def _bootstrap(house: People) -> Command:
    return BootstrapAdmin(
        person_id=ADMIN,
        email="admin@example.com",
        name="Yönetici",
        language="tr",
        password_hash=await house.hash(),
    )


async def _demo(house: People) -> Command:
    return RegisterDemoPerson(
        person_id=BARIS,
        email="baris@example.com",
        name="Barış Demir",
        language="en",
        password_hash=await house.hash(),
        roles=("designer",),
    )


EMPTY, PEOPLE, IN_SESSION = State(an_empty_house), State(with_people), State(with_a_session)
RESET = RequestPasswordReset(email=EMAIL)
GRANT = GrantRole(person_id=AYSE, role="designer", by=ADMIN)

WITH_SECRETS: list[tuple[State, type[Command], MakeCommand]] = [
    (EMPTY, RegisterCustomer, _register),
    (State(with_a_newcomer), ConfirmEmail, _confirm),
    (PEOPLE.after(RESET), ResetPassword, _reset),
    (IN_SESSION, ChangePassword, _change),
    (PEOPLE, LogIn, _log_in),
    (IN_SESSION, RefreshSession, _refresh),
    (EMPTY, BootstrapAdmin, _bootstrap),
    (EMPTY, RegisterDemoPerson, _demo),
]

EXAMPLES = [
    *[state.asked_for(kind, make) for state, kind, make in WITH_SECRETS],
    *EMPTY.asked(CountLogIn(email=EMAIL, address="192.0.2.1")),
    *PEOPLE.asked(RESET, GRANT),
    *PEOPLE.after(GRANT).asked(TakeRole(person_id=AYSE, role="designer", by=ADMIN)),
    *IN_SESSION.asked(
        LogOut(person_id=AYSE, session_id=SESSION),
        EndSession(person_id=AYSE, session_id=SESSION),
        LogOutEverywhere(person_id=AYSE, session_id=SESSION),
    ),
]
