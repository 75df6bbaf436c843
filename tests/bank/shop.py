"""A shop where one can pay by bank transfer, and a bank that writes statements."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

import msgspec

import application.processes.bank
import application.processes.checkout
import application.processes.refunds  # noqa: F401  # they register what follows
from adapters.bank_transfer import BankTransferGateway
from adapters.gateways import Gateways
from adapters.tokens import KeyedClaims
from application.bank import BankRules, ImportBankStatement
from application.bus import Receipt
from application.four_eyes import Hand
from application.identity import Claims, GrantRole, RegisterDemoPerson
from application.invoices import InvoicingRules, IssueInvoice
from application.payments import StartPayment, Till
from application.store import Store
from domain.bank import BankLine, BankReturn, BankTransfer, Statement, StatementLine
from domain.shared.money import Money
from tests.bank.files import OURS, a_statement
from tests.manual_entries.examples import FATMA
from tests.orders.examples import ATTEMPT, CUSTOMER, ORDER, PUBLIC_URL, SHOPPER, Shop

RULES = BankRules(iban=OURS)
TOTAL = "1290.00"
NOTE = "Dekontta adı yazıyor"
OPENING = Money.of("10000.00")


class BankShop(Shop):
    """Its till knows both ways to pay."""

    def __init__(self) -> None:
        super().__init__()
        self._ports[BankRules] = RULES
        self._ports[Claims] = KeyedClaims(b"c" * 32)
        self.bank = BankTransferGateway(
            self.bus, self.log, clock=self.clock, rules=RULES, public_url=PUBLIC_URL
        )
        both = Gateways({"iyzico": self.gateway, "bank_transfer": self.bank})
        self.gateways = both  # type: ignore[assignment]  # it serves both
        self.till = Till(both, self.log, bus=self.bus, clock=self.clock, public_url=PUBLIC_URL)
        self.balance = OPENING

    async def invoiced(self) -> None:
        """The invoice of the order is there."""
        self._ports[InvoicingRules] = InvoicingRules()
        await self.do(IssueInvoice(order_id=ORDER, paid_at=self.clock.now()))

    async def employed(self) -> None:
        """Fatma works in finance."""
        await self.do(
            RegisterDemoPerson(
                person_id=FATMA,
                email="fatma@polikrami.example",
                name="Fatma Kaya",
                language="tr",
                password_hash="x",
                roles=("finance",),
            )
        )

    async def becomes_finance(self, person_id: UUID) -> None:
        """Somebody gets the role of finance."""
        await self.do(GrantRole(person_id=person_id, role="finance"))

    async def transferring(self) -> str:
        """The customer was told how to transfer the money; the reference."""
        await self.registered()
        await self.placed()
        await self.employed()
        return await self.asks_to_transfer()

    async def asks_to_transfer(self, attempt_id: UUID = ATTEMPT) -> str:
        """The customer chooses bank transfer."""
        receipt = await self.do(
            StartPayment(
                attempt_id=attempt_id,
                order_id=ORDER,
                customer_id=CUSTOMER,
                provider="bank_transfer",
            )
        )
        found = UUID(str(receipt.answer["attempt_id"]))
        return (await self.till.open_form(found, SHOPPER)).token

    def statement(self, *lines: StatementLine) -> Statement:
        """The bank's statement that goes on where the last one ended."""
        told = a_statement(*lines, opening=str(self.balance.amount))
        self.balance = told.closing
        return told

    async def tells(self, *lines: StatementLine) -> Receipt:
        """The bank tells of these lines, and all that follows is done."""
        receipt = await self.do(imported(self.statement(*lines)))
        await self.carry_out()
        return receipt

    async def lines(self) -> list[BankLine]:
        """All lines, in the order of booking."""
        store = Store(self.log, self.clock.now())
        booked = [each for each in self.log.recorded if isinstance(each.event, BankLine.Booked)]
        return [await store.get(BankLine, each.event.originator_id) for each in booked]

    async def returns(self) -> list[BankReturn]:
        """All money that is or was to go back."""
        store = Store(self.log, self.clock.now())
        asked = [each for each in self.log.recorded if isinstance(each.event, BankReturn.Ordered)]
        return [await store.get(BankReturn, each.event.originator_id) for each in asked]

    async def transfer(self, reference: str) -> BankTransfer:
        """The transfer as the log has it."""
        store = Store(self.log, self.clock.now())
        return await store.get(BankTransfer, BankTransfer.id_of(reference))


def imported(statement: Statement, by: Hand | None = None) -> ImportBankStatement:
    """The import of a statement; its digest is that of what it says."""
    digest = sha256(msgspec.json.encode(statement)).hexdigest()
    return ImportBankStatement(statement=statement, digest=digest, by=by)
