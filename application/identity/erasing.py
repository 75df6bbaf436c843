"""Asking that a person be forgotten, and what has to be settled before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from msgspec import Struct

from application.bus import Command, handles
from application.identity.attempts import Proof, succeed
from application.identity.claiming import email_claim_id
from application.identity.ports import Claims
from application.store import Store
from domain.design import DesignJob
from domain.designers import Designer
from domain.earnings import DesignerAccount, Payee
from domain.identity import ErasureRequest, User, WrongCredentials
from domain.orders import Order
from domain.payments import PaymentAttempt
from domain.returns import Return
from domain.shared.claims import EmailClaim
from domain.shared.errors import Conflict
from domain.wallet import Wallet
from domain.work_items import WorkItem


class ErasureHeldUp(Conflict):
    """Something is open that law or fairness keeps alive. Facts: `held_up`, what and how it stands,
    by semicolons, and `held_up_tr`, what in Turkish.
    """


class CreditsWouldBeForfeited(Conflict):
    """Unspent credits are lost with the account; that has to be said yes to. Facts: `credits`, and
    `purchased` among them.
    """


class HeldUp(Struct, frozen=True, kw_only=True):
    """Something that is open, in both languages."""

    tr: str
    en: str


class Unsettled(Struct, frozen=True, kw_only=True):
    """What a person has that may not have ended, as far as somebody knows who looked."""

    orders: tuple[UUID, ...] = ()
    attempts: tuple[UUID, ...] = ()
    design_jobs: tuple[UUID, ...] = ()
    returns: tuple[UUID, ...] = ()


class EraseMe(Command, frozen=True, kw_only=True):
    """Forget everything about the caller, who has just proved their password."""

    proof: Proof
    unsettled: Unsettled
    forfeit_credits: bool = False


class ErasePerson(Command, frozen=True, kw_only=True):
    """Forget everything about a person who asked for it in another way; `admin_id` is None for the
    operator's shell, `reference` tells where the request is filed and must not name anybody.
    """

    person_id: UUID
    admin_id: UUID | None
    reference: str
    unsettled: Unsettled
    forfeit_credits: bool = False


class Goodbye(Struct, frozen=True, kw_only=True):
    """Credits that were lost with the account."""

    forfeited_credits: int


@handles
async def erase_me(command: EraseMe, store: Store, claims: Claims) -> Goodbye:
    user = await store.get(User, command.proof.person_id)
    if not user.erased and command.proof.password_hash != user.password_hash:
        raise WrongCredentials
    goodbye = await _erase(
        user, command, request=ErasureRequest(asked_by="person"), store=store, claims=claims
    )
    store.save(*await succeed(command.proof, store))
    return goodbye


@handles
async def erase_person(command: ErasePerson, store: Store, claims: Claims) -> Goodbye:
    user = await store.get(User, command.person_id)
    request = ErasureRequest(
        asked_by="operator", admin_id=command.admin_id, reference=command.reference
    )
    return await _erase(user, command, request=request, store=store, claims=claims)


async def held_up_by(unsettled: Unsettled, person_id: UUID, *, store: Store) -> list[HeldUp]:
    """What of this is open indeed."""
    return [each async for each in _open(unsettled, person_id, store=store)]


async def _erase(
    user: User,
    command: EraseMe | ErasePerson,
    *,
    request: ErasureRequest,
    store: Store,
    claims: Claims,
) -> Goodbye:
    store.save(user)
    if user.erased:
        return Goodbye(forfeited_credits=user.forfeited_credits)
    user.must_be_erasable()
    if held_up := await held_up_by(command.unsettled, user.id, store=store):
        raise ErasureHeldUp(
            held_up="; ".join(each.en for each in held_up),
            held_up_tr="; ".join(each.tr for each in held_up),
        )
    wallet = await store.find(Wallet, Wallet.id_of(user.id))
    credits = wallet.balance if wallet else 0
    if wallet and credits:
        if not command.forfeit_credits:
            bought = [lot for lot in wallet.lots.values() if lot.credit_class == "purchased"]
            purchased = sum(lot.remaining for lot in bought)
            raise CreditsWouldBeForfeited(credits=credits, purchased=purchased)
        wallet.forfeit()
        store.save(wallet)
    user.erase(request, forfeited_credits=credits)
    await _let_go(user, store, claims=claims)
    return Goodbye(forfeited_credits=credits)


async def _let_go(user: User, store: Store, *, claims: Claims) -> None:
    claim = await store.find(EmailClaim, email_claim_id(user.email, claims))
    if claim and claim.person_id == user.id:
        claim.release()
        store.save(claim)
    designer = await store.find(Designer, Designer.id_of(user.id))
    if designer:
        designer.leave()
        store.save(designer)
    payee = await store.find(Payee, Payee.id_of(user.id))
    if payee:
        payee.remove()
        store.save(payee)


async def _open(unsettled: Unsettled, person_id: UUID, *, store: Store) -> AsyncIterator[HeldUp]:
    async for held_up in _open_orders(unsettled, person_id, store=store):
        yield held_up
    async for held_up in _open_work(unsettled, person_id, store=store):
        yield held_up
    account = await store.find(DesignerAccount, DesignerAccount.id_of(Designer.id_of(person_id)))
    if account and account.owed.amount > 0:
        yield HeldUp(
            tr=f"tasarımlar için ödenecek {account.owed}",
            en=f"{account.owed} are to be paid out for designs",
        )
    wallet = await store.find(Wallet, Wallet.id_of(person_id))
    if wallet and wallet.holds:
        yield HeldUp(
            tr=f"süren bir iş için ayrılmış {wallet.held} kredi",
            en=f"{wallet.held} credits are held for work that is under way",
        )


async def _open_orders(
    unsettled: Unsettled, person_id: UUID, *, store: Store
) -> AsyncIterator[HeldUp]:
    for order_id in unsettled.orders:
        order = await store.find(Order, order_id)
        mine = order is not None and order.customer_id == person_id
        if order and mine and not await _is_settled(order, store):
            number = order.number
            yield HeldUp(tr=f"{number} numaralı sipariş", en=f"order {number}: {order.state}")
    for attempt_id in unsettled.attempts:
        attempt = await store.find(PaymentAttempt, attempt_id)
        if attempt is None or attempt.customer_id != person_id:
            continue
        if not attempt.is_settled_with(await _decided(attempt, store)):
            yield HeldUp(tr=f"{attempt.id} ödemesi", en=f"payment {attempt.id}: {attempt.state}")


async def _open_work(
    unsettled: Unsettled, person_id: UUID, *, store: Store
) -> AsyncIterator[HeldUp]:
    for job_id in unsettled.design_jobs:
        job = await store.find(DesignJob, job_id)
        if job and not job.is_over:
            number = job.commission.number
            yield HeldUp(
                tr=f"{number} numaralı siparişin tasarımı",
                en=f"design for order {number}: {job.state}",
            )
    for return_id in unsettled.returns:
        asked = await store.find(Return, return_id)
        if asked and asked.customer_id == person_id and not asked.is_over:
            number = asked.claim.number
            yield HeldUp(
                tr=f"{number} numaralı siparişin iadesi",
                en=f"return of order {number}: {asked.state}",
            )


async def _is_settled(order: Order, store: Store) -> bool:
    """Whether neither goods nor money are on their way; what the provider refuses to give back for
    an order that is off waits for a person, and for nobody else.
    """
    if order.is_settled or order.state != "cancelled" or order.open_attempt:
        return order.is_settled
    attempt = await store.find(PaymentAttempt, order.paid_attempt) if order.paid_attempt else None
    if attempt is None:
        return False
    decided = await _decided(attempt, store)
    return attempt.is_settled_with(decided) and attempt.has_gone(decided)


async def _decided(attempt: PaymentAttempt, store: Store) -> set[UUID]:
    """The refused refunds of which finance has said what becomes of them."""
    found = set()
    for refund_id in attempt.refused:
        item = await store.find(WorkItem, WorkItem.id_of("refund_refused", str(refund_id)))
        if item is not None and item.state == "resolved":
            found.add(refund_id)
    return found
