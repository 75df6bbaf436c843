"""Every posting rule of the ledger: a pure function of one event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from domain.bank import BankAccount, BankLine, BankReturn, BankTransfer
from domain.catalog.message_card import MessageCard
from domain.design import DesignJob
from domain.designers import Designer
from domain.drafts import Draft
from domain.generation import Generation
from domain.identity import User
from domain.invoices import Invoice
from domain.ledger.booking import (
    Credits,
    Movement,
    Posting,
    counted,
    itself,
    money,
    posts,
    posts_nothing,
)
from domain.manual_entries import EntryTally, ManualEntry
from domain.orders import CreditPurchase, LineKind, Order
from domain.payments import PaymentAttempt
from domain.pricing import Coupon, CouponUse, PriceBook
from domain.production import PrintJob
from domain.shared.money import Money, total
from domain.wallet import LotShare, Wallet
from domain.work_items import WorkItem

REVENUES: dict[LineKind, str] = {
    "cover": "revenue_covers",
    "design_fee": "revenue_design",
    "message_card": "revenue_cards",
    "cargo": "revenue_cargo",
}
"""What the delivery of a line earns; credits are not earned by their delivery but when spent."""


@posts(Wallet.CreditsGranted)
def granted(event: Wallet.CreditsGranted) -> Iterator[Posting]:
    """New credits are issued to the customer. Sold ones carry their order's net price, which is
    owed from now on in credits; a value that no order brought waits to be explained. Those that a
    refund had taken, and that come back because it came to nothing, undo their clawback.
    """
    credits = Credits(event.credits, event.credit_class)
    match _origin(event):
        case "bought":
            yield from counted(credits, "purchased", debit="issued", credit="customer_credits")
            yield from money(
                event.value, "purchased", debit="deferred_revenue", credit="deferred_credits"
            )
        case "given back":
            yield from counted(
                credits, "clawed_back", debit="clawed_back", credit="customer_credits"
            )
            yield from money(event.value, "clawed_back", debit="refunds", credit="deferred_credits")
        case "given":
            yield from counted(credits, "granted", debit="issued", credit="customer_credits")
            yield from money(event.value, "granted", debit="suspense", credit="deferred_credits")


@posts(Wallet.CreditsHeld)
def held(event: Wallet.CreditsHeld) -> Iterator[Posting]:
    """Credits are set aside for work that is under way."""
    yield from _moved(event.shares, "held", debit="customer_credits", credit="held")


@posts(Wallet.HoldCaptured)
def captured(event: Wallet.HoldCaptured) -> Iterator[Posting]:
    """Held credits are spent: what they carry is earned. The rest goes back to the customer."""
    yield from _moved(event.shares, "consumed", debit="held", credit="consumed")
    yield from _moved(event.released, "released", debit="held", credit="customer_credits")
    yield from money(
        _value(event.shares), "consumed", debit="deferred_credits", credit="revenue_credits"
    )


@posts(Wallet.HoldReleased)
def released(event: Wallet.HoldReleased) -> Iterator[Posting]:
    """Held credits go back to the customer."""
    yield from _moved(event.shares, "released", debit="held", credit="customer_credits")


@posts(Wallet.HoldExpired)
def hold_expired(event: Wallet.HoldExpired) -> Iterator[Posting]:
    """Held credits go back to the customer, because the work passed its deadline."""
    yield from _moved(event.shares, "released", debit="held", credit="customer_credits")


@posts(Wallet.CaptureRefunded)
def capture_refunded(event: Wallet.CaptureRefunded) -> Iterator[Posting]:
    """Spent credits are given back to their lots, with what they carried."""
    yield from _moved(event.shares, "refunded", debit="consumed", credit="customer_credits")
    yield from money(
        _value(event.shares), "refunded", debit="revenue_credits", credit="deferred_credits"
    )


@posts(Wallet.CreditsExpired)
def credits_expired(event: Wallet.CreditsExpired) -> Iterator[Posting]:
    """Credits past their time are breakage, and so is what they carry."""
    yield from counted(
        Credits(event.credits, event.credit_class),
        "expired",
        debit="customer_credits",
        credit="breakage",
    )
    yield from money(event.value, "expired", debit="deferred_credits", credit="breakage_revenue")


@posts(Wallet.CreditsClawedBack)
def clawed_back(event: Wallet.CreditsClawedBack) -> Iterator[Posting]:
    """Credits are taken back with what they carry. A refund of the purchase pays it out; after a
    manual adjustment it waits to be explained.
    """
    refunded = event.reason == "purchase_refunded"
    yield from _moved(event.shares, "clawed_back", debit="customer_credits", credit="clawed_back")
    yield from money(
        _value(event.shares),
        "clawed_back",
        debit="deferred_credits",
        credit="refunds" if refunded else "suspense",
    )


@posts(Invoice.Issued)
def invoiced(event: Invoice.Issued) -> Iterator[Posting]:
    """A prepayment becomes KDV owed to the state, and revenue that is still to be earned."""
    lines, currency = event.sale.lines, event.sale.paid.currency
    yield from money(
        total((line.net for line in lines), currency),
        "invoiced",
        debit="customer_prepayments",
        credit="deferred_revenue",
    )
    yield from money(
        total((line.tax for line in lines), currency),
        "invoiced",
        debit="customer_prepayments",
        credit="kdv_payable",
    )


@posts(Order.Delivered, order=itself)
def delivered(event: Order.Delivered) -> Iterator[Posting]:
    """What has arrived, and was not paid back before, is earned."""
    for line in event.earned:
        if line.kind != "credits":
            yield from money(
                line.net, "delivered", debit="deferred_revenue", credit=REVENUES[line.kind]
            )


@posts(Order.MoneyReturned, order=itself)
def returned(event: Order.MoneyReturned) -> Iterator[Posting]:
    """Money of a line is owed back, with its KDV: it will not be earned, or is earned no more.
    Credits leave the deferred revenue when they are delivered, too.
    """
    part = event.part
    yield from money(
        part.net,
        "returned",
        debit="refunds" if part.earned else "deferred_revenue",
        credit="customer_prepayments",
    )
    yield from money(part.kdv, "returned", debit="kdv_payable", credit="customer_prepayments")


posts_nothing(
    Designer.Applied,
    Designer.AppliedAgain,
    Designer.PriceChanged,
    MessageCard.Made,
    MessageCard.Repriced,
    PriceBook.EntryScheduled,
    PriceBook.EntryWithdrawn,
    Coupon.Issued,
    because="It says what something would cost; nobody owes it.",
)
posts_nothing(
    Draft.DesignerChosen,
    Draft.MessageCardAdded,
    Draft.GenerationBegun,
    Generation.Requested,
    because="It is part of a draft. What is paid is booked by the payment, and credits by the"
    " wallet's own events.",
)
posts_nothing(
    ManualEntry.Made,
    ManualEntry.Booked,
    EntryTally.Counted,
    because="It tells who gave or took credits by hand; the wallet's own event moves them.",
)
posts_nothing(
    User.Erased,
    because="It tells what was forfeited with the account; the wallet's own events book it.",
)
posts_nothing(
    CreditPurchase.Granted,
    CreditPurchase.TakenBack,
    CreditPurchase.GivenBack,
    because="It keeps the purchase's account of its credits; the wallet's own events move them.",
)
posts_nothing(
    User.Erased,
    because="It tells how many credits were given up; the wallet's own events book them.",
)
posts_nothing(
    BankAccount.StatementImported,
    BankLine.SetAside,
    because="Each line of the statement was booked by itself.",
)
posts_nothing(
    BankTransfer.Awaited,
    BankReturn.Ordered,
    because="It says what is to be sent; no money has moved.",
)
posts_nothing(
    BankTransfer.Received,
    BankTransfer.CameOtherwise,
    BankReturn.Sent,
    because="It tells which line it was; the line, and the payment or refund, book the money.",
)
posts_nothing(
    Order.Placed,
    PaymentAttempt.Opened,
    because="It is an offer to pay; no money has moved.",
)
posts_nothing(
    CouponUse.Used,
    CouponUse.GivenBack,
    because="It tells what a coupon took off an order, whose lines are charged without it.",
)
posts_nothing(
    Order.Paid,
    because="It tells which payment the order keeps; the payment itself booked the money.",
)
posts_nothing(
    PaymentAttempt.RefundRequested,
    PaymentAttempt.RefundPending,
    PaymentAttempt.RefundHindered,
    PaymentAttempt.RefundAsked,
    PaymentAttempt.RefundFailed,
    PaymentAttempt.CancelRequested,
    because="Money moves when the provider has given it back, not before.",
)
posts_nothing(
    WorkItem.Opened,
    WorkItem.Changed,
    WorkItem.Reopened,
    because="It tells what a person looks at; what follows from it has events of its own.",
)
posts_nothing(
    DesignJob.Opened,
    because="The fee is owed when the customer has approved the work.",
)
posts_nothing(
    PrintJob.FileMade,
    because="Its decimals are millimetres.",
)


def _origin(event: Wallet.CreditsGranted) -> Literal["bought", "given back", "given"]:
    if event.origin != "purchase" or event.order_id is None:
        return "given"
    # The lot that an order brings has the id of its line; what comes back gets a lot of its own.
    bought = event.lot_id == Order.line_id_of(event.order_id, "credits")
    return "bought" if bought else "given back"


def _moved(
    shares: Iterable[LotShare], movement: Movement, *, debit: str, credit: str
) -> Iterator[Posting]:
    sums: dict[str, int] = {}
    for share in shares:
        sums[share.credit_class] = sums.get(share.credit_class, 0) + share.credits
    for credit_class, number in sums.items():
        yield from counted(Credits(number, credit_class), movement, debit=debit, credit=credit)


def _value(shares: Iterable[LotShare]) -> Money:
    return total(share.value for share in shares)
