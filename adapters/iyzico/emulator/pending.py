"""Refunds that the bank takes its time with."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from adapters.iyzico.emulator.account import Account
from adapters.iyzico.emulator.book import Payment, Refund


def decide_refunds(account: Account) -> list[tuple[Payment, Refund]]:
    """Let the bank make or refuse the pending refunds whose time has come."""
    decided: list[tuple[Payment, Refund]] = []
    for payment_id in tuple(account.book.waiting_for_bank):
        for item in account.book.payments[payment_id].items:
            decided += [
                _decide(account, payment_id, refund=made)
                for made in item.refunds
                if made.state == "pending" and _due_at(made) <= account.now()
            ]
    for payment, made in decided:
        account.refund_decided(payment, made)
    return decided


def _due_at(refund: Refund) -> datetime:
    return refund.decided_at or refund.created_at


def _decide(account: Account, payment_id: int, *, refund: Refund) -> tuple[Payment, Refund]:
    payment = account.book.payments[payment_id]
    ruled = replace(refund, state="failed" if refund.will_fail else "done")
    items = tuple(
        replace(item, refunds=tuple(ruled if r == refund else r for r in item.refunds))
        for item in payment.items
    )
    changed = replace(payment, items=items)
    account.book.keep(changed)
    return changed, ruled
