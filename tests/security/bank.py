"""The town's bank: the gateway of transfers, and statements that somebody has to look at."""

from __future__ import annotations

from datetime import date, timedelta

from adapters.bank_transfer import BankTransferGateway
from application.bank import BankRules, ImportBankStatement
from application.store import Store
from deploy.bootstrap import System
from domain.bank import BankAccount, Statement, StatementLine, account_id_of
from domain.shared.money import Money


def bank_of(system: System) -> BankTransferGateway:
    """The gateway of bank transfers."""
    return BankTransferGateway(
        system.bus,
        system.event_log,
        clock=system.clock,
        rules=system.settings.bank,
        public_url=system.settings.web.public_url,
    )


async def stray_line(system: System) -> str:
    """The id of a line that nothing explains, on a statement of its own."""
    rules = system.ports.of(BankRules)
    store = Store(system.event_log, system.clock.now())
    account = await store.find(BankAccount, account_id_of(rules.iban))
    day = date(2026, 3, 2) + timedelta(days=len(account.statements) if account else 0)
    opening = (account.closing if account else None) or Money.of(1_000)
    line = StatementLine(booked_on=day, direction="in", amount=Money.of(5))
    statement = Statement(
        form="csv",
        iban=rules.iban,
        since=day,
        until=day,
        opening=opening,
        closing=opening + line.amount,
        lines=(line,),
    )
    command = ImportBankStatement(statement=statement, digest=str(day), by=None)
    await system.bus.execute(command)
    [(line_id, _)] = statement.identified()
    return str(line_id)
