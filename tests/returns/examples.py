"""A delivered order of everything one can order, a returns desk, and money that can go back."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from adapters.tokens import KeyedClaims
from application.bus import Command
from application.earnings import accrue
from application.four_eyes import Hand
from application.identity import Claims, RegisterDemoPerson
from application.invoices import InvoicingRules, IssueInvoice
from application.payments import RecordCancelOutcome, RecordRefundOutcome
from application.ports import CancelOutcome, RefundOutcome
from application.processes import returns as _returns  # noqa: F401  # registers its reactions
from application.returns import (
    AddReturnPicture,
    ApproveReturn,
    ReceiveReturn,
    RefundReturn,
    RequestReturn,
)
from application.store import Append, Store
from application.terms import Terms
from application.work import Later
from domain.design import Artist, Commission, DesignBrief, DesignJob
from domain.earnings import DesignerAccount
from domain.identity import GrantableRole, User
from domain.invoices import Invoice
from domain.orders import LineKind, Order, OrderLine, Particulars, Purchase, number_of
from domain.payments import Capture, CapturedLine, Due, PaymentAttempt
from domain.production import PrintFileFacts, PrintJob, Sheet
from domain.returns import Reason, Remedy, Return
from domain.shared.aggregate import Aggregate, Event, Metadata
from domain.shared.artwork import Artwork
from domain.shared.money import Money, total
from domain.work_items import WorkItem
from tests.given import NOW, House
from tests.orders.examples import ADDRESS, ARTWORK

CUSTOMER, STRANGER, ADMIN, SECOND_ADMIN, FINANCE, ARTIST, DESIGNER, DRAFT, ATTEMPT = (
    UUID(int=(7 << 76) | (11 << 64) | number) for number in range(1, 10)
)
ORDER = Order.id_of(DRAFT)
PRICES: dict[LineKind, str] = {
    "cover": "1260.00",
    "design_fee": "700.01",
    "message_card": "45.50",
    "cargo": "30.00",
}
LINES = tuple(
    OrderLine(
        line_id=Order.line_id_of(ORDER, kind),
        kind=kind,
        name=kind,
        gross=Money.of(gross),
        kdv_rate=Decimal(20),
        quantity=2 if kind == "message_card" else 1,
    )
    for kind, gross in PRICES.items()
)
TOTAL = total(line.gross for line in LINES)
LINE: dict[LineKind, UUID] = {line.kind: line.line_id for line in LINES}
PRICE: dict[LineKind, Money] = {line.kind: line.gross for line in LINES}
ARRIVED = NOW + timedelta(days=4)
SHEET = Sheet(trim_width_mm=Decimal(135), trim_height_mm=Decimal(210), bleed_mm=Decimal(3))
PRINT_FILE = PrintFileFacts(digest="ef" * 32, size_bytes=900, sheet=SHEET, artwork_ppi=300)
BY = Hand(person_id=ADMIN)
BY_FINANCE = Hand(person_id=FINANCE)
BY_SECOND = Hand(person_id=SECOND_ADMIN)
A = TypeVar("A", bound=Aggregate)


def picture(number: int = 1) -> Artwork:
    """What a customer photographed."""
    digest = f"{number:02x}" * 32
    return Artwork(
        digest=digest,
        media_type="image/jpeg",
        width=1200,
        height=900,
        preview_digest=f"{number + 128:02x}" * 32,
    )


def asks(
    kind: LineKind = "cover",
    reason: Reason = "damaged",
    *,
    wanted: Remedy = "refund",
    quantity: int = 1,
) -> RequestReturn:
    """The customer asks one line back."""
    return RequestReturn(
        order_id=ORDER,
        customer_id=CUSTOMER,
        line_id=LINE[kind],
        reason=reason,
        wanted=wanted,
        quantity=quantity,
        said="Kapağın köşesi ezilmiş",
    )


def id_of(kind: LineKind = "cover", turn: int = 0) -> UUID:
    """The return of a line after so many earlier ones."""
    return Return.id_of(LINE[kind], turn)


def shows(kind: LineKind = "cover", turn: int = 0, *, number: int = 1) -> AddReturnPicture:
    """The customer shows what is wrong."""
    return AddReturnPicture(
        return_id=id_of(kind, turn),
        customer_id=CUSTOMER,
        picture=picture(number),
        size_bytes=900,
    )


def approves(
    kind: LineKind = "cover",
    turn: int = 0,
    *,
    remedy: Remedy = "refund",
    send_back: bool = True,
    by: Hand = BY,
) -> ApproveReturn:
    """Staff agree."""
    return ApproveReturn(
        return_id=id_of(kind, turn),
        by=by,
        remedy=remedy,
        send_back=send_back,
        instructions="Polikrami İade, Kadıköy",
    )


def receives(kind: LineKind = "cover", turn: int = 0) -> ReceiveReturn:
    """It is back."""
    return ReceiveReturn(return_id=id_of(kind, turn), by=BY, condition="as_told")


def refunds(
    kind: LineKind = "cover", turn: int = 0, *, amount: str = "", by: Hand = BY
) -> RefundReturn:
    """Its money is to go back."""
    exactly = Money.of(amount) if amount else None
    return RefundReturn(return_id=id_of(kind, turn), by=by, amount=exactly)


def a_delivered_order(
    lines: tuple[OrderLine, ...] = LINES,
) -> tuple[Order, PaymentAttempt, DesignJob, PrintJob]:
    """The customer paid four days ago, and everything has arrived just now."""
    price = total(line.gross for line in lines)
    order = Order.place(
        CUSTOMER,
        Purchase(
            draft_id=DRAFT,
            method="artist",
            lines=lines,
            artwork=None,
            designer_id=DESIGNER,
            pay_by=NOW + timedelta(hours=24),
        ),
        number=number_of(ORDER),
        particulars=Particulars(
            title="Tutunamayanlar", author="Oğuz Atay", delivery=ADDRESS, billing=ADDRESS
        ),
        now=NOW,
    )
    attempt = PaymentAttempt.open(
        ATTEMPT, Due(order_id=ORDER, customer_id=CUSTOMER, amount=price), now=NOW
    )
    attempt.succeed(_capture(lines), "0008")
    order.mark_paid(ATTEMPT, price)
    job = _approved_job(order)
    order.start_design()
    order.attach_final_artwork(ARTWORK)
    printed = PrintJob.request(
        ORDER, ARTWORK, customer_id=CUSTOMER, order_number=order.number, now=NOW
    )
    printed.record_file(PRINT_FILE)
    order.start_production(PRINT_FILE.digest)
    printed.hand_over()
    order.ship(UUID(int=41))
    order.at(ARRIVED)
    order.deliver()
    return order, attempt, job, printed


class Desk(House):
    """A house with a delivered order, and staff who decide on returns. `fee_share` is what the
    designer has of the fee.
    """

    def __init__(self, terms: Terms | None = None, *, lines: tuple[OrderLine, ...] = LINES) -> None:
        self.lines = lines
        self.terms = terms or Terms()
        ports: dict[type, object] = {Terms: self.terms, Claims: KeyedClaims(b"c" * 32)}
        super().__init__(ports | {InvoicingRules: InvoicingRules()})
        self.clock.set(NOW)

    async def open(self) -> Desk:
        """Everything has arrived."""
        people: tuple[tuple[UUID, str, GrantableRole | None], ...] = (
            (CUSTOMER, "ayse@example.org", None),
            (STRANGER, "mehmet@example.org", None),
            (ADMIN, "admin@polikrami.example", "admin"),
            (SECOND_ADMIN, "ikinci@polikrami.example", "admin"),
            (FINANCE, "fatma@polikrami.example", "finance"),
        )
        for person_id, email, role in people:
            await self.do(
                RegisterDemoPerson(
                    person_id=person_id,
                    email=email,
                    name="Biri",
                    language="tr",
                    password_hash="x",
                    roles=(role,) if role else (),
                )
            )
        order, attempt, job, printed = a_delivered_order(self.lines)
        await self.record(order, attempt, job, printed)
        store = Store(self.log, self.clock.now())
        await accrue(await store.get(DesignJob, job.id), store, terms=self.terms)
        await self.append(store.pending())
        await self.do(IssueInvoice(order_id=ORDER, paid_at=NOW))
        self.clock.set(ARRIVED + timedelta(hours=1))
        await self.react()
        return self

    async def promote(self, person_id: UUID) -> None:
        """Somebody works here from now on."""
        user = await self.get(User, person_id)
        user.grant("admin", by=None)
        await self.record(user)

    async def record(self, *aggregates: Aggregate) -> None:
        """Let it have happened."""
        for aggregate in aggregates:
            await self.append(
                [each for each in aggregate.collect_events() if isinstance(each, Event)]
            )

    async def append(self, events: list[Event]) -> None:
        """Let these events be in the log."""
        metadata = Metadata(command_id=CUSTOMER, command="Test", correlation_id=CUSTOMER)
        await self.log.append(Append(events=events, metadata=metadata))

    async def get(self, kind: type[A], aggregate_id: UUID) -> A:
        """Something as the log has it."""
        return await Store(self.log, self.clock.now()).get(kind, aggregate_id)

    async def asked(self, kind: LineKind = "cover", turn: int = 0) -> Return:
        """A return as the log has it."""
        return await self.get(Return, id_of(kind, turn))

    async def order(self) -> Order:
        """The order as the log has it."""
        return await self.get(Order, ORDER)

    async def attempt(self) -> PaymentAttempt:
        """The payment as the log has it."""
        return await self.get(PaymentAttempt, ATTEMPT)

    async def invoice(self) -> Invoice:
        """The order's invoice, which knows its return documents."""
        return await self.get(Invoice, Invoice.id_of(ORDER))

    async def account(self) -> DesignerAccount:
        """The designer's account."""
        return await self.get(DesignerAccount, DesignerAccount.id_of(DESIGNER))

    async def item(self, kind: str, key: str) -> WorkItem | None:
        """What somebody has to look at."""
        store = Store(self.log, self.clock.now())
        return await store.find(WorkItem, WorkItem.id_of(kind, key))  # type: ignore[arg-type]  # any kind

    async def all_of(self, *commands: Command) -> None:
        """One command after the other, and what follows from each."""
        for command in commands:
            await self.do(command)
            await self.react()

    async def told(self, refund_id: UUID, outcome: RefundOutcome) -> None:
        """What the provider says of a refund."""
        command = RecordRefundOutcome(attempt_id=ATTEMPT, refund_id=refund_id, outcome=outcome)  # type: ignore[arg-type]  # those that say something
        await self.do(command)
        await self.react()

    async def told_of_cancel(self, cancel_id: UUID, outcome: CancelOutcome) -> None:
        """What the provider says of calling the payment off."""
        command = RecordCancelOutcome(attempt_id=ATTEMPT, cancel_id=cancel_id, outcome=outcome)  # type: ignore[arg-type]  # those that say something
        await self.do(command)
        await self.react()

    async def wait_until(self, moment: datetime) -> None:
        """Let time pass, and the timers that are due by then do what they are for."""
        self.clock.set(moment)
        for wish in list(self.wanted):
            later = wish.intent
            if isinstance(later, Later) and later.due_at <= moment:
                self.wanted.remove(wish)
                await self.do(later.command)
        await self.react()


def _capture(charged: tuple[OrderLine, ...]) -> Capture:
    lines = tuple(
        CapturedLine(
            line_id=line.line_id,
            transaction_id=f"1:{number}",
            paid=line.gross,
            commission=Decimal(0),
            fee=Decimal(0),
        )
        for number, line in enumerate(charged)
        if line.gross.amount
    )
    paid = total(line.gross for line in charged)
    return Capture(payment_id="1", price=paid, paid=paid, lines=lines, installments=1)


def _approved_job(order: Order) -> DesignJob:
    job = DesignJob.open(
        CUSTOMER,
        Commission(
            order_id=ORDER,
            number=order.number,
            draft_id=DRAFT,
            book_kind="novel",
            fee=PRICE["design_fee"],
            revisions_allowed=3,
        ),
        brief=DesignBrief(title="Tutunamayanlar", author="Oğuz Atay", wishes=""),
        now=NOW,
    )
    job.offer(Artist(designer_id=DESIGNER, person_id=ARTIST), NOW + timedelta(days=3))
    job.accept()
    job.send_preview(ARTWORK, "", remind_at=(), approves_at=NOW + timedelta(days=5))
    job.approve()
    return job
