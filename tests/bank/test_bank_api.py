"""Bank transfers over HTTP, on a real database: from the page to the statement and back."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

import application.processes.bank  # noqa: F401  # registers reactions
from adapters.bank_statements import BankStatementFiles
from adapters.bank_transfer import BankTransferGateway
from adapters.gateways import Gateways
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from application.bank import BankRules
from application.ports import PaymentGateways, StatementFiles
from application.store import Append
from domain.bank import BankLine, grouped_iban, printed
from domain.identity import User
from domain.payments import PaymentAttempt
from domain.shared.aggregate import Event, Metadata
from domain.shared.money import Money
from projections.bank import bank_lines, bank_returns, bank_statements, bank_transfers
from projections.base import AnyReadModel
from projections.reads import Reads
from projections.runner import Projector
from tests.api.shop import ISSUER, Person
from tests.bank.files import OURS, PAYER, a_line, a_statement, as_camt, as_csv, as_mt940
from tests.bank.shop import NOTE, RULES, TOTAL
from tests.payments.checkout import MODELS, Checkout

BANK: list[AnyReadModel] = [bank_lines, bank_returns, bank_statements, bank_transfers]
STATEMENTS, LINES, RETURNS = (
    "/finance/bank-statements",
    "/finance/bank-lines",
    "/finance/bank-returns",
)


class BankCheckout(Checkout):
    """A shop at whose till one can also pay by transfer."""

    def __init__(self, pool: Pool, event_log: PostgresLog, reads: Reads) -> None:
        super().__init__(pool, event_log, reads)
        bus: Any = self.backend.bus
        bus._ports[BankRules] = RULES
        bank = BankTransferGateway(bus, event_log, clock=self.clock, rules=RULES, public_url=ISSUER)
        both: Any = Gateways({"iyzico": self.gateway, "bank_transfer": bank})
        self.gateways = both
        ports: Any = self.backend.ports
        ports |= {
            PaymentGateways: both,
            StatementFiles: BankStatementFiles(),
            BankRules: RULES,
        }
        self.projector = Projector(pool, event_log, [*MODELS, *BANK])

    async def finance(self) -> Person:
        """Somebody who works in finance."""
        person = self.person("finance")
        user = User.begin(
            User.Registered,
            id=person.id,
            now=self.clock.now(),
            email=f"{person.id}@polikrami.example",
            name="Fatma Kaya",
            password_hash="plain",
            language="tr",
            terms_version="1",
            privacy_version="1",
        )
        user.grant("finance", by=None)
        metadata = Metadata(command_id=person.id, command="Register", correlation_id=person.id)
        events = [event for event in user.collect_events() if isinstance(event, Event)]
        await self.log.append(Append(events=events, metadata=metadata))
        return person

    async def transferring(self, person: Person, order_id: UUID) -> PaymentAttempt:
        """The customer asks to pay by transfer."""
        answer = await self.client.post(
            f"/orders/{order_id}/payments",
            headers=person.bearer | {"Idempotency-Key": str(uuid4())},
            json={"provider": "bank_transfer"},
        )
        assert answer.status_code == httpx.codes.CREATED, answer.text
        await self.catch_up()
        return await self.attempt(UUID(answer.json()["attempt_id"]))

    async def sends(
        self, person: Person, content: bytes, *, to: str = STATEMENTS, key: str | None = None
    ) -> httpx.Response:
        """Somebody uploads a statement."""
        headers = person.bearer | {
            "Idempotency-Key": key or str(uuid4()),
            "Content-Type": "application/octet-stream",
        }
        return await self.client.post(to, headers=headers, content=content)

    async def decides(
        self, person: Person, line_id: UUID, what: str, **body: object
    ) -> httpx.Response:
        """Finance says something about a line."""
        answer = await self.client.post(
            f"{LINES}/{line_id}/{what}",
            headers=person.bearer | {"Idempotency-Key": str(uuid4())},
            json=body | {"note": NOTE},
        )
        await self.carry_out()
        return answer


@pytest.fixture
async def shop(
    pool: Pool, event_log: PostgresLog, database_url: str
) -> AsyncIterator[BankCheckout]:
    """A shop with an empty log."""
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    try:
        opened = BankCheckout(pool, event_log, reads)
        await opened.catch_up()
        yield opened
    finally:
        await reads.stop()


async def test_a_transfer_is_asked_for_looked_at_and_paid(shop: BankCheckout) -> None:
    customer, finance = await shop.customer(), await shop.finance()
    order_id = await shop.ordered(customer)
    attempt = await shop.transferring(customer, order_id)
    page = await shop.client.get(attempt.page_url.removeprefix(f"{ISSUER}/api/v1"))
    assert page.status_code == httpx.codes.OK
    for told in (printed(attempt.token), grouped_iban(OURS), "1.290,00 ₺"):
        assert told in page.text
    paid = as_mt940(a_statement(a_line(TOTAL, f"FAST {attempt.token}")))
    looked = await shop.sends(finance, paid, to=f"{STATEMENTS}/preview")
    assert [each["meaning"] for each in looked.json()["new"]] == ["transfer"]
    assert (await shop.order(order_id)).state == "awaiting_payment"
    done = await shop.sends(finance, paid)
    assert (done.status_code, done.json()["new_lines"]) == (httpx.codes.CREATED, 1), done.text
    await shop.carry_out()
    assert (await shop.order(order_id)).state == "paid"
    assert "1.290,00" not in (await shop.client.get(page.request.url)).text


async def test_the_returns_are_a_file_for_the_bank(shop: BankCheckout) -> None:
    customer, finance = await shop.customer(), await shop.finance()
    attempt = await shop.transferring(customer, await shop.ordered(customer))
    twice = a_statement(
        a_line(TOTAL, attempt.token, reference="1"),
        a_line(TOTAL, attempt.token, reference="2", party=("=cmd|' /C calc'!A0", PAYER)),
    )
    assert (await shop.sends(finance, as_csv(twice))).is_success
    await shop.carry_out()
    listed = (await shop.client.get(RETURNS, headers=finance.bearer)).json()["items"]
    assert [(each["iban"], each["back"]["reason"]) for each in listed] == [
        (PAYER, "double_payment")
    ]
    file = await shop.client.get(f"{RETURNS}/file", headers=finance.bearer)
    [row] = csv.DictReader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";")
    code = listed[0]["back"]["reference"]
    assert row == {
        "iban": PAYER,
        "name": "cmd|' /C calc'!A0",
        "amount": TOTAL,
        "currency": "TRY",
        "reference": printed(code),
    }
    out = a_statement(a_line(f"-{TOTAL}", code), opening=str(twice.closing.amount))
    assert (await shop.sends(finance, as_csv(out))).is_success
    await shop.carry_out()
    assert (await shop.client.get(RETURNS, headers=finance.bearer)).json()["items"] == []


async def test_a_line_without_reference_is_given_to_its_order(shop: BankCheckout) -> None:
    customer, finance = await shop.customer(), await shop.finance()
    order_id = await shop.ordered(customer)
    await shop.transferring(customer, order_id)
    assert (await shop.sends(finance, as_camt(a_statement(a_line(TOTAL, "kapak"))))).is_success
    await shop.carry_out()
    shown = await shop.client.get(LINES, headers=finance.bearer, params={"state": "set_aside"})
    [line] = shown.json()["items"]
    assert (line["party"]["name"], line["line"]["aside"]) == ("Ayşe Yılmaz", "no_reference")
    line_id = UUID(line["line"]["line_id"])
    nobodys = await shop.decides(finance, line_id, "assign", order_id=str(uuid4()))
    assert nobodys.status_code == httpx.codes.NOT_FOUND
    own = await shop.decides(customer, line_id, "assign", order_id=str(order_id))
    assert own.status_code == httpx.codes.FORBIDDEN
    done = await shop.decides(finance, line_id, "assign", order_id=str(order_id))
    assert done.status_code == httpx.codes.OK, done.text
    assert (await shop.order(order_id)).paid == Money.of(TOTAL)
    again = await shop.decides(finance, line_id, "explain")
    assert (again.status_code, again.json()["code"]) == (httpx.codes.CONFLICT, "line_explained")


async def test_two_import_the_same_file_at_once_while_a_third_assigns(shop: BankCheckout) -> None:
    customer, first, second = await shop.customer(), await shop.finance(), await shop.finance()
    order_id = await shop.ordered(customer)
    attempt = await shop.transferring(customer, order_id)
    stray = a_statement(a_line(TOTAL, "kapak"))
    assert (await shop.sends(first, as_csv(stray))).is_success
    await shop.carry_out()
    [(line_id, _)] = stray.identified()
    whole = as_csv(a_statement(a_line(TOTAL, "kapak"), a_line(TOTAL, attempt.token, reference="2")))
    answers = await asyncio.gather(
        shop.sends(first, whole),
        shop.sends(second, whole),
        shop.decides(first, line_id, "assign", order_id=str(order_id)),
    )
    assert all(answer.is_success for answer in answers), [answer.text for answer in answers]
    await shop.carry_out()
    booked = [
        each.event
        for each in await shop.log.page(0, 1000)
        if isinstance(each.event, BankLine.Booked)
    ]
    assert len(booked) == 2
    assert (await shop.order(order_id)).paid == Money.of(TOTAL)
    returns = (await shop.client.get(RETURNS, headers=first.bearer)).json()["items"]
    assert sum(float(each["back"]["amount"]["amount"]) for each in returns) == float(TOTAL)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"hello", 422, "statement_unreadable"),
        (as_csv(a_statement(a_line("5.00"), iban=PAYER)), 422, "not_our_account"),
        (
            as_csv(a_statement(a_line("5.00"))).replace(b'"10.005,00"', b'"1,00"'),
            422,
            "statement_does_not_add_up",
        ),
    ],
)
async def test_what_is_no_statement_of_ours_is_refused(
    shop: BankCheckout, content: bytes, status: int, code: str
) -> None:
    finance = await shop.finance()
    for path in (STATEMENTS, f"{STATEMENTS}/preview"):
        answer = await shop.sends(finance, content, to=path)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert PAYER not in answer.text


async def test_the_page_of_another_reference_is_not_there(shop: BankCheckout) -> None:
    customer = await shop.customer()
    attempt = await shop.transferring(customer, await shop.ordered(customer))
    for reference in ("PK22222222", attempt.token[:-1], attempt.token.lower()):
        page = await shop.client.get(f"/payments/{attempt.id}/instructions/{reference}")
        assert page.status_code == httpx.codes.NOT_FOUND
