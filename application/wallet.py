"""What can be asked of a wallet."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from application.bus import Command, handles
from application.four_eyes import Hand, party_of
from application.store import Store
from application.terms import Terms
from domain.wallet import Grant, Wallet


class OpenWallet(Command, frozen=True, kw_only=True):
    """Give a customer a wallet with the welcome bonus, once per person for ever; without it if they
    are not `welcome` to it.
    """

    customer_id: UUID
    welcome: bool = True


class ReleaseHold(Command, frozen=True, kw_only=True):
    """Give back what was held for work that will not be done."""

    customer_id: UUID
    hold_id: UUID
    reason: str


class ExpireHold(Command, frozen=True, kw_only=True):
    """Give back what is held past its deadline."""

    customer_id: UUID
    hold_id: UUID


class RefundCapture(Command, frozen=True, kw_only=True):
    """Give back credits that a capture spent; all that is left of it when `credits` is None.

    `reason` is a stable code, and `by` the person who decides it, if one does.
    """

    customer_id: UUID
    refund_id: UUID
    hold_id: UUID
    credits: int | None = None
    reason: str
    by: Hand | None = None


class ExpireCredits(Command, frozen=True, kw_only=True):
    """Book what has expired in a wallet as expired."""

    customer_id: UUID


@handles
async def open_wallet(command: OpenWallet, store: Store, terms: Terms) -> None:
    wallet = await store.find(Wallet, Wallet.id_of(command.customer_id))
    if wallet is None:
        wallet = Wallet.open(command.customer_id, store.now)
    if command.welcome:
        wallet.grant(
            uuid5(wallet.id, "welcome"),
            Grant(
                credits=terms.welcome_credits,
                credit_class="promotional",
                origin="welcome",
                expires_at=_end_of_welcome(store.now, terms),
            ),
        )
    store.save(wallet)


@handles
async def release_hold(command: ReleaseHold, store: Store) -> None:
    wallet = await store.get(Wallet, Wallet.id_of(command.customer_id))
    wallet.release(command.hold_id, reason=command.reason)
    store.save(wallet)


@handles
async def expire_hold(command: ExpireHold, store: Store) -> None:
    wallet = await store.get(Wallet, Wallet.id_of(command.customer_id))
    wallet.expire_hold(command.hold_id)
    store.save(wallet)


@handles
async def refund_capture(command: RefundCapture, store: Store) -> None:
    if command.by is not None:
        decider = await party_of(command.by, store)
        decider.must_not_benefit(await party_of(Hand(person_id=command.customer_id), store))
    wallet = await store.get(Wallet, Wallet.id_of(command.customer_id))
    wallet.refund_capture(
        command.refund_id,
        hold_id=command.hold_id,
        credits=command.credits,
        reason=command.reason,
    )
    store.save(wallet)


@handles
async def expire_credits(command: ExpireCredits, store: Store) -> None:
    wallet = await store.get(Wallet, Wallet.id_of(command.customer_id))
    wallet.expire()
    store.save(wallet)


def _end_of_welcome(now: datetime, terms: Terms) -> datetime:
    return now + timedelta(days=terms.welcome_days)
