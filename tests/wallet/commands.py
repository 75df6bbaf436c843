"""Every command about wallets, each in a house where it does something."""

from __future__ import annotations

from uuid import UUID

from application.generation import RecordPainted, RequestGeneration
from application.terms import Terms
from application.wallet import ExpireCredits, ExpireHold, OpenWallet, RefundCapture, ReleaseHold
from tests.asked import State
from tests.drafts.examples import CUSTOMER, DESCRIBE, DRAFT, START, candidates
from tests.given import House

GENERATION = UUID(int=901)
ASK = RequestGeneration(
    draft_id=DRAFT, customer_id=CUSTOMER, generation_id=GENERATION, prompt="Sisli bir sahil"
)


async def an_empty_house() -> House:
    """Nobody has anything."""
    return House({Terms: Terms()})


async def a_house_after_the_welcome() -> House:
    """The customer's welcome credits are past their time."""
    house = await an_empty_house()
    await house.do(OpenWallet(customer_id=CUSTOMER))
    house.clock.pass_(days=Terms().welcome_days + 1)
    return house


async def a_house_past_the_deadline() -> House:
    """The credits are held for longer than they may be."""
    house = await an_empty_house()
    for command in (OpenWallet(customer_id=CUSTOMER), START, DESCRIBE, ASK):
        await house.do(command)
    house.clock.pass_(hours=1)
    return house


REFUND = RefundCapture(
    customer_id=CUSTOMER, refund_id=UUID(int=902), hold_id=GENERATION, reason="unusable"
)

EMPTY = State(an_empty_house)
HELD = EMPTY.after(OpenWallet(customer_id=CUSTOMER), START, DESCRIBE, ASK)
SPENT = HELD.after(RecordPainted(generation_id=GENERATION, candidates=candidates()))
LATE = State(a_house_past_the_deadline)
EXPIRED = State(a_house_after_the_welcome)

EXAMPLES = [
    *EMPTY.asked(OpenWallet(customer_id=CUSTOMER)),
    *HELD.asked(ReleaseHold(customer_id=CUSTOMER, hold_id=GENERATION, reason="cancelled")),
    *LATE.asked(ExpireHold(customer_id=CUSTOMER, hold_id=GENERATION)),
    *SPENT.asked(REFUND),
    *EXPIRED.asked(ExpireCredits(customer_id=CUSTOMER)),
]
