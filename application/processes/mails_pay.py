"""What designers are told: decisions about them and their work, what they earn, and payouts."""

from __future__ import annotations

from collections.abc import Iterator

from application.notifications import SendMail
from application.work import Intent, when
from domain.design import DesignJob
from domain.designers import Designer
from domain.earnings import DesignerAccount, Payee
from domain.shared.days import TURKEY

_Iban = Payee.IbanGiven | Payee.IbanChanged
_Payout = (
    DesignerAccount.PayoutRequested
    | DesignerAccount.PayoutCancelled
    | DesignerAccount.PayoutPaid
    | DesignerAccount.PayoutBounced
    | DesignerAccount.PayoutRefused
)


@when(Designer.Approved)
def tell_designer_approved(event: Designer.Approved) -> Iterator[Intent]:
    """Who applied hears that they may begin."""
    yield SendMail(person_id=event.person_id, template="designer_approved")


@when(Designer.Rejected)
def tell_designer_rejected(event: Designer.Rejected) -> Iterator[Intent]:
    """Who applied hears that there is an answer; its words wait where they are signed in."""
    yield SendMail(person_id=event.person_id, template="designer_rejected")


@when(DesignJob.Approved)
def tell_silence_counted(event: DesignJob.Approved) -> Iterator[Intent]:
    """Who approved knows it; who kept silent hears that it counted."""
    if event.by == "time":
        yield SendMail(
            person_id=event.customer_id,
            template="design_approved_by_time",
            facts={"number": event.number},
        )


@when(DesignJob.Cancelled)
def tell_designer_of_end(event: DesignJob.Cancelled) -> Iterator[Intent]:
    """Nobody goes on working for nothing; the customer hears of the order's end."""
    if event.by != "designer":
        yield SendMail(
            person_id=event.designer_person_id,
            template="design_cancelled",
            facts={"number": event.number},
        )


@when(DesignerAccount.Accrued)
def tell_of_earning(event: DesignerAccount.Accrued) -> Iterator[Intent]:
    """An approved design is worth something; what older releases owed was told by them."""
    accrual = event.accrual
    if not accrual.carried:
        yield SendMail(
            person_id=event.person_id,
            template="earning_accrued",
            facts={"number": accrual.number},
            amount=accrual.cut.share,
        )


@when(DesignerAccount.Reversed)
def tell_of_reversal(event: DesignerAccount.Reversed) -> Iterator[Intent]:
    """No balance is made smaller without a word."""
    yield SendMail(
        person_id=event.person_id,
        template="earning_reversed",
        facts={"number": event.number},
        amount=event.share,
    )


@when(DesignerAccount.PayoutRequested)
def confirm_payout_request(event: DesignerAccount.PayoutRequested) -> Iterator[Intent]:
    """Who did not ask for it has time to say so."""
    yield _payout(event, "payout_requested")


@when(DesignerAccount.PayoutCancelled)
def tell_of_cancelled_payout(event: DesignerAccount.PayoutCancelled) -> Iterator[Intent]:
    """Who withdrew it knows it; who owes money meanwhile does not."""
    if event.reason != "withdrawn":
        yield _payout(event, "payout_cancelled")


@when(DesignerAccount.PayoutPaid)
def tell_of_payout(event: DesignerAccount.PayoutPaid) -> Iterator[Intent]:
    """Our bank has sent it."""
    yield _payout(event, "payout_paid")


@when(DesignerAccount.PayoutBounced, DesignerAccount.PayoutRefused)
def tell_of_failed_payout(
    event: DesignerAccount.PayoutBounced | DesignerAccount.PayoutRefused,
) -> Iterator[Intent]:
    """The designer looks at their bank details, and asks again."""
    yield _payout(event, "payout_failed")


@when(Payee.IbanGiven, Payee.IbanChanged)
def tell_of_iban(event: _Iban) -> Iterator[Intent]:
    """Whoever took over an account would send the money elsewhere: its owner hears of it in time.
    The number itself is in no mail.
    """
    yield SendMail(
        person_id=event.person_id,
        template="iban_changed",
        facts={"usable_from": f"{event.usable_from.astimezone(TURKEY):%d.%m.%Y %H.%M}"},
    )


@when(Payee.IbanRemoved)
def tell_of_no_iban(event: Payee.IbanRemoved) -> Iterator[Intent]:
    """Without one nothing can be paid out."""
    yield SendMail(person_id=event.person_id, template="iban_removed")


def _payout(event: _Payout, template: str) -> Intent:
    return SendMail(
        person_id=event.person_id,
        template=template,
        facts={"reference": event.reference},
        amount=event.amount,
    )
