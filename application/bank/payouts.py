"""Lines by which designers are paid, or by which that comes back: of one payout or a whole run."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from application.store import Store
from domain.bank import AsideReason, Direction
from domain.earnings import DesignerAccount, PayoutCode, PayoutRun, PayoutState
from domain.shared.money import Money, total


class PaidItem(Struct, frozen=True):
    """A payout, and the account that it is of."""

    account: DesignerAccount
    payout_id: UUID

    @property
    def state(self) -> PayoutState:
        """How it stands now."""
        return self.account.payout(self.payout_id).state

    @property
    def amount(self) -> Money:
        """What is to be paid."""
        return self.account.payout(self.payout_id).amount


class PayoutOfCode(Struct, frozen=True):
    """What a reference code stands for."""

    reference: str
    items: tuple[PaidItem, ...]

    def moved(self, direction: Direction) -> tuple[PaidItem, ...]:
        """Those that a line of this direction can be about."""
        wanted: PayoutState = "approved" if direction == "out" else "paid"
        return tuple(each for each in self.items if each.state == wanted)

    def misfit(self, direction: Direction, amount: Money) -> AsideReason | None:
        """Why such a line is not these payouts; None when it is."""
        items = self.moved(direction)
        if not items:
            return self._why_none(direction)
        wanted = total((each.amount for each in items), items[0].amount.currency)
        if amount.currency != wanted.currency:
            return "other_currency"
        if amount == wanted:
            return None
        return "too_little" if amount < wanted else "too_much"

    def _why_none(self, direction: Direction) -> AsideReason:
        states = {each.state for each in self.items}
        if direction == "in":
            return "payout_over" if states & {"bounced"} else "wrong_direction"
        if states & {"requested", "in_run"}:
            return "payout_not_approved"
        return "sent_before" if states & {"paid"} else "payout_over"


async def payouts_of(codes: Sequence[str], store: Store) -> list[PayoutOfCode]:
    """What these codes stand for; a code of one payout tells more than that of its run."""
    single = []
    for code in codes:
        known = await store.find(PayoutCode, PayoutCode.id_of(code))
        if known is not None:
            account = await store.get(DesignerAccount, known.account_id)
            single.append(PayoutOfCode(code, (PaidItem(account, known.payout_id),)))
    if single:
        return single
    found = []
    for code in codes:
        run = await store.find(PayoutRun, PayoutRun.id_of(code))
        if run is not None:
            items = [
                PaidItem(await store.get(DesignerAccount, item.account_id), item.payout_id)
                for item in run.items
            ]
            mine = (each for each in items if each.account.payout(each.payout_id).run_id == run.id)
            found.append(PayoutOfCode(code, tuple(mine)))
    return found
