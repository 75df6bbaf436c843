"""Processes die between any two steps by which a designer is paid and a return takes it back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from lxml import etree
from msgspec import Struct

from application.bank import BankRules
from application.identity import RegisterDemoPerson
from application.ports import PasswordHasher
from deploy.bootstrap import running_system
from deploy.demo.journey import ADDRESS
from deploy.seed import ACCOUNTS, PASSWORD
from domain.designers import Designer
from domain.earnings import DesignerAccount
from domain.orders import Order
from domain.shared.days import TURKEY
from tests.bank.files import a_line, a_statement, as_csv
from tests.faults.clients import COVER, Client, attempts, clients_of
from tests.faults.conftest import Town
from tests.faults.evidence import Json
from tests.faults.oracle import check

pytestmark = pytest.mark.fault

MAKER, CHECKER = "hazirlayan@faults.example", "onaylayan@faults.example"
IBAN, HOLDER = "TR320010009999901234567890", "Işıl Öğütçü"
HAPPENED = "SELECT count(*) = 1 FROM events WHERE stream_id = %s AND type = %s"


class Pay(Struct, frozen=True):
    """A designer, and two people in finance."""

    designer: Client
    maker: Client
    checker: Client

    @property
    def account_id(self) -> str:
        """The designer's account."""
        return str(DesignerAccount.id_of(Designer.id_of(UUID(self.designer.person_id))))


@pytest.fixture
async def pay(town: Town, seed: int) -> AsyncIterator[Pay]:
    """Everybody is logged in."""
    designer = next(each.email for each in ACCOUNTS if each.label == "designer")
    async with running_system(town.system.settings, name="tests", pool_size=2) as connected:
        password_hash = await connected.ports.of(PasswordHasher).hash(PASSWORD)
        for email in (MAKER, CHECKER):
            await connected.bus.execute(
                RegisterDemoPerson(
                    person_id=connected.ids.new(),
                    email=email,
                    name="Fatma Kaya",
                    language="tr",
                    password_hash=password_hash,
                    roles=("finance",),
                )
            )
    async with clients_of(town.system, [designer, MAKER, CHECKER], seed=seed + 1) as found:
        yield Pay(*found)


async def dying(town: Town, name: str, asking: Awaitable[Json]) -> Json:
    """What is told in the end, though the process is killed meanwhile."""
    asked = asyncio.ensure_future(asking)
    await town.kill(name)
    return await asked


async def commissioned(town: Town, pay: Pay, shopper: Client) -> str:
    """An order that waits for its designer, and is paid."""
    draft_id = await shopper.draft("artist")
    path = f"/drafts/{draft_id}"
    chosen = {"designer_id": str(Designer.id_of(UUID(pay.designer.person_id)))}
    await shopper.ask("ChooseDesigner", f"{path}/designer", chosen)
    await shopper.ask("GiveAddresses", f"{path}/addresses", {"delivery": ADDRESS})
    order_id = str((await shopper.ask("CommitDraft", f"{path}/commit"))["order_id"])
    await shopper.come_back(await shopper.pay(order_id))
    await town.until(HAPPENED, order_id, "order.paid")
    return order_id


async def designed(town: Town, pay: Pay, shopper: Client, *, order_id: str) -> None:
    """The design is made and approved."""
    job_id = ""
    async for _ in attempts("the designer's job"):
        jobs = (await pay.designer.see("/design-jobs?limit=100"))["items"]
        job_id = next((each["job_id"] for each in jobs if each["order_id"] == order_id), "")
        if job_id:
            break
    path = f"/design-jobs/{job_id}"
    await pay.designer.ask("AcceptDesignJob", f"{path}/accept")
    await pay.designer.ask("SendPreview", f"{path}/previews", content=COVER)
    await dying(town, "api", shopper.ask("ApproveDesign", f"{path}/approve"))
    await town.until(HAPPENED, pay.account_id, "designer_account.accrued")


async def asked_for(pay: Pay) -> tuple[str, Decimal]:
    """The designer asks for all that there is."""
    body = {"iban": IBAN, "holder": HOLDER}
    await pay.designer.ask("GiveIban", "/designer/earnings/iban", body)
    earned = Decimal(0)
    async for _ in attempts("the balance"):
        balances = (await pay.designer.see("/designer/earnings"))["balances"]
        earned = Decimal(balances["available"]["amount"])
        if earned:
            break
    amount = {"amount": str(earned)}
    asked = await pay.designer.ask("RequestPayout", "/designer/earnings/payouts", amount)
    return asked["payout_id"], earned


async def paid(town: Town, pay: Pay, payout_id: str, *, earned: Decimal) -> None:
    """From the request to the bank's line, by two people in finance."""
    asked = {"account_id": pay.account_id, "payout_id": payout_id}
    proposing = pay.maker.ask("ProposePayoutRun", "/finance/payout-runs", {"payouts": [asked]})
    run = await dying(town, "api", proposing)
    path = f"/finance/payout-runs/{run['run_id']}"
    refused = await pay.maker.ask("ApprovePayoutRun", f"{path}/approve")
    assert refused["code"] == "maker_is_checker"
    await dying(town, "api", pay.checker.ask("ApprovePayoutRun", f"{path}/approve"))
    file = await pay.checker.take(f"{path}/file")
    await town.kill("api")
    assert await pay.maker.take(f"{path}/file") == file
    [instructed] = etree.fromstring(file).iter("{*}InstdAmt")
    [reference] = etree.fromstring(file).iter("{*}EndToEndId")
    assert Decimal(str(instructed.text)) == earned
    await pay.maker.ask("MarkPayoutRunSent", f"{path}/sent")
    line = a_line(
        f"-{earned}",
        str(reference.text),
        day=datetime.now(UTC).astimezone(TURKEY).date(),
        party=(HOLDER, IBAN),
    )
    content = as_csv(a_statement(line, iban=BankRules().iban))
    importing = pay.maker.ask("ImportBankStatement", "/finance/bank-statements", content=content)
    await dying(town, "api", importing)
    await town.kill("reactor")
    await town.kill("worker")
    await town.until(HAPPENED, pay.account_id, "designer_account.payout_paid")


async def given_back(town: Town, shopper: Client, order_id: str) -> str:
    """The customer returns the design; its money goes, and all that follows."""
    fee = str(Order.line_id_of(UUID(order_id), "design_fee"))
    body = {"line_id": fee, "reason": "not_as_approved", "said": "Onayladığım bu değildi."}
    asking = shopper.ask("RequestReturn", f"/orders/{order_id}/returns", body)
    return_id = str((await dying(town, "api", asking))["return_id"])
    desk = f"/admin/returns/{return_id}"
    agreed = {"remedy": "refund", "send_back": False}
    await dying(town, "api", town.admin.ask("ApproveReturn", f"{desk}/approve", agreed))
    await dying(town, "worker", town.admin.ask("RefundReturn", f"{desk}/refund", {}))
    await town.kill("reactor")
    await town.until(HAPPENED, return_id, "return.refunded")
    return return_id


async def test_a_designer_is_paid_once_and_a_return_takes_it_back_once_whoever_dies(
    town: Town, pay: Pay
) -> None:
    shopper = town.shopper
    order_id = await commissioned(town, pay, shopper)
    await designed(town, pay, shopper, order_id=order_id)
    payout_id, earned = await asked_for(pay)
    await paid(town, pay, payout_id, earned=earned)
    await town.until(HAPPENED, order_id, "order.delivered")
    await given_back(town, shopper, order_id)
    await town.kill("renderer")
    people = (*town.crowd.clients, town.admin, pay.designer, pay.maker, pay.checker)
    await check(town.system, [each for client in people for each in client.asked])
    balances = (await pay.designer.see("/designer/earnings"))["balances"]
    figures = {name: Decimal(each["amount"]) for name, each in balances.items()}
    assert figures["accrued"] == figures["paid"] == figures["reversed"] == earned
    assert figures["owed"] == -earned
