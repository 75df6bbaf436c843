"""What approved work earns, and what refunds take back of it; part of others' commits."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from application.bus import Command, handles
from application.store import Store
from application.terms import Terms
from domain.design import DesignJob
from domain.earnings import Accrual, CommissionBook, Cut, DesignerAccount, cut_of, rate_at
from domain.orders import Order
from domain.shared.money import Money, split_gross


class TakeOverFee(Command, frozen=True, kw_only=True):
    """Put a fee on the designer's account that was approved before there were accounts; ignored
    where that was done, or the fee is not owed.
    """

    job_id: UUID


async def accrue(job: DesignJob, store: Store, *, terms: Terms) -> None:
    """An approved job earns the designer their share, once, at the commission of this moment. What
    of the fee went back to the customer before is reversed at once. Ignored where the fee was
    booked before there were accounts. Changes are saved to `store`.
    """
    if not job.fee_on_account:
        return
    book = await store.find(CommissionBook, CommissionBook.ID)
    rate = rate_at(
        book.rules if book else (),
        job.artist.designer_id,
        moment=store.now,
        default=terms.commission_percent,
    )
    order = await store.get(Order, job.commission.order_id)
    account = await account_of(job, store)
    await _accrue(account, job, order=order, rate=rate, carried=False)
    store.save(account)


async def reverse_share(order: Order, *, returned: Money, refund_id: UUID, store: Store) -> None:
    """So much of the order's design fee went back to the customer by this refund: the same part of
    the share is reversed. Ignored where no work was approved. Changes are saved to `store`.
    """
    job = await store.find(DesignJob, DesignJob.id_of(order.id))
    if job is None or not _is_owed(job):
        return
    account = await account_of(job, store)
    await _carry(account, job, order=order)
    account.reverse(job.id, refund_id, returned=returned)
    store.save(account)


async def close_earning(job: DesignJob, store: Store) -> None:
    """The order of an approved job is off: the rest of the share is reversed. To be called before
    the job is closed. Changes are saved to `store`.
    """
    if _is_owed(job):
        order = await store.get(Order, job.commission.order_id)
        account = await account_of(job, store)
        await _carry(account, job, order=order)
        account.close(job.id)
        store.save(account)


async def account_of(job: DesignJob, store: Store) -> DesignerAccount:
    """The account of the designer who made it; it may be new."""
    artist = job.artist
    account = await store.find(DesignerAccount, DesignerAccount.id_of(artist.designer_id))
    if account is None:
        account = DesignerAccount.open(artist.designer_id, artist.person_id, now=store.now)
        store.save(account)
    return account


@handles
async def take_over_fee(command: TakeOverFee, store: Store) -> None:
    job = await store.get(DesignJob, command.job_id)
    if not _is_owed(job):
        return
    account = await account_of(job, store)
    await _carry(account, job, order=await store.get(Order, job.commission.order_id))
    store.save(account)


async def _carry(account: DesignerAccount, job: DesignJob, *, order: Order) -> None:
    """Nothing was kept of fees in those days, and nothing reversed by a refund of a part."""
    if not job.fee_on_account:
        await _accrue(account, job, order=order, rate=None, carried=True)


async def _accrue(
    account: DesignerAccount, job: DesignJob, *, order: Order, rate: Decimal | None, carried: bool
) -> None:
    fee = job.commission.fee
    line = next(each for each in order.lines if each.kind == "design_fee")
    charged = next(each.gross for each in order.charged_lines if each.kind == "design_fee")
    known = job.id in account.earnings
    account.accrue(
        Accrual(
            job_id=job.id,
            order_id=order.id,
            number=order.number,
            fee=fee,
            charged=charged,
            cut=_whole(fee) if rate is None else cut_of(split_gross(fee, line.kdv_rate).net, rate),
            carried=carried,
        )
    )
    if known or carried:
        return
    for refund_id, refund in order.refunds.items():
        if refund.line_id == line.line_id:
            account.reverse(job.id, refund_id, returned=refund.amount)


def _is_owed(job: DesignJob) -> bool:
    return job.state == "approved" and not job.fee_reversed


def _whole(fee: Money) -> Cut:
    return Cut(base=fee, rate=Decimal(0), commission=fee * 0, share=fee)
