"""Every way to walk around the rule of two persons that we know of, and what stops or shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from application.bus import Actor, Call, Command
from application.four_eyes import Hand
from application.identity import GrantRole
from application.manual_entries import (
    ApproveManualEntry,
    ExpireManualEntry,
    RejectManualEntry,
    WithdrawManualEntry,
)
from domain.identity import NotAnAdmin, OwnRoles
from domain.manual_entries import EntryTally, ManualEntry
from domain.shared.errors import Refusal
from domain.shared.four_eyes import (
    MakerIsChecker,
    NotFinance,
    OwnBenefit,
    Party,
    ProposalClosed,
    ProposalExpired,
)
from domain.shared.text import mailbox_of
from tests.manual_entries.examples import (
    ADMIN,
    AYSE,
    CAN,
    EMRE,
    ENTRY,
    FATMA,
    OTHER,
    Office,
    an_office,
    approval,
    entry,
    hand,
)

SECOND = UUID(int=301)
"""Another account of Fatma's."""

WELCOME = 500


@pytest.fixture
async def office() -> Office:
    return await an_office()


async def with_second_account(office: Office, email: str = "Fatma+2@polikrami.example") -> None:
    await office.register(SECOND, email, roles=("finance",))


async def test_nobody_approves_what_they_have_made(office: Office) -> None:
    await office.made(5_000)
    refusal = await office.refuses(MakerIsChecker, approval(by=FATMA))
    assert refusal.facts == {"seen": "person"}
    await office.refuses(
        MakerIsChecker, RejectManualEntry(entry_id=ENTRY, by=hand(FATMA), note="Vazgeçtim")
    )


async def test_the_maker_does_not_approve_after_becoming_an_admin(office: Office) -> None:
    await office.made(5_000)
    await office.grant_role(FATMA, "admin")
    await office.refuses(MakerIsChecker, approval(by=FATMA))


async def test_roles_that_change_in_between_make_no_maker_a_checker(office: Office) -> None:
    await office.made(5_000)
    await office.take_role(FATMA)
    await office.refuses(NotFinance, approval(by=FATMA))
    await office.grant_role(FATMA, "finance")
    await office.refuses(MakerIsChecker, approval(by=FATMA))
    assert await office.available() == WELCOME


async def test_a_proposal_of_a_former_colleague_still_needs_another_person(
    office: Office,
) -> None:
    await office.made(5_000)
    await office.take_role(FATMA)
    assert (await office.entry()).proposal.state == "open"
    await office.do(approval())
    assert (await office.entry()).booked


async def test_a_checker_holds_the_role_when_approving_and_not_only_when_asked(
    office: Office,
) -> None:
    await office.made(5_000)
    await office.take_role(CAN)
    await office.refuses(NotFinance, approval())
    await office.refuses(NotFinance, approval(by=ADMIN))


async def test_a_checker_who_gets_the_role_later_may_approve(office: Office) -> None:
    await office.made(5_000)
    await office.grant_role(ADMIN, "finance")
    await office.do(approval(by=ADMIN))


async def test_admins_and_customers_make_no_entries(office: Office) -> None:
    await office.refuses(NotFinance, entry(100, by=ADMIN))
    await office.refuses(NotFinance, entry(100, by=AYSE, customer_id=OTHER))
    await office.take_role(FATMA)
    await office.refuses(NotFinance, entry(100))


async def test_finance_grants_itself_no_roles(office: Office) -> None:
    await office.refuses(NotAnAdmin, GrantRole(person_id=FATMA, role="admin", by=FATMA))
    await office.refuses(NotAnAdmin, GrantRole(person_id=AYSE, role="finance", by=FATMA))
    await office.refuses(OwnRoles, GrantRole(person_id=ADMIN, role="finance", by=ADMIN))


async def test_nobody_gives_credits_to_themselves(office: Office) -> None:
    refusal = await office.refuses(OwnBenefit, entry(100, customer_id=FATMA))
    assert refusal.facts == {"seen": "person"}


async def test_nobody_takes_credits_from_themselves_either(office: Office) -> None:
    await office.refuses(OwnBenefit, entry(-100, customer_id=FATMA))


async def test_nobody_gives_credits_to_their_own_second_account(office: Office) -> None:
    await with_second_account(office)
    refusal = await office.refuses(OwnBenefit, entry(100, customer_id=SECOND))
    assert refusal.facts == {"seen": "mailbox"}


async def test_nobody_approves_by_their_own_second_account(office: Office) -> None:
    await with_second_account(office)
    await office.made(5_000)
    refusal = await office.refuses(MakerIsChecker, approval(by=SECOND))
    assert refusal.facts == {"seen": "mailbox"}


async def test_nobody_approves_in_the_session_in_which_it_was_made(office: Office) -> None:
    await office.made(5_000)
    borrowed = ApproveManualEntry(
        entry_id=ENTRY, by=Hand(person_id=CAN, session_id=hand(FATMA).session_id)
    )
    refusal = await office.refuses(MakerIsChecker, borrowed)
    assert refusal.facts == {"seen": "session"}


async def test_nobody_approves_what_goes_to_themselves(office: Office) -> None:
    await office.grant_role(AYSE, "finance")
    await office.made(5_000)
    refusal = await office.refuses(OwnBenefit, approval(by=AYSE))
    assert refusal.facts == {"seen": "person"}


async def test_nobody_approves_what_goes_to_their_second_account(office: Office) -> None:
    await office.register(SECOND, "AYSE+is@example.com", roles=("finance",))
    await office.made(5_000)
    refusal = await office.refuses(OwnBenefit, approval(by=SECOND))
    assert refusal.facts == {"seen": "mailbox"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("fatma@polikrami.example", "FATMA@polikrami.example"),
        ("fatma@polikrami.example", "fatma+x@Polikrami.example"),
        ("ılgaz+a@a.example", "ILGAZ+b@a.example"),
        ("a@b@c.example", "A@b@c.example"),
    ],
)
def test_a_mailbox_is_known_by_other_spellings(first: str, second: str) -> None:
    assert mailbox_of(first) == mailbox_of(second)


def test_what_is_no_address_is_no_mailbox() -> None:
    """Erased persons have none, so that no two of them are taken for one."""
    erased = [
        Party(person_id=UUID(int=number), email="[erased]", roles=frozenset()) for number in (1, 2)
    ]
    assert erased[0].seen_as(erased[1]) is None
    assert mailbox_of("fatma@a.example") != mailbox_of("fatma@b.example")


async def test_small_entries_count_together_within_a_day(office: Office) -> None:
    for number in range(1, 5):
        await office.made(250, number=number)
    assert await office.available() == WELCOME + 1_000
    receipt = await office.made(1, number=5)
    assert receipt.answer["state"] == "open"
    assert await office.available() == WELCOME + 1_000


async def test_no_midnight_parts_what_counts_together(office: Office) -> None:
    office.clock.pass_(hours=14, minutes=30)
    await office.made(1_000)
    office.clock.pass_(hours=23, minutes=59)
    assert (await office.made(1, number=2)).answer["needs_second"]
    office.clock.pass_(minutes=1)
    assert not (await office.made(1_000, number=3)).answer["needs_second"]


async def test_giving_and_taking_do_not_cancel_each_other_out(office: Office) -> None:
    await office.made(900)
    assert (await office.made(-200, number=2)).answer["needs_second"]


async def test_what_two_persons_booked_leaves_one_person_their_limit(office: Office) -> None:
    await office.made(5_000)
    await office.do(approval())
    assert not (await office.made(1_000, number=2)).answer["needs_second"]


async def test_each_maker_has_a_limit_of_their_own_for_each_customer(office: Office) -> None:
    """What is split over makers or customers is booked, and stands in the report."""
    await office.made(1_000)
    await office.made(1_000, number=2, by=CAN)
    await office.made(1_000, number=3, customer_id=OTHER)
    assert office.happened().count(ManualEntry.Booked) == 3


async def test_the_tally_forgets_what_is_long_past_and_counts_an_entry_once(
    office: Office,
) -> None:
    await office.made(100)
    office.clock.pass_(days=3)
    await office.made(100, number=2)
    (tally,) = [
        loaded.aggregate
        for loaded in [await office.log.aggregate(EntryTally.id_of(AYSE))]
        if loaded
    ]
    assert isinstance(tally, EntryTally)
    assert list(tally.counted) == [UUID(int=2)]
    tally.at(office.clock.now()).count(UUID(int=2), made_by=FATMA, credits=100)
    assert not tally.pending_events


async def test_small_entries_side_by_side_do_not_slip_past_the_limit(office: Office) -> None:
    receipts = await asyncio.gather(*(office.made(400, number=each) for each in range(1, 6)))
    states = [receipt.answer["state"] for receipt in receipts]
    assert sorted(states) == ["approved", "approved", "open", "open", "open"]
    assert await office.available() == WELCOME + 800


def call(key: str, person_id: UUID = CAN) -> Call:
    return Call(actor=Actor(person_id=person_id), key=key)


async def test_an_approval_again_under_another_key_books_nothing(office: Office) -> None:
    await office.made(5_000)
    for key in ("one", "two", "one"):
        await office.do(approval(), call(key))
    assert office.happened().count(ManualEntry.Booked) == 1
    assert await office.available() == WELCOME + 5_000


async def test_an_entry_again_under_another_key_is_the_same_entry(office: Office) -> None:
    for key in ("one", "two", "one"):
        await office.do(entry(700), call(key, FATMA))
    assert office.happened().count(ManualEntry.Made) == 1
    assert await office.available() == WELCOME + 700


async def test_a_second_checker_does_not_book_it_again(office: Office) -> None:
    await office.made(5_000)
    await office.do(approval())
    refusal = await office.refuses(ProposalClosed, approval(by=EMRE))
    assert refusal.facts == {"state": "approved"}
    assert await office.available() == WELCOME + 5_000


async def test_an_expired_entry_is_not_approved(office: Office) -> None:
    await office.made(5_000)
    office.clock.pass_(days=7)
    await office.refuses(ProposalExpired, approval())
    await office.do(ExpireManualEntry(entry_id=ENTRY))
    refusal = await office.refuses(ProposalClosed, approval())
    assert refusal.facts == {"state": "expired"}
    office.clock.pass_(days=-7)
    await office.refuses(ProposalClosed, approval())


RACES: dict[str, Callable[[], Command]] = {
    "approve": lambda: approval(by=EMRE),
    "reject": lambda: RejectManualEntry(entry_id=ENTRY, by=hand(EMRE), note="Olmaz"),
    "withdraw": lambda: WithdrawManualEntry(entry_id=ENTRY, by=hand(FATMA)),
}


async def outcome_of(asked: Awaitable[object]) -> str:
    try:
        await asked
    except Refusal as refusal:
        return refusal.code
    return "done"


@pytest.mark.parametrize("rival", sorted(RACES))
@pytest.mark.parametrize("order", [1, -1])
async def test_of_two_decisions_at_once_one_counts(office: Office, rival: str, order: int) -> None:
    await office.made(5_000)
    asked = [approval(), RACES[rival]()][::order]
    outcomes = await asyncio.gather(*(outcome_of(office.do(each)) for each in asked))
    assert sorted(outcomes) == ["done", "proposal_closed"]
    state = (await office.entry()).proposal.state
    assert await office.available() == WELCOME + (5_000 if state == "approved" else 0)


@pytest.mark.parametrize("order", [1, -1])
async def test_an_approval_just_in_time_and_the_timer_leave_one_end(
    office: Office, order: int
) -> None:
    await office.made(5_000)
    office.clock.pass_(days=7, seconds=-1)
    asked: list[Command] = [approval(), ExpireManualEntry(entry_id=ENTRY)]
    await asyncio.gather(*(office.do(each) for each in asked[::order]))
    office.clock.pass_(seconds=2)
    await office.do(ExpireManualEntry(entry_id=ENTRY))
    assert (await office.entry()).proposal.state == "approved"
    assert ManualEntry.Expired not in office.happened()


async def test_what_needs_two_persons_is_not_booked_by_one_whoever_asks(office: Office) -> None:
    await office.made(5_000)
    waiting = await office.entry()
    waiting.book_alone(None)
    assert not waiting.pending_events
