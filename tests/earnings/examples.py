"""A house in which designers have earned something, and people in finance pay them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import UUID, uuid5

import msgspec

import application.processes.bank
import application.processes.earnings  # noqa: F401  # they register what follows
from adapters.tokens import KeyedClaims
from application.bank import BankRules, ImportBankStatement
from application.bus import Command, Receipt
from application.earnings import (
    ApprovePayoutRun,
    GiveIban,
    MarkPayoutRunSent,
    PayoutAsk,
    ProposePayoutRun,
    RequestPayout,
    TakePayoutFile,
)
from application.four_eyes import Hand
from application.identity import Claims, RegisterDemoPerson
from application.store import Store
from application.terms import Terms
from domain.bank import BankLine, StatementLine, code_of
from domain.earnings import Accrual, DesignerAccount, Payout, PayoutRun, cut_of
from domain.shared.money import Money
from tests.bank.files import DAY, OURS, a_line, a_statement
from tests.design.examples import DESIGNER, OTHER_DESIGNER, Studio
from tests.designers.examples import ADMIN, ARTIST, OTHER_ARTIST

FATMA, CAN, EMRE = (UUID(int=number) for number in range(771, 774))
IBAN, OTHER_IBAN = "TR320010009999901234567890", "TR330006100519786457841326"
HOLDER = "Deniz Kaya"
ACCOUNT, OTHER_ACCOUNT = DesignerAccount.id_of(DESIGNER), DesignerAccount.id_of(OTHER_DESIGNER)
PAYOUT, OTHER_PAYOUT, RUN_ASK = (UUID(int=number) for number in range(701, 704))
REFERENCE = code_of("payout", PAYOUT)
RUN_REFERENCE = code_of("payout_run", RUN_ASK)
RUN = PayoutRun.id_of(RUN_REFERENCE)
NOTE = "Yanlış toplam"
EARNED = Money.of("300.00")
SESSIONS = UUID(int=78)
OPENING = Money.of("100000.00")


def hand(person_id: UUID) -> Hand:
    """Somebody, in the session that is theirs."""
    return Hand(person_id=person_id, session_id=uuid5(SESSIONS, str(person_id)))


def accrual(number: int, share: str = "300.00", *, charged: str = "450.00") -> Accrual:
    """What a job has earned, of which nothing was kept."""
    return Accrual(
        job_id=UUID(int=9_000 + number),
        order_id=UUID(int=8_000 + number),
        number=f"PK-{number:04d}",
        fee=Money.of(charged),
        charged=Money.of(charged),
        cut=cut_of(Money.of(share), Decimal(0)),
    )


def request(amount: str = "300.00", *, payout: UUID = PAYOUT, by: UUID = ARTIST) -> RequestPayout:
    """A designer asks for money."""
    return RequestPayout(payout_id=payout, person_id=by, amount=Money.of(amount))


def give_iban(person_id: UUID = ARTIST, iban: str = IBAN) -> GiveIban:
    """A designer says where to be paid."""
    return GiveIban(person_id=person_id, iban=iban, holder=HOLDER)


def propose(*payouts: tuple[UUID, UUID], by: UUID = FATMA, ask: UUID = RUN_ASK) -> ProposePayoutRun:
    """A run of these payouts, by default of the one."""
    asked = payouts or ((ACCOUNT, PAYOUT),)
    return ProposePayoutRun(
        request_id=ask,
        payouts=tuple(PayoutAsk(account_id=one, payout_id=two) for one, two in asked),
        by=hand(by),
    )


def approve(by: UUID = CAN) -> ApprovePayoutRun:
    """The run is approved."""
    return ApprovePayoutRun(run_id=RUN, by=hand(by))


def take_file(by: UUID = CAN) -> TakePayoutFile:
    """The run's file is taken."""
    return TakePayoutFile(run_id=RUN, form="pain.001", by=hand(by))


def sent(by: UUID = CAN) -> MarkPayoutRunSent:
    """The bank was given the file."""
    return MarkPayoutRunSent(run_id=RUN, by=hand(by))


READY: Sequence[Command] = (give_iban(), request())
PROPOSED: Sequence[Command] = (*READY, propose())
APPROVED: Sequence[Command] = (*PROPOSED, approve())
SENT: Sequence[Command] = (*APPROVED, take_file(), sent())


class Payroll(Studio):
    """Two designers, of whom one has earned 300.00; Fatma, Can and Emre are in finance."""

    def __init__(self, terms: Terms | None = None) -> None:
        super().__init__(terms)
        self._ports[BankRules] = BankRules(iban=OURS)
        self._ports[Claims] = KeyedClaims(b"c" * 32)
        self.balance = OPENING
        self.told = 0

    async def staffed(self) -> None:
        """Everybody is there, and nobody has earned anything."""
        await self.open()
        for person_id, name in ((FATMA, "fatma"), (CAN, "can"), (EMRE, "emre")):
            await self.do(
                RegisterDemoPerson(
                    person_id=person_id,
                    email=f"{name}@polikrami.example",
                    name=name.title(),
                    language="tr",
                    password_hash="x",
                    roles=("finance",),
                )
            )

    async def earned(self, *accruals: Accrual, designer_id: UUID = DESIGNER) -> None:
        """A designer's account has these."""
        store = Store(self.log, self.clock.now())
        found = await store.find(DesignerAccount, DesignerAccount.id_of(designer_id))
        person_id = ARTIST if designer_id == DESIGNER else OTHER_ARTIST
        account = found or DesignerAccount.open(designer_id, person_id, now=store.now)
        for each in accruals:
            account.accrue(each)
        await self.record(account)

    async def account(self, designer_id: UUID = DESIGNER) -> DesignerAccount:
        """An account as the log has it."""
        store = Store(self.log, self.clock.now())
        return await store.get(DesignerAccount, DesignerAccount.id_of(designer_id))

    async def payout(self) -> Payout:
        """The payout as the log has it."""
        return (await self.account()).payout(PAYOUT)

    async def run(self) -> PayoutRun:
        """The run as the log has it."""
        return await Store(self.log, self.clock.now()).get(PayoutRun, RUN)

    async def all(self, commands: Sequence[Command]) -> None:
        """Carry out these one after the other."""
        for command in commands:
            await self.do(command)

    async def bank_tells(self, *lines: StatementLine) -> Receipt:
        """The bank tells of these lines on a new day, and they are explained."""
        receipt = await self.bank_writes(*lines)
        await self.react()
        return receipt

    async def bank_writes(self, *lines: StatementLine) -> Receipt:
        """The bank tells of these lines on a new day, and nobody has explained them."""
        self.told += 1
        day = DAY + timedelta(days=self.told)
        dated = [msgspec.structs.replace(line, booked_on=day) for line in lines]
        statement = a_statement(*dated, opening=str(self.balance.amount))
        self.balance = statement.closing
        digest = sha256(msgspec.json.encode(statement)).hexdigest()
        return await self.do(ImportBankStatement(statement=statement, digest=digest, by=None))

    async def lines(self) -> list[BankLine]:
        """All lines, in the order of booking."""
        store = Store(self.log, self.clock.now())
        booked = [each for each in self.log.recorded if isinstance(each.event, BankLine.Booked)]
        return [await store.get(BankLine, each.event.originator_id) for each in booked]


def paid_line(amount: str = "-300.00", text: str = f"Hakediş {REFERENCE}") -> StatementLine:
    """The bank's line about a payout."""
    return a_line(amount, text, party=(HOLDER, IBAN))


async def a_payroll() -> Payroll:
    """A designer has earned 300.00."""
    payroll = Payroll()
    await payroll.staffed()
    await payroll.earned(accrual(1))
    return payroll


__all__ = ["ADMIN", "ARTIST", "CAN", "DESIGNER", "EMRE", "FATMA", "OTHER_ARTIST", "OTHER_DESIGNER"]
