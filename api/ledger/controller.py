"""Routes of the ledger: balances, statements, roll-forwards, holds and gaps, for finance."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, get_args
from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from litestar.params import QueryParameter

from api.ask import Ask, Listed
from api.ledger.answers import (
    AccountAnswer,
    AccountNames,
    CustomerAccounts,
    Deferred,
    EntryLine,
    EventEntries,
    GapReport,
    HoldAges,
    Movers,
    RollForward,
    TrialBalanceAnswer,
    balance_of,
    customer_account_of,
    figure,
    line_of,
    month_of,
    moved_by,
    names_of,
    trial_balance_of,
)
from api.past import AsOf, cut_of
from application.past import POSITION
from domain.ledger import ACCOUNTS, CHART, Account, Movement
from domain.shared.errors import NotFound
from domain.shared.months import month_at
from projections.invoices import invoices, return_documents, series_faults
from projections.ledger import (
    GROUPS,
    Filter,
    Group,
    LedgerHold,
    Place,
    account_totals,
    ages_of_holds,
    customer_accounts,
    customer_statement,
    entries_of_event,
    gaps_of_log,
    largest_movers,
    ledger_blocks,
    ledger_customers,
    ledger_entries,
    ledger_holds,
    ledger_months,
    ledger_position,
    ledger_statement,
    oldest_holds,
    roll_forward,
    trial_balance,
)

MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$(?!\n)"
HoldPlace = tuple[datetime, UUID]

InPeriod = Annotated[
    str | None,
    QueryParameter(name="period", description="A month, such as 2026-03", pattern=MONTH),
]
Since = Annotated[str | None, QueryParameter(name="since", pattern=MONTH)]
Until = Annotated[str | None, QueryParameter(name="until", pattern=MONTH)]
OfMovement = Annotated[Movement | None, QueryParameter(name="movement")]
OfAccount = Annotated[str | None, QueryParameter(name="account", max_length=60)]
AnAccount = Annotated[str, QueryParameter(name="account", max_length=60)]
AGroup = Annotated[
    Group,
    QueryParameter(
        name="group",
        description="Credits that customers have, by class, or what is deferred or breakage, in"
        f" lira: {', '.join(get_args(Group))}",
    ),
]
Span = Annotated[
    int, QueryParameter(name="span", description="How many positions to look at", ge=1, le=1000000)
]


class LedgerController(Controller):
    path = "/finance"
    tags = ("finance",)

    @get("/accounts", operation_id="ChartOfAccounts", summary="The chart of accounts")
    async def chart(self, ask: Ask) -> Response[list[AccountNames]]:
        """For finance, in the order of the codes, with names in both languages."""
        ask.must_be("finance")
        return ask.answer([names_of(account) for account in CHART])

    @get("/trial-balance", operation_id="TrialBalance", summary="All accounts at any moment")
    async def trial_balance(self, ask: Ask, as_of: AsOf = None) -> Response[TrialBalanceAnswer]:
        """For finance. Without `as_of`, as the books stand now."""
        ask.must_be("finance")
        position = await _position(ask, as_of)
        return ask.answer(trial_balance_of(await trial_balance(ask.reads, position)))

    @get(
        "/accounts/{account:str}",
        operation_id="LedgerAccount",
        summary="One account at any moment",
    )
    async def account(self, ask: Ask, account: str, as_of: AsOf = None) -> Response[AccountAnswer]:
        """For finance. 404 for an account that the chart does not have."""
        ask.must_be("finance")
        known = _known(account)
        position = await _position(ask, as_of)
        found = await account_totals(ask.reads, known.key, position=position)
        return ask.answer(AccountAnswer(position=position, account=balance_of(found)))

    @get(
        "/accounts/{account:str}/entries",
        operation_id="AccountStatement",
        summary="What was booked on an account, newest first",
    )
    async def entries(
        self,
        ask: Ask,
        account: str,
        *,
        period: InPeriod = None,
        movement: OfMovement = None,
        customer_id: UUID | None = None,
        order_id: UUID | None = None,
        as_of: AsOf = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[EntryLine]]:
        """For finance. All filters given must fit; `as_of` leaves out what was booked later."""
        ask.must_be("finance")
        known = _known(account)
        page = ask.page(limit, cursor)
        until = await _until(ask, as_of)
        wanted = Filter(
            account=known.key,
            customer_id=customer_id,
            order_id=order_id,
            period=period,
            movement=movement,
            until=until,
        )
        rows = await ledger_statement(
            ask.reads, wanted, before=_place(page.after), limit=page.limit + 1
        )
        return ask.listed([line_of(row) for row in rows], page, key=_key)

    @get(
        "/entries/{position:str}",
        operation_id="EventEntries",
        summary="How one event was booked",
    )
    async def event(self, ask: Ask, position: str) -> Response[EventEntries]:
        """For finance: its lines, and where its history is. 404 if it was not booked."""
        ask.must_be("finance")
        if not POSITION.fullmatch(position):
            raise NotFound
        await ask.fresh(ledger_entries)
        rows = await entries_of_event(ask.reads, int(position))
        if not rows:
            raise NotFound
        lines = [line_of(row) for row in rows]
        return ask.answer(EventEntries(position=int(position), lines=lines))

    @get(
        "/orders/{order_id:uuid}/entries",
        operation_id="OrderEntries",
        summary="What was booked for an order, newest first",
    )
    async def order(
        self, ask: Ask, order_id: UUID, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[EntryLine]]:
        """For finance. Empty for an order for which nothing was booked."""
        ask.must_be("finance")
        page = ask.page(limit, cursor)
        await ask.fresh(ledger_entries)
        rows = await ledger_statement(
            ask.reads,
            Filter(order_id=order_id),
            before=_place(page.after),
            limit=page.limit + 1,
        )
        return ask.listed([line_of(row) for row in rows], page, key=_key)

    @get(
        "/customers/{customer_id:uuid}/statement",
        operation_id="CustomerStatement",
        summary="What was booked for a customer, newest first",
    )
    async def statement(
        self,
        ask: Ask,
        customer_id: UUID,
        *,
        account: OfAccount = None,
        period: InPeriod = None,
        as_of: AsOf = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[EntryLine]]:
        """For finance. Each line has the `net` of its account for this customer after it."""
        ask.must_be("finance")
        key = _known(account).key if account is not None else None
        page = ask.page(limit, cursor)
        until = await _until(ask, as_of)
        wanted = Filter(customer_id=customer_id, account=key, period=period, until=until)
        lines = await customer_statement(
            ask.reads, wanted, before=_place(page.after), limit=page.limit + 1
        )
        return ask.listed([line_of(each.entry, each.net) for each in lines], page, key=_key)

    @get(
        "/customers/{customer_id:uuid}/accounts",
        operation_id="CustomerAccounts",
        summary="What stands on each account for a customer",
    )
    async def customer(self, ask: Ask, customer_id: UUID) -> Response[CustomerAccounts]:
        """For finance. 404 if nothing was ever booked for them."""
        ask.must_be("finance")
        await ask.fresh(ledger_customers)
        rows = await customer_accounts(ask.reads, customer_id)
        if not rows:
            raise NotFound
        accounts = [customer_account_of(row) for row in rows]
        return ask.answer(CustomerAccounts(customer_id=customer_id, accounts=accounts))

    @get(
        "/roll-forward",
        operation_id="RollForward",
        summary="From month to month: opening, movements, closing",
    )
    async def rolled(
        self, ask: Ask, group: AGroup = "purchased", since: Since = None, until: Until = None
    ) -> Response[RollForward]:
        """For finance. The last closing is what the trial balance shows for these accounts."""
        ask.must_be("finance")
        await ask.fresh(ledger_months)
        keys = GROUPS[group]
        unit = ACCOUNTS[keys[0]].unit
        rolls = await roll_forward(ask.reads, group, since=since, until=until)
        months = [month_of(roll, unit) for roll in rolls]
        return ask.answer(RollForward(group=group, accounts=keys, months=months))

    @get(
        "/deferred",
        operation_id="DeferredRevenue",
        summary="What is still to be earned, and what breakage has earned",
    )
    async def deferred(self, ask: Ask) -> Response[Deferred]:
        """For finance, in lira: of orders, of credits that were sold, and breakage by month."""
        ask.must_be("finance")
        await ask.fresh(ledger_months, ledger_blocks, ledger_entries)
        position = await ledger_position(ask.reads)
        balance = await trial_balance(ask.reads, position)
        known = {each.account: figure(each.balance, "TRY") for each in balance.accounts}
        months = await roll_forward(ask.reads, "breakage", since=None, until=None)
        return ask.answer(
            Deferred(
                position=position,
                orders=known["deferred_revenue"],
                credits=known["deferred_credits"],
                breakage=known["breakage_revenue"],
                breakage_by_month=[month_of(roll, "TRY") for roll in months],
            )
        )

    @get(
        "/movers",
        operation_id="LargestMovers",
        summary="The customers for whom an account changed most in a month",
    )
    async def movers(
        self,
        ask: Ask,
        account: AnAccount = "customer_credits_purchased",
        period: InPeriod = None,
        limit: int | None = None,
    ) -> Response[Movers]:
        """For finance, the largest change first; in the present month unless another is named. 404
        for an unknown account.
        """
        ask.must_be("finance")
        known = _known(account)
        period = period or month_at(ask.now)
        await ask.fresh(ledger_entries)
        most = ask.page(limit, None).limit
        found = await largest_movers(ask.reads, known.key, period=period, limit=most)
        movers = [moved_by(each, known.unit) for each in found]
        return ask.answer(Movers(account=known.key, period=period, movers=movers))

    @get("/holds", operation_id="OpenHolds", summary="Credits that are held, the oldest first")
    async def holds(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[LedgerHold]]:
        """For finance: every hold that is neither captured, released nor expired."""
        ask.must_be("finance")
        page = ask.page(limit, cursor)
        await ask.fresh(ledger_holds)
        after = msgspec.convert(page.after, HoldPlace) if page.after else None
        rows = await oldest_holds(ask.reads, after=after, limit=page.limit + 1)
        return ask.listed(rows, page, key=lambda row: [row.held_at, row.hold_id])

    @get("/holds/ages", operation_id="HoldAges", summary="Open holds by age")
    async def ages(self, ask: Ask) -> Response[HoldAges]:
        """For finance: how many, with how many credits, and how many are past their deadline."""
        ask.must_be("finance")
        await ask.fresh(ledger_holds)
        now = ask.now
        return ask.answer(HoldAges(at=now, ages=await ages_of_holds(ask.reads, now)))

    @get("/gaps", operation_id="GapReport", summary="What is missing in the books")
    async def gaps(self, ask: Ask, as_of: AsOf = None, span: Span = 100_000) -> Response[GapReport]:
        """For finance: positions and versions in the last `span` positions up to `as_of`, and the
        numbers of all invoices.
        """
        ask.must_be("finance")
        until = (await cut_of(ask, as_of)).position if as_of is not None else None
        await ask.fresh(invoices, return_documents)
        found = await gaps_of_log(ask.reads, until=until, span=span)
        faults = await series_faults(ask.reads)
        return ask.answer(
            GapReport(
                first=found.first,
                last=found.last,
                complete=not (found.positions or found.versions or faults),
                positions=found.positions,
                versions=found.versions,
                invoices=faults,
            )
        )


async def _position(ask: Ask, as_of: str | None) -> int:
    """Where the books are to be looked at."""
    if as_of is None:
        await ask.fresh(ledger_blocks, ledger_entries)
        return await ledger_position(ask.reads)
    cut = await cut_of(ask, as_of)
    await ask.reached(cut.position, ledger_blocks, ledger_entries)
    ask.looks_back(cut.position)
    return cut.position


async def _until(ask: Ask, as_of: str | None) -> int | None:
    if as_of is None:
        await ask.fresh(ledger_entries, ledger_customers)
        return None
    return await _position(ask, as_of)


def _known(account: str) -> Account:
    if account not in ACCOUNTS:
        raise NotFound
    return ACCOUNTS[account]


def _place(after: list[object] | None) -> Place | None:
    return Place(*msgspec.convert(after, tuple[str, int, int])) if after else None


def _key(line: EntryLine) -> list[object]:
    return [line.period, line.position, line.line]
