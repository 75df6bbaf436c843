"""What follows from lines of the bank: they are explained, payments confirmed, people asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from application.bank import MatchBankLine
from application.notifications import SendMail
from application.payments import AskProvider, RecordRefundOutcome
from application.ports import Refunded
from application.work import Intent, Later, when
from application.work_items import LapseWorkItem, OpenWorkItem
from domain.bank import BankLine, BankReturn, BankTransfer, grouped_iban, printed
from domain.orders import number_of
from domain.shared.days import TURKEY

LOOK_AGAIN = tuple(timedelta(hours=hours) for hours in (6, 24, 48, 96))
"""When a payout that the provider has not reported yet is looked at again."""


@when(BankLine.Booked)
def match_line(event: BankLine.Booked) -> Iterator[Intent]:
    """Each line is explained by itself, so that none keeps the others waiting."""
    yield MatchBankLine(line_id=event.originator_id)


@when(BankTransfer.Awaited)
def tell_how_to_transfer(event: BankTransfer.Awaited) -> Iterator[Intent]:
    """Who pays at their bank's counter or app has closed our page by then."""
    transfer = event.transfer
    yield SendMail(
        person_id=transfer.customer_id,
        template="transfer_awaited",
        facts={
            "number": number_of(transfer.order_id),
            "recipient": transfer.recipient,
            "bank": transfer.bank_name,
            "iban": grouped_iban(transfer.iban),
            "reference": printed(transfer.reference),
            "until": f"{transfer.until.astimezone(TURKEY):%d.%m.%Y}",
        },
        amount=transfer.amount,
    )


@when(BankTransfer.Received)
def ask_about_transfer(event: BankTransfer.Received) -> Iterator[Intent]:
    """The payment is confirmed as all are: by asking its provider. The mail with the reference may
    have gone out for an attempt that never learnt of it.
    """
    yield AskProvider(attempt_id=event.attempt_id, token=event.reference)


@when(BankReturn.Sent)
def confirm_refund(event: BankReturn.Sent) -> Iterator[Intent]:
    """The bank has sent it: the refund is done."""
    if event.attempt_id:
        yield RecordRefundOutcome(
            attempt_id=event.attempt_id,
            refund_id=event.subject_id,
            outcome=Refunded(event.reference),
        )


@when(BankLine.SetAside)
def ask_finance(event: BankLine.SetAside) -> Iterator[Intent]:
    """What nothing explains is looked at by a person."""
    yield OpenWorkItem(
        kind="unmatched_transfer",
        key=str(event.originator_id),
        amount=event.amount,
        facts=(("direction", event.direction), ("reason", event.reason)),
    )


@when(BankLine.SetAside)
def look_again(event: BankLine.SetAside) -> Iterator[Intent]:
    """The provider may report a payout after our bank has booked it."""
    if event.reason == "settlement_unknown":
        for after in LOOK_AGAIN:
            yield Later(MatchBankLine(line_id=event.originator_id), event.timestamp + after)


@when(BankLine.Matched)
def close_question(event: BankLine.Matched) -> Iterator[Intent]:
    """Nobody has to look any more, whoever has explained it."""
    yield LapseWorkItem(
        kind="unmatched_transfer", key=str(event.originator_id), reason=event.meaning
    )
