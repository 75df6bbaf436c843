"""Registering, confirming, and passwords."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

import pytest

from application.identity import (
    BootstrapAdmin,
    ChangePassword,
    ConfirmEmail,
    RegisterDemoPerson,
    RequestPasswordReset,
    ResetPassword,
    accepted_password,
    email_behind_link,
)
from application.store import Recorded
from domain.identity import (
    Challenge,
    LinkNotGood,
    LogInAttempts,
    PasswordContainsEmail,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    User,
    WrongCredentials,
)
from domain.shared.claims import EmailClaim
from domain.shared.errors import Invalid
from domain.wallet import Wallet
from tests.given import House
from tests.identity.examples import (
    AYSE,
    BARIS,
    EMAIL,
    OTHER_PASSWORD,
    PASSWORD,
    Nothing,
    People,
)


async def test_registering_makes_an_account_and_mails_a_link() -> None:
    house = People()
    await house.register()
    assert house.happened() == [User.Registered, EmailClaim.Claimed, Challenge.Started]
    [mail] = await house.mails()
    assert (mail.person_id, mail.template) == (AYSE, "confirm_email")
    user = await house.user()
    assert (user.email, user.email_confirmed) == (EMAIL, False)
    assert user.roles == {"customer"}


async def test_registering_twice_is_registering_once() -> None:
    house = People()
    await house.register()
    await house.register()
    assert len(house.happened()) == 3


@pytest.mark.parametrize("spelling", ["AYSE@EXAMPLE.COM", "Ayse@Example.com", " ayse@example.com "])
async def test_an_address_has_one_account_however_it_is_spelled(spelling: str) -> None:
    house = People()
    await house.customer()
    await house.register(BARIS, email=spelling)
    assert await house.store().find(User, BARIS) is None
    assert [mail.template for mail in await house.mails()] == ["confirm_email", "account_exists"]
    assert all(mail.person_id == AYSE for mail in await house.mails())


async def test_whoever_registers_again_takes_the_account_by_its_mailed_link_only() -> None:
    house = People()
    await house.register()
    await house.register(BARIS)
    token = await house.mailed_token("account_exists")
    await house.do(ResetPassword(token=token, password_hash=await house.hash(OTHER_PASSWORD)))
    assert (await house.user()).email_confirmed
    await house.log_in(password=OTHER_PASSWORD)


async def test_of_many_who_register_an_address_at_once_one_gets_it() -> None:
    house = Crowded(20)
    people = [UUID(int=1000 + number) for number in range(20)]
    await asyncio.gather(*(house.register(person_id) for person_id in people))
    assert house.happened().count(User.Registered) == 1
    assert house.happened().count(EmailClaim.Claimed) == 1
    assert len({mail.person_id for mail in await house.mails()}) == 1


class Crowded(People):
    """A house in which all see the log as it was before any of them wrote into it."""

    def __init__(self, crowd: int) -> None:
        super().__init__()
        self._waiting = asyncio.Barrier(crowd)
        self._load = self.log.load
        self._first = crowd
        self.log.load = self._together  # type: ignore[method-assign]  # the log, with a delay

    async def _together(self, stream_id: UUID) -> list[Recorded]:
        found = await self._load(stream_id)
        if self._first:
            self._first -= 1
            await self._waiting.wait()
        return list(found)


async def test_confirming_opens_the_wallet_once() -> None:
    house = People()
    await house.register()
    token = await house.mailed_token("confirm_email")
    await house.do(ConfirmEmail(token=token))
    await house.do(ConfirmEmail(token=token))
    await house.react()
    assert house.happened().count(User.EmailConfirmed) == 1
    wallet = await house.store().get(Wallet, Wallet.id_of(AYSE))
    assert wallet.available == 500


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda _: "no token at all",
        lambda token: f"{UUID(int=7).hex}.{token.partition('.')[2]}",
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: f"{AYSE.hex}.{token.partition('.')[2]}",
        lambda token: token + "\ud800",
    ],
)
async def test_a_forged_link_confirms_nothing(spoil: Callable[[str], str]) -> None:
    house = People()
    await house.register()
    token = spoil(await house.mailed_token("confirm_email"))
    await house.refuses(LinkNotGood, ConfirmEmail(token=token))


async def test_a_link_is_good_for_its_time_only() -> None:
    house = People()
    await house.register()
    token = await house.mailed_token("confirm_email")
    house.clock.pass_(hours=72)
    await house.refuses(LinkNotGood, ConfirmEmail(token=token))


async def test_a_link_for_another_purpose_confirms_nothing() -> None:
    house = People()
    await house.register()
    await house.do(RequestPasswordReset(email=EMAIL))
    token = await house.mailed_token("reset_password")
    await house.refuses(LinkNotGood, ConfirmEmail(token=token))


async def test_no_secret_of_a_link_is_stored() -> None:
    house = People()
    await house.register()
    secret = (await house.mailed_token("confirm_email")).partition(".")[2]
    said = repr([each.event for each in house.log.recorded]) + repr(house.wanted)
    assert secret not in said


async def test_asking_for_a_reset_of_nobody_does_nothing() -> None:
    house = People()
    await house.do(RequestPasswordReset(email=EMAIL))
    assert house.happened() == []


async def test_a_reset_that_is_asked_for_again_and_again_is_mailed_once_in_a_while() -> None:
    house = People()
    await house.customer()
    for _ in range(5):
        await house.do(RequestPasswordReset(email=EMAIL.upper()))
    assert len(await house.mails()) == 2
    house.clock.pass_(minutes=5)
    await house.do(RequestPasswordReset(email=EMAIL))
    assert len(await house.mails()) == 3


async def test_a_reset_ends_all_sessions_and_works_once() -> None:
    house = People()
    await house.customer()
    session = await house.log_in()
    await house.do(RequestPasswordReset(email=EMAIL))
    token = await house.mailed_token("reset_password")
    reset = ResetPassword(token=token, password_hash=await house.hash(OTHER_PASSWORD))
    await house.do(reset)
    await house.do(reset)
    assert house.happened().count(User.PasswordChanged) == 1
    stored = await house.store().get(User, AYSE)
    assert stored.epoch == 1
    assert (await house.mails())[-1].template == "password_changed"
    await house.refuses(
        LinkNotGood, ResetPassword(token=token, password_hash=await house.hash(PASSWORD))
    )
    assert session.number == 1


async def test_a_changed_password_makes_older_links_void() -> None:
    house = People()
    await house.customer()
    await house.do(RequestPasswordReset(email=EMAIL))
    old = await house.mailed_token("reset_password")
    house.clock.pass_(minutes=6)
    await house.do(RequestPasswordReset(email=EMAIL))
    newer = await house.mailed_token("reset_password")
    assert old != newer
    hashed = await house.hash(OTHER_PASSWORD)
    await house.do(ResetPassword(token=newer, password_hash=hashed))
    await house.refuses(LinkNotGood, ResetPassword(token=old, password_hash=await house.hash()))


async def test_a_password_is_changed_by_whoever_knows_it() -> None:
    house = People()
    await house.customer()
    session = await house.log_in()
    change = ChangePassword(
        proof=await house.proof(),
        session_id=session.session_id,
        password_hash=await house.hash(OTHER_PASSWORD),
    )
    await house.do(change)
    await house.do(change)
    assert house.happened().count(User.PasswordChanged) == 1
    await house.log_in(password=OTHER_PASSWORD)


async def test_a_proof_of_a_password_that_was_changed_meanwhile_is_void() -> None:
    house = People()
    await house.customer()
    session = await house.log_in()
    proof = await house.proof()
    other, third = await house.hash(OTHER_PASSWORD), await house.hash("turuncu ev 11 ova")
    await house.do(ChangePassword(proof=proof, session_id=session.session_id, password_hash=other))
    await house.refuses(
        WrongCredentials,
        ChangePassword(proof=proof, session_id=session.session_id, password_hash=third),
    )


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("kısa", PasswordTooShort),
        ("x" * 9, PasswordTooShort),
        ("y" * 129, PasswordTooLong),
        ("1234567890", PasswordTooCommon),
        (f"my {EMAIL}", PasswordContainsEmail),
        ("AYSE benim adım", PasswordContainsEmail),
    ],
)
async def test_passwords_that_are_easily_guessed_are_refused(
    password: str, refusal: type[Invalid]
) -> None:
    house = People()
    with pytest.raises(refusal) as caught:
        await accepted_password(
            password, EMAIL, passwords=house.passwords, known=Nothing(), pointer="/new_password"
        )
    assert caught.value.pointer == "/new_password"


@pytest.mark.parametrize("password", ["x" * 10, "y" * 128, "kısa ama yeterli"])
async def test_long_passwords_need_no_signs_or_digits(password: str) -> None:
    house = People()
    hashed = await accepted_password(
        password, "ali@example.com", passwords=house.passwords, known=Nothing()
    )
    assert await house.passwords.verify(password, hashed)


async def test_a_link_leads_to_the_address_of_its_person_and_others_to_none() -> None:
    house = People()
    await house.register()
    token = await house.mailed_token("confirm_email")
    assert await email_behind_link(token, house.store()) == EMAIL
    assert await email_behind_link(token + "x", house.store()) == ""
    assert await email_behind_link(f"{UUID(int=9).hex}.x", house.store()) == ""
    assert await email_behind_link("nothing", house.store()) == ""


async def test_an_operator_makes_an_admin_once() -> None:
    house = People()
    command = BootstrapAdmin(
        person_id=AYSE,
        email=EMAIL,
        name="Ayşe",
        language="tr",
        password_hash=await house.hash(),
    )
    await house.do(command)
    assert (await house.user()).roles == {"customer", "admin"}
    assert (await house.user()).email_confirmed
    before = house.happened()
    await house.do(command)
    assert house.happened() == before


async def test_an_account_that_exists_is_made_an_admin_and_keeps_its_password() -> None:
    house = People()
    await house.customer()
    await house.do(
        BootstrapAdmin(
            person_id=BARIS,
            email=EMAIL,
            name="x",
            language="en",
            password_hash=await house.hash(OTHER_PASSWORD),
        )
    )
    assert "admin" in (await house.user()).roles
    await house.log_in()


async def test_demo_people_get_a_wallet_and_roles_but_no_mail() -> None:
    house = People()
    await house.do(
        RegisterDemoPerson(
            person_id=BARIS,
            email="baris@example.com",
            name="Barış",
            language="tr",
            password_hash=await house.hash(),
            roles=("designer", "finance"),
        )
    )
    assert await house.mails() == []
    assert (await house.user(BARIS)).roles == {"customer", "designer", "finance"}
    assert await house.store().find(Wallet, Wallet.id_of(BARIS))


async def test_what_is_counted_for_log_ins_names_nobody() -> None:
    house: House = People()
    assert isinstance(house, People)
    await house.customer()
    await house.log_in()
    counted = [
        each.event
        for each in house.log.recorded
        if isinstance(each.event, LogInAttempts.Opened | LogInAttempts.Counted)
    ]
    assert len(counted) == 4
    assert "ayse" not in repr(counted)
    assert "192.0.2" not in repr(counted)
