"""A designer who wants to be forgotten: first what is owed, then the IBAN."""

from __future__ import annotations

import pytest

from application.identity import ErasePerson, ErasureHeldUp, Unsettled
from application.store import Store
from domain.earnings import Payee
from domain.shared.money import Money
from tests.earnings.examples import ARTIST, RUN, SENT, Payroll, a_payroll, accrual, paid_line

ERASE = ErasePerson(person_id=ARTIST, admin_id=None, reference="Dosya 7", unsettled=Unsettled())


@pytest.fixture
async def payroll() -> Payroll:
    """A designer has earned 300.00."""
    return await a_payroll()


async def payee(payroll: Payroll) -> Payee:
    """Where the designer is paid."""
    return await Store(payroll.log, payroll.clock.now()).get(Payee, Payee.id_of(ARTIST))


async def test_nobody_is_erased_who_is_owed_money(payroll: Payroll) -> None:
    refusal = await payroll.refuses(ErasureHeldUp, ERASE)
    assert refusal.facts["held_up"] == "300.00 TRY are to be paid out for designs"


async def test_the_iban_goes_with_the_person_once_all_is_paid(payroll: Payroll) -> None:
    await payroll.all(SENT)
    await payroll.refuses(ErasureHeldUp, ERASE)
    await payroll.bank_tells(paid_line())
    assert (await payee(payroll)).last_four
    await payroll.do(ERASE)
    assert ((await payee(payroll)).iban, (await payee(payroll)).last_four) == (None, "")


async def test_who_owes_us_is_erased_and_the_account_keeps_the_figure(payroll: Payroll) -> None:
    await payroll.all(SENT)
    await payroll.bank_tells(paid_line())
    account = await payroll.account()
    account.reverse(accrual(1).job_id, RUN, returned=Money.of("450.00"))
    await payroll.record(account)
    await payroll.do(ERASE)
    assert (await payroll.account()).owed == Money.of("-300.00")
