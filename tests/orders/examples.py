"""States of the world that tests about orders and payments begin with."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import cast
from uuid import UUID

from adapters.gateways import OneGateway
from adapters.memory import MemoryGateway
from adapters.tokens import KeyedClaims
from application.bus import Command
from application.drafts import AttachArtwork, ChangeBook, GiveAddresses, StartDraft
from application.identity import Claims, RegisterDemoPerson
from application.invoices import InvoicingRules
from application.orders import CommitDraft
from application.payments import (
    AskProvider,
    CancelPayment,
    RecordPaymentOutcome,
    RefundLine,
    Shopper,
    StartPayment,
    Till,
)
from application.ports import Paid as PaidOutcome
from application.ports import PaidLine, PaymentOutcome
from application.processes import refunds as _refunds  # noqa: F401  # registers reactions
from application.store import Append, Store
from application.terms import Terms
from domain.drafts import Addresses, Book
from domain.identity import GrantableRole, User
from domain.orders import (
    LineKind,
    Order,
    OrderLine,
    OrderMethod,
    Particulars,
    Purchase,
    number_of,
)
from domain.payments import Capture, CapturedLine, Due, PaymentAttempt
from domain.shared.address import Address
from domain.shared.aggregate import Metadata
from domain.shared.artwork import Artwork
from domain.shared.money import Money
from tests.given import NOW, House
from workers.payments import ask_about_payment, cancel_payment, refund_line

CUSTOMER, DRAFT, ATTEMPT, OTHER_ATTEMPT, STRANGER, DESIGNER = (
    UUID(int=(7 << 76) | (9 << 64) | number) for number in range(1, 7)
)
FINANCE = UUID(int=(7 << 76) | (9 << 64) | 7)
ORDER = Order.id_of(DRAFT)
TOTAL = Money.of("1290.00")
ADDRESS = Address(
    name="Ayşe Yılmaz",
    line="Bağdat Caddesi 1",
    district="Kadıköy",
    province="İstanbul",
    postcode="34710",
    phone="+905551112233",
)
ARTWORK = Artwork(
    digest="ab" * 32, media_type="image/png", width=1666, height=2552, preview_digest="cd" * 32
)
PAY_BY = NOW + timedelta(hours=24)
SHOPPER = Shopper(ip="127.0.0.1", language="tr")
PUBLIC_URL = "https://shop.test"


def a_line(kind: LineKind, gross: str) -> OrderLine:
    return OrderLine(
        line_id=Order.line_id_of(ORDER, kind),
        kind=kind,
        name=kind,
        gross=Money.of(gross),
        kdv_rate=Decimal(20),
    )


LINES = (a_line("cover", "1260.00"), a_line("cargo", "30.00"))


def a_purchase(method: OrderMethod = "upload", lines: tuple[OrderLine, ...] = LINES) -> Purchase:
    return Purchase(
        draft_id=DRAFT,
        method=method,
        lines=lines,
        artwork=None if method in {"artist", "credits"} else ARTWORK,
        designer_id=DESIGNER if method == "artist" else None,
        pay_by=PAY_BY,
    )


def an_order(method: OrderMethod = "upload") -> Order:
    return Order.place(
        CUSTOMER,
        a_purchase(method),
        number=number_of(ORDER),
        particulars=Particulars(
            title="Tutunamayanlar", author="Oğuz Atay", delivery=ADDRESS, billing=ADDRESS
        ),
        now=NOW,
    )


def start(order: Order) -> None:
    order.start_payment(ATTEMPT)


def pay(order: Order) -> None:
    order.mark_paid(ATTEMPT, TOTAL)


def an_attempt() -> PaymentAttempt:
    due = Due(order_id=ORDER, customer_id=CUSTOMER, amount=TOTAL)
    return PaymentAttempt.open(ATTEMPT, due, now=NOW)


def with_form(attempt: PaymentAttempt) -> None:
    attempt.show_form("token", "https://pay.test", expires_at=NOW + timedelta(minutes=30))


def a_capture() -> Capture:
    lines = tuple(
        CapturedLine(
            line_id=line.line_id,
            transaction_id=f"1:{number}",
            paid=line.gross,
            commission=Decimal(0),
            fee=Decimal(0),
        )
        for number, line in enumerate(LINES)
    )
    return Capture(payment_id="1", price=TOTAL, paid=TOTAL, lines=lines, installments=1)


def captured(attempt: PaymentAttempt) -> None:
    attempt.succeed(a_capture(), "0008")


def paid_outcome(payment_id: str = "1") -> PaidOutcome:
    """The provider took all of the order's money."""
    lines = tuple(
        PaidLine(
            line_id=line.line_id,
            transaction_id=f"{payment_id}:{number}",
            paid=line.paid,
            commission=Decimal(0),
            fee=Decimal(0),
        )
        for number, line in enumerate(a_capture().lines)
    )
    return PaidOutcome(
        payment_id=payment_id, paid=TOTAL, lines=lines, installments=1, card_last_four="0008"
    )


class Shop(House):
    """A house with a till, in which somebody has an account."""

    def __init__(self) -> None:
        ports: dict[type, object] = {Terms: Terms(), Claims: KeyedClaims(b"c" * 32)}
        super().__init__(ports | {InvoicingRules: InvoicingRules()})
        self.gateway = MemoryGateway()
        self.gateways = OneGateway(self.gateway)
        self.till = Till(
            self.gateways, self.log, bus=self.bus, clock=self.clock, public_url=PUBLIC_URL
        )

    async def order(self) -> Order:
        """The order as the log has it."""
        return await Store(self.log, self.clock.now()).get(Order, ORDER)

    async def attempt(self, attempt_id: UUID = ATTEMPT) -> PaymentAttempt:
        """The attempt as the log has it."""
        return await Store(self.log, self.clock.now()).get(PaymentAttempt, attempt_id)

    async def draft(self) -> None:
        """A draft that lacks nothing."""
        await self.do(StartDraft(draft_id=DRAFT, customer_id=CUSTOMER, method="upload"))
        book = Book(title="Tutunamayanlar", author="Oğuz Atay")
        await self.do(ChangeBook(draft_id=DRAFT, customer_id=CUSTOMER, book=book))
        await self.do(
            AttachArtwork(draft_id=DRAFT, customer_id=CUSTOMER, artwork=ARTWORK, size_bytes=9)
        )
        addresses = Addresses(delivery=ADDRESS, billing=ADDRESS)
        await self.do(GiveAddresses(draft_id=DRAFT, customer_id=CUSTOMER, addresses=addresses))

    async def placed(self) -> None:
        """An order that awaits its payment."""
        await self.draft()
        await self.do(CommitDraft(draft_id=DRAFT, customer_id=CUSTOMER))

    async def registered(self) -> None:
        """The customer has an account."""
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
        events = [event for event in user.collect_events() if isinstance(event, User.Registered)]
        await self.log.append(Append(events=events, metadata=metadata))

    async def staff(self, role: GrantableRole) -> None:
        """Somebody works here."""
        await self.do(
            RegisterDemoPerson(
                person_id=FINANCE,
                email="fatma@polikrami.example",
                name="Fatma Demir",
                language="tr",
                password_hash="x",
                roles=(role,),
            )
        )

    async def paying(self, attempt_id: UUID = ATTEMPT) -> PaymentAttempt:
        """The customer stands before the provider's page."""
        await self.do(StartPayment(attempt_id=attempt_id, order_id=ORDER, customer_id=CUSTOMER))
        return await self.till.open_form(attempt_id, SHOPPER)

    async def at_the_page(self) -> PaymentAttempt:
        """An account, an order, and a page that waits for a card."""
        await self.registered()
        await self.placed()
        return await self.paying()

    async def told(self, outcome: PaymentOutcome, attempt_id: UUID = ATTEMPT) -> str:
        """Record what the provider said just now; the attempt's state afterwards."""
        receipt = await self.do(
            RecordPaymentOutcome(attempt_id=attempt_id, outcome=outcome, asked_at=self.clock.now())
        )
        return str(receipt.answer["state"])

    async def carry_out(self) -> None:
        """Do the payment jobs that have been asked for, and what follows from them."""
        while wanted := await self.react():
            for wish in wanted:
                match wish.intent:
                    case AskProvider() as job:
                        command = await self.ask(job)
                    case RefundLine() as job:
                        command = await self.refund(job)
                    case CancelPayment() as job:
                        command = await self.cancel(job)
                    case _:
                        continue
                if command:
                    await self.do(command)

    async def ask(self, job: AskProvider) -> Command | None:
        """One try of asking the provider."""
        return cast(
            "Command | None",
            await ask_about_payment(job, self.gateways, log=self.log, clock=self.clock),
        )

    async def cancel(self, job: CancelPayment) -> Command | None:
        """One try of a cancel job."""
        return cast(
            "Command | None", await cancel_payment(job, self.gateways, self.log, clock=self.clock)
        )

    async def refund(self, job: RefundLine) -> Command | None:
        """One try of a refund job."""
        return cast(
            "Command | None", await refund_line(job, self.gateways, self.log, clock=self.clock)
        )
