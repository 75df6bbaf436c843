"""Posting rules of what designers earn and are paid."""

from __future__ import annotations

from collections.abc import Iterator

from domain.design import DesignJob
from domain.earnings import CommissionBook, DesignerAccount, PayoutRun
from domain.ledger.booking import Posting, money, posts, posts_nothing


@posts(DesignJob.FeeEarned)
def designed(event: DesignJob.FeeEarned) -> Iterator[Posting]:
    """The customer has approved. Before there were accounts, the whole fee was owed to the
    designer; now the account's own event books their share.
    """
    if not event.on_account:
        yield from money(event.fee, "designed", debit="design_costs", credit="designers_payable")


@posts(DesignJob.FeeReversed)
def design_reversed(event: DesignJob.FeeReversed) -> Iterator[Posting]:
    """The order is off. Before there were accounts, the fee was not owed any more; now the
    account's own event books what is taken back.
    """
    if not event.on_account:
        yield from money(event.fee, "designed", debit="designers_payable", credit="design_costs")


@posts(DesignerAccount.Accrued)
def accrued(event: DesignerAccount.Accrued) -> Iterator[Posting]:
    """The designer's share of an approved design is owed to them. What the shop keeps of the fee is
    in its revenue, and is booked nowhere else. A share that was carried over was booked before.
    """
    accrual = event.accrual
    if not accrual.carried:
        yield from money(
            accrual.cut.share, "designed", debit="design_costs", credit="designers_payable"
        )


@posts(DesignerAccount.Reversed)
def reversed_share(event: DesignerAccount.Reversed) -> Iterator[Posting]:
    """The customer got (a part of) the fee back: as much of the share is not owed any more."""
    yield from money(event.share, "designed", debit="designers_payable", credit="design_costs")


@posts(DesignerAccount.PayoutPaid)
def paid_to_designer(event: DesignerAccount.PayoutPaid) -> Iterator[Posting]:
    """Our bank has paid the designer."""
    yield from money(event.amount, "paid_out", debit="designers_payable", credit="bank_clearing")


@posts(DesignerAccount.PayoutBounced)
def bounced_to_us(event: DesignerAccount.PayoutBounced) -> Iterator[Posting]:
    """The designer's bank has sent it back: it is owed again."""
    yield from money(event.amount, "bounced", debit="bank_clearing", credit="designers_payable")


posts_nothing(
    DesignerAccount.PayoutRequested,
    DesignerAccount.PayoutCancelled,
    DesignerAccount.PayoutTaken,
    DesignerAccount.PayoutLetGo,
    DesignerAccount.PayoutApproved,
    DesignerAccount.PayoutRefused,
    PayoutRun.Proposed,
    because="No money has moved: what is to be paid is owed until the bank has paid it.",
)
posts_nothing(
    CommissionBook.RuleSet,
    because="It says what will be kept of fees that are approved later.",
)
