"""Paid orders, and a house that can invoice, print and ship them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID, uuid5

import pytest
from PIL import Image

from adapters.carriers.named import NamedCarriers
from adapters.memory import MemoryCarrier, MemoryFileStore, MemoryInvoicePrinter, MemoryPrepress
from adapters.memory_printing import MemoryPrintHouse
from adapters.tokens import DerivedLinks
from application import work
from application.bus import Command
from application.invoices import InvoicingRules, PrintInvoice, PrintReturnDocument
from application.ports import PrintHouse
from application.processes import fulfilment, papers, printing
from application.production import (
    AskPrintHouse,
    HandToPrintHouse,
    MakePrintFile,
    RecallFromPrintHouse,
)
from application.shipments import CancelAtCarrier, CreateParcel, ShippingRules
from application.store import Append, EventLog, Store
from application.terms import Terms
from application.work import Job
from domain.identity import User
from domain.orders import LineKind, Order, OrderLine, OrderMethod, Particulars, Purchase, number_of
from domain.shared.address import Address
from domain.shared.aggregate import Aggregate, Event, Metadata
from domain.shared.artwork import Artwork
from domain.shared.money import Money
from tests.given import NOW, House
from workers.invoices import print_invoice, print_return_document
from workers.jobs import Outcome
from workers.production import (
    ask_print_house,
    hand_to_print_house,
    make_print_file,
    recall_from_print_house,
)
from workers.shipments import cancel_at_carrier, create_parcel

CUSTOMER, DRAFT, ATTEMPT, STRANGER = (
    UUID(int=(7 << 76) | (5 << 64) | number) for number in range(1, 5)
)
ORDER = Order.id_of(DRAFT)
HOME = Address(
    name="Ayşe Işık", line="Gül Sokağı 5", district="Çankaya", province="Ankara", postcode="06690"
)
OFFICE = Address(name="Işık Kitap Ltd.", line="Han 3", district="Fatih", province="İstanbul")
PRICES: dict[LineKind, Money] = {"cover": Money.of("1260.00"), "cargo": Money.of("30.00")}
PICTURE = Artwork(
    digest="", media_type="image/png", width=1666, height=2552, preview_digest="cd" * 32
)
A = TypeVar("A", bound=Aggregate)

LINKS = DerivedLinks(bytes(range(32)), public_url="https://shop.test")


def artwork(content: bytes) -> bytes:
    """A small picture with the shape of a cover; `content` makes it another one."""
    out = io.BytesIO()
    Image.new("RGB", (600, 919), tuple(content[:3])).save(out, "PNG")
    return out.getvalue()


def an_order(
    draft_id: UUID = DRAFT,
    *,
    method: OrderMethod = "upload",
    picture: Artwork | None = PICTURE,
    prices: dict[LineKind, Money] = PRICES,
) -> Order:
    """An order that awaits its payment."""
    order_id = Order.id_of(draft_id)
    lines = tuple(
        OrderLine(
            line_id=Order.line_id_of(order_id, kind),
            kind=kind,
            name=f"Kalem: {kind}",
            gross=gross,
            kdv_rate=Decimal(20),
        )
        for kind, gross in prices.items()
    )
    return Order.place(
        CUSTOMER,
        Purchase(
            draft_id=draft_id,
            method=method,
            lines=lines,
            artwork=picture,
            designer_id=None,
            pay_by=NOW + timedelta(hours=24),
        ),
        number=number_of(order_id),
        particulars=Particulars(
            title="Gülün Adı",
            author="Umberto Eco",
            delivery=HOME,
            billing=OFFICE,
            tax_number="1234567890",
            tax_office="Fatih",
        ),
        now=NOW,
    )


def a_paid_order(draft_id: UUID = DRAFT, **particulars: object) -> Order:
    """An order whose money is there."""
    order = an_order(draft_id, **particulars)  # type: ignore[arg-type]  # those of an_order
    attempt = uuid5(ATTEMPT, str(draft_id))
    order.start_payment(attempt)
    order.mark_paid(attempt, order.total)
    return order


def a_customer() -> User:
    """Somebody who reads English."""
    return User.begin(
        User.Registered,
        id=CUSTOMER,
        now=NOW,
        email="ayse@example.com",
        name="Ayşe Işık",
        password_hash="none",
        language="en",
        terms_version="1",
        privacy_version="1",
    )


async def keep(log: EventLog, *aggregates: Aggregate) -> None:
    """Put what happened to aggregates into the log."""
    events = [
        happened
        for aggregate in aggregates
        for happened in aggregate.collect_events()
        if isinstance(happened, Event)
    ]
    facts = Metadata(command_id=UUID(int=1), command="Test", correlation_id=UUID(int=1))
    await log.append(Append(events=events, metadata=facts))


class Workshop(House):
    """A house with a printer, a print house and a carrier, all of them in memory."""

    def __init__(self, rules: ShippingRules | None = None) -> None:
        super().__init__(
            {
                Terms: Terms(),
                InvoicingRules: InvoicingRules(),
                ShippingRules: rules or ShippingRules(carrier="simulated"),
            }
        )
        self.files = MemoryFileStore()
        self.carrier = MemoryCarrier()
        self.carriers = NamedCarriers({"simulated": self.carrier})
        self.printer = MemoryInvoicePrinter()
        self.prepress = MemoryPrepress()
        self.house: PrintHouse = MemoryPrintHouse()

    async def work(self, job: Job) -> Command | None:
        """Do one job and record its outcome."""
        outcome: Outcome
        match job:
            case PrintInvoice():
                outcome = await print_invoice(job, self.log, printer=self.printer, files=self.files)
            case PrintReturnDocument():
                outcome = await print_return_document(
                    job, self.log, printer=self.printer, files=self.files
                )
            case MakePrintFile():
                outcome = await make_print_file(
                    job, self.log, files=self.files, prepress=self.prepress, terms=Terms()
                )
            case HandToPrintHouse():
                outcome = await hand_to_print_house(
                    job, self.log, files=self.files, house=self.house, terms=Terms()
                )
            case AskPrintHouse():
                outcome = await ask_print_house(job, self.log, house=self.house)
            case RecallFromPrintHouse():
                await recall_from_print_house(job, house=self.house)
                outcome = None
            case CreateParcel():
                outcome = await create_parcel(
                    job, self.log, carriers=self.carriers, links=LINKS, rules=ShippingRules()
                )
            case CancelAtCarrier():
                outcome = await cancel_at_carrier(job, self.log, carriers=self.carriers)
            case _:
                return None
        assert outcome is None or isinstance(outcome, Command)
        if outcome:
            await self.do(outcome)
        return outcome

    async def settle(self) -> Sequence[Job]:
        """React and work until nothing is left; return the jobs that were asked for."""
        asked: list[Job] = []
        while wanted := await self.react():
            jobs = [each.intent for each in wanted if isinstance(each.intent, Job)]
            for job in jobs:
                await self.work(job)
            asked += jobs
        return asked

    async def now_is(self, kind: type[A], aggregate_id: UUID) -> A:
        """An aggregate as it stands now."""
        return await Store(self.log, self.clock.now()).get(kind, aggregate_id)


def only_fulfilment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but fulfilment and printing react, whatever other stories do."""
    names = {fulfilment.__name__, printing.__name__, papers.__name__}
    mine = {
        kind: [each for each in reactions if each.__module__ in names]
        for kind, reactions in work.REACTIONS.items()
    }
    monkeypatch.setattr(work, "REACTIONS", mine)


def a_workshop(monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A workshop in which nothing but fulfilment reacts."""
    only_fulfilment(monkeypatch)
    return Workshop()
