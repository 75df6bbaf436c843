"""Deaths at chosen moments, in one process on a real database: each effect is recorded once."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection

import workers.reactor as reactor_module
from adapters.gateways import OneGateway
from adapters.mail_templates import FolderTemplates
from adapters.memory import (
    MemoryFileStore,
    MemoryGateway,
    MemoryInvoicePrinter,
    MemoryMailer,
    MemoryPainter,
)
from adapters.postgres.jobs import COMMANDS, Jobs, LeasedJob, NewJob, enqueue
from adapters.postgres.keys import PersonKeys
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, connection_pool
from adapters.postgres.writer import Writer
from adapters.system import UuidIds
from adapters.tokens import DerivedLinks
from application.bus import Bus, Call, Command, Receipt
from application.drafts import AttachArtwork, ChangeBook, GiveAddresses, StartDraft
from application.generation import PaintCandidates
from application.invoices import InvoicingRules, PrintInvoice
from application.notifications import MailWriter, SendMail
from application.orders import CommitDraft
from application.payments import CancelPayment, RefundLine, RefundOrder, StartPayment, Till
from application.ports import (
    Clock,
    FileStore,
    InvoicePrinter,
    Mail,
    Mailer,
    Painter,
    PaymentGateways,
)
from application.store import Append, EventLog, LogUnavailable
from application.terms import Terms
from application.wallet import ExpireHold, OpenWallet, RefundCapture
from domain.drafts import Addresses, Book
from domain.identity import User
from domain.shared.aggregate import Metadata
from tests.databases import MASTER
from tests.drafts import examples as drafts
from tests.faults.clients import attempts
from tests.generation.examples import ASK
from tests.given import TestClock
from tests.orders.examples import (
    ADDRESS,
    ARTWORK,
    ATTEMPT,
    CUSTOMER,
    DRAFT,
    LINES,
    ORDER,
    PUBLIC_URL,
    SHOPPER,
    TOTAL,
)
from workers.jobs import Worker
from workers.reactor import Reactor
from workers.stories import JOBS, PROCESSES
from workers.tries import TooEarly

assert {*PROCESSES, *JOBS}, "importing them is what registers them"

pytestmark = pytest.mark.fault

MAILS = Path(__file__).parents[2] / "deploy" / "data" / "mails"
OWN: dict[str, Any] = {"draft_id": DRAFT, "customer_id": CUSTOMER}


class Died(BaseException):
    """The process is gone: nothing after this line has run."""


class DyingBus(Bus):
    """Dies when an outcome is to be recorded."""

    async def execute(self, command: Command, call: Call | None = None) -> Receipt:
        raise Died(command, call)


class CuttingMailer(MemoryMailer):
    """Ends every session of the database at the moment of its first mail."""

    def __init__(self, database_url: str) -> None:
        super().__init__()
        self._url = database_url

    async def send(self, mail: Mail) -> None:
        if not self.sent:
            async with await AsyncConnection.connect(self._url) as connection:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        await super().send(mail)


class Shop:
    """Reactor and workers of a shop, each to be run and to die step by step."""

    def __init__(self, pool: Pool, log: PostgresLog) -> None:
        self.pool, self.log = pool, log
        self.clock = TestClock()
        self.gateway, self.mailer, files = MemoryGateway(), MemoryMailer(), MemoryFileStore()
        links = DerivedLinks(b"l" * 32, PUBLIC_URL)
        self.ports: dict[type, object] = {
            Terms: Terms(),
            InvoicingRules: InvoicingRules(),
            Clock: self.clock,
            EventLog: log,
            FileStore: files,
            Painter: MemoryPainter(),
            InvoicePrinter: MemoryInvoicePrinter(),
            Mailer: self.mailer,
            MailWriter: MailWriter(FolderTemplates(MAILS), links, files),
            PaymentGateways: OneGateway(self.gateway),
        }
        self.bus = Bus(log, self.ports, clock=self.clock, ids=UuidIds())
        self.dying_bus = DyingBus(log, self.ports, clock=self.clock, ids=UuidIds())
        self.ports[Bus] = self.bus
        self.jobs = Jobs(pool)
        self.reactor = self.new_reactor()

    def new_reactor(self) -> Reactor:
        return Reactor(self.pool, self.log, self.bus, _wake)

    def worker(self, bus: Bus | None = None) -> Worker:
        return Worker(self.jobs, bus or self.bus, self.ports, name="w", at_once=4)

    async def do(self, *commands: Command) -> None:
        for command in commands:
            await self.bus.execute(command)

    async def react(self) -> None:
        while await self.reactor.step():
            pass

    async def lease(self, queue: str) -> LeasedJob:
        """One job for a worker who is going to die."""
        [leased] = await self.jobs.lease(queue, worker="doomed", most=1, seconds=60)
        return leased

    async def free(self) -> None:
        """The leases of the dead have ended."""
        async with self.pool.connection() as connection:
            await connection.execute("UPDATE jobs SET leased_until = now() - interval '1 s'")
        await self.jobs.take_over()

    async def counts(self) -> Counter[str]:
        """How often each kind of event has happened."""
        return Counter(each.event.TOPIC for each in await self.log.page(0, 1000))

    async def mails_asked(self) -> int:
        """How many mails are waiting to be sent."""
        return sum(job.kind == "SendMail" for job in await self.jobs.listed("due"))

    async def asks_for_candidates(self) -> None:
        customer = drafts.CUSTOMER
        await self.do(OpenWallet(customer_id=customer), drafts.START, drafts.DESCRIBE, ASK)
        await self.react()

    async def asks_for_money_back(self, *, days_later: int = 1) -> None:
        """An account, an order that was paid, and the wish to have it all back."""
        await self._registered()
        await self.do(
            StartDraft(**OWN, method="upload"),
            ChangeBook(**OWN, book=Book(title="Tutunamayanlar", author="Oğuz Atay")),
            AttachArtwork(**OWN, artwork=ARTWORK, size_bytes=9),
            GiveAddresses(**OWN, addresses=Addresses(delivery=ADDRESS, billing=ADDRESS)),
            CommitDraft(**OWN),
            StartPayment(attempt_id=ATTEMPT, order_id=ORDER, customer_id=CUSTOMER),
        )
        till = Till(
            OneGateway(self.gateway),
            self.log,
            bus=self.bus,
            clock=self.clock,
            public_url=PUBLIC_URL,
        )
        self.gateway.pay((await till.open_form(ATTEMPT, SHOPPER)).token)
        await till.confirm(ATTEMPT)
        self.clock.pass_(days=days_later)
        await self.do(RefundOrder(order_id=ORDER, request_id=DRAFT, reason="goodwill"))
        await self.react()

    async def _registered(self) -> None:
        user = User.begin(
            User.Registered,
            id=CUSTOMER,
            now=self.clock.now(),
            email="ayse@example.org",
            name="Ayşe Yılmaz",
            password_hash="plain",
            language="tr",
            terms_version="1",
            privacy_version="1",
        )
        metadata = Metadata(command_id=CUSTOMER, command="Register", correlation_id=CUSTOMER)
        events = [each for each in user.collect_events() if isinstance(each, User.Registered)]
        await self.log.append(Append(events=events, metadata=metadata))


async def _wake(_queue: str) -> None:
    return


@pytest.fixture
def shop(pool: Pool, event_log: PostgresLog) -> Shop:
    """With an empty log."""
    return Shop(pool, event_log)


@pytest.fixture(params=["before it records", "before it finishes"])
def dies(request: pytest.FixtureRequest) -> str:
    """The moment of a worker's death: its outside calls are made."""
    return str(request.param)


async def die(shop: Shop, queue: str, *, dies: str) -> None:
    """Let a worker take a job of the queue and die; then let another one drain the queue."""
    leased = await shop.lease(queue)
    if dies == "before it records":
        with pytest.raises(Died):
            await shop.worker(shop.dying_bus).tries.do(leased)
    else:
        await shop.worker().tries.do(leased)
    await shop.free()
    await shop.worker().drain(queue)


async def test_credits_are_spent_once_when_the_painter_dies(shop: Shop, dies: str) -> None:
    await shop.asks_for_candidates()
    await die(shop, PaintCandidates.QUEUE, dies=dies)
    counts = await shop.counts()
    assert counts["generation.previewed"] == 3
    assert counts["generation.completed"] == counts["wallet.hold_captured"] == 1
    assert "wallet.hold_released" not in counts


async def test_a_hold_ends_once_at_its_deadline_whoever_dies(shop: Shop, dies: str) -> None:
    await shop.asks_for_candidates()
    shop.clock.pass_(hours=1)
    # The timers of the hold and of the generation; that of the welcome credits is still to come.
    for _ in range(3):
        with contextlib.suppress(ValueError, TooEarly):
            await die(shop, COMMANDS, dies=dies)
    await shop.react()
    await shop.worker().drain(COMMANDS)
    counts = await shop.counts()
    assert counts["generation.expired"] == 1
    assert counts["wallet.hold_released"] + counts["wallet.hold_expired"] == 1
    assert "wallet.hold_captured" not in counts


async def test_a_painter_who_comes_after_the_hold_has_ended_is_paid_nothing(shop: Shop) -> None:
    await shop.asks_for_candidates()
    # The clock of another process is ahead of the painter's.
    shop.clock.pass_(hours=1)
    await shop.do(ExpireHold(customer_id=drafts.CUSTOMER, hold_id=drafts.GENERATION))
    shop.clock.pass_(hours=-1)
    await shop.worker().drain(PaintCandidates.QUEUE)
    counts = await shop.counts()
    assert counts["generation.failed"] == counts["wallet.hold_expired"] == 1
    assert not {"generation.completed", "wallet.hold_captured"} & counts.keys()


async def test_credits_expire_once_when_the_sweeper_dies(shop: Shop, dies: str) -> None:
    await shop.do(OpenWallet(customer_id=drafts.CUSTOMER))
    await shop.react()
    shop.clock.pass_(days=91)
    await die(shop, COMMANDS, dies=dies)
    assert (await shop.counts())["wallet.credits_expired"] == 1


async def test_credits_come_back_once_when_the_refund_is_asked_for_again(shop: Shop) -> None:
    await shop.asks_for_candidates()
    await shop.worker().drain(PaintCandidates.QUEUE)
    command = RefundCapture(
        customer_id=drafts.CUSTOMER, refund_id=ORDER, hold_id=drafts.GENERATION, reason="unusable"
    )
    for key in ("first", "first", "second"):
        await shop.bus.execute(command, Call(key=key))
    counts = await shop.counts()
    assert counts["wallet.hold_captured"] == counts["wallet.capture_refunded"] == 1


async def test_a_mail_keeps_its_identity_when_the_postman_dies(shop: Shop, dies: str) -> None:
    await shop.asks_for_money_back()
    await die(shop, SendMail.QUEUE, dies=dies)
    sent = Counter(mail.message_id for mail in shop.mailer.sent)
    assert (await shop.counts())["mail.sent"] == len(sent)
    # The mail server is the one who drops the repetition; it can, by the Message-ID.
    assert max(sent.values()) == (2 if dies == "before it records" else 1)


async def test_an_invoice_has_one_document_when_the_printer_dies(shop: Shop, dies: str) -> None:
    await shop.asks_for_money_back()
    await die(shop, PrintInvoice.QUEUE, dies=dies)
    counts = await shop.counts()
    assert counts["invoice.issued"] == counts["invoice.document_made"] == 1


async def test_each_line_is_refunded_once_when_the_worker_dies(shop: Shop, dies: str) -> None:
    await shop.asks_for_money_back()
    await die(shop, RefundLine.QUEUE, dies=dies)
    assert sorted(money.amount for _, money in shop.gateway.refunds.values()) == sorted(
        line.gross.amount for line in LINES
    )
    counts = await shop.counts()
    assert counts["payment.line_refunded"] == counts["order.money_returned"] == len(LINES)


async def test_a_payment_is_called_off_once_when_the_worker_dies(shop: Shop, dies: str) -> None:
    await shop.asks_for_money_back(days_later=0)
    await die(shop, CancelPayment.QUEUE, dies=dies)
    assert (len(shop.gateway.cancelled), shop.gateway.given_back) == (1, TOTAL)
    counts = await shop.counts()
    assert counts["payment.cancelled"] == 1
    assert counts["payment.line_refunded"] == counts["order.money_returned"] == len(LINES)


@pytest.mark.parametrize("moment", ["before the commit", "inside the commit"])
async def test_a_reactor_that_dies_has_every_job_done_once(
    shop: Shop, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die_storing(
        connection: AsyncConnection[tuple[object, ...]], jobs: Sequence[NewJob]
    ) -> None:
        if moment == "inside the commit":
            await enqueue(connection, jobs)
        raise Died

    await shop.do(OpenWallet(customer_id=drafts.CUSTOMER), drafts.START, drafts.DESCRIBE, ASK)
    with monkeypatch.context() as patch:
        patch.setattr(reactor_module, "enqueue", die_storing)
        with pytest.raises(Died):
            await shop.reactor.step()
    assert not await shop.jobs.listed("due")
    shop.reactor = shop.new_reactor()
    await shop.react()
    kinds = Counter(job.kind for job in await shop.jobs.listed("due"))
    assert kinds == {
        "PaintCandidates": 1,
        "ExpireGeneration": 1,
        "ExpireCredits": 1,
        "ExpireHold": 1,
    }


async def test_what_the_database_interrupted_does_not_wait_for_the_end_of_its_lease(
    shop: Shop, database_url: str
) -> None:
    mailer = shop.ports[Mailer] = CuttingMailer(database_url)
    await shop.asks_for_money_back()
    worker, asked = shop.worker(), await shop.mails_asked()
    async for _ in attempts("the mails to go out"):
        with contextlib.suppress(psycopg.OperationalError, LogUnavailable):
            await worker.drain(SendMail.QUEUE)
            if (await shop.counts())["mail.sent"] == asked:
                break
    assert asked == len({mail.message_id for mail in mailer.sent}) > 0


async def test_a_job_that_kills_its_workers_is_parked_and_costs_nothing(shop: Shop) -> None:
    await shop.asks_for_candidates()
    for _ in range(PaintCandidates.ATTEMPTS):
        await shop.lease(PaintCandidates.QUEUE)
        await shop.free()
    await shop.worker().drain(PaintCandidates.QUEUE)
    assert [job.kind for job in await shop.jobs.listed("parked")] == ["PaintCandidates"]
    counts = await shop.counts()
    assert counts["generation.failed"] == counts["wallet.hold_released"] == 1


async def test_a_log_whose_keys_can_not_be_reached_is_unavailable(
    shop: Shop, pool: Pool, database_url: str
) -> None:
    await shop.asks_for_candidates()
    away = PersonKeys(connection_pool(database_url, name="closed"), MASTER)
    with pytest.raises(LogUnavailable):
        await PostgresLog(pool, Writer(database_url), away).load(drafts.GENERATION)
