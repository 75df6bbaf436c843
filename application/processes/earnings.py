"""What follows from designers' pay: runs that nobody decides on end, and bounces are looked at."""

from __future__ import annotations

from collections.abc import Iterator

from application.earnings import ExpirePayoutRun
from application.work import Intent, Later, when
from application.work_items import OpenWorkItem
from domain.earnings import DesignerAccount, PayoutRun


@when(PayoutRun.Proposed)
def end_unless_decided(event: PayoutRun.Proposed) -> Iterator[Intent]:
    """A run waits no longer than its time."""
    yield Later(ExpirePayoutRun(run_id=event.originator_id), event.expires_at)


@when(DesignerAccount.PayoutBounced)
def ask_finance_about_bounce(event: DesignerAccount.PayoutBounced) -> Iterator[Intent]:
    """The money is back on the designer's balance; somebody has to ask for the right IBAN."""
    yield OpenWorkItem(
        kind="designer_pay_bounced",
        key=str(event.payout_id),
        amount=event.amount,
        facts=(("reference", event.reference),),
    )
