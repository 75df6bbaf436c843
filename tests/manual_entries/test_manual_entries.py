"""Credits given and taken by hand, as long as everybody does what they should."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from application.manual_entries import (
    ExpireManualEntry,
    RejectManualEntry,
    WithdrawManualEntry,
)
from application.notifications import SendMail, WriteToRole
from application.work import Later
from domain.manual_entries import (
    REASONS,
    EntryOutOfRange,
    ManualEntry,
    NoteMissing,
    ReasonNotFit,
    UnknownReason,
)
from domain.periods import EffectiveDayAhead, EffectiveDayTooEarly, PeriodClosed
from domain.shared.errors import NotFound
from domain.shared.four_eyes import NotTheMaker, ProposalClosed, ProposalExpired
from domain.shared.months import day_at
from domain.wallet import InsufficientCredits, Wallet
from tests.given import NOW
from tests.manual_entries.examples import (
    AYSE,
    CAN,
    EMRE,
    ENTRY,
    FATMA,
    NOTE,
    Office,
    an_office,
    approval,
    entry,
    hand,
)
from tests.periods.examples import FEBRUARY, MARCH, close

WELCOME = 500
REJECT = RejectManualEntry(entry_id=ENTRY, by=hand(CAN), note="Bu kadar olmaz")
WITHDRAW = WithdrawManualEntry(entry_id=ENTRY, by=hand(FATMA))
EXPIRE = ExpireManualEntry(entry_id=ENTRY)


@pytest.fixture
async def office() -> Office:
    return await an_office()


def events_of(office: Office, kind: type) -> list[object]:
    return [each.event for each in office.log.recorded if isinstance(each.event, kind)]


async def test_up_to_the_limit_one_person_gives_credits_at_once(office: Office) -> None:
    receipt = await office.made(1_000)
    assert receipt.answer["state"] == "approved"
    assert await office.available() == WELCOME + 1_000
    (granted,) = events_of(office, Wallet.CreditsGranted)[2:]
    assert isinstance(granted, Wallet.CreditsGranted)
    assert (granted.origin, granted.entry_id, granted.credit_class) == (
        "manual",
        ENTRY,
        "promotional",
    )
    assert granted.expires_at == NOW + timedelta(days=365)


async def test_above_the_limit_nothing_is_given_until_a_second_person_agrees(
    office: Office,
) -> None:
    receipt = await office.made(1_001)
    assert receipt.answer == {"entry_id": str(ENTRY), "state": "open", "needs_second": True}
    assert await office.available() == WELCOME
    await office.do(approval())
    assert await office.available() == WELCOME + 1_001


async def test_an_entry_and_the_wallet_change_in_one_commit(office: Office) -> None:
    await office.made(1_001)
    await office.do(approval())
    kinds = [type(each) for each in office.log.appended[-1].events]
    assert kinds == [ManualEntry.Booked, Wallet.CreditsGranted]


async def test_actor_and_session_are_recorded_with_each_step(office: Office) -> None:
    await office.made(2_000)
    await office.do(approval())
    (made,) = events_of(office, ManualEntry.Made)
    (booked,) = events_of(office, ManualEntry.Booked)
    assert isinstance(made, ManualEntry.Made)
    assert isinstance(booked, ManualEntry.Booked)
    assert (made.made_by, made.session_id) == (FATMA, hand(FATMA).session_id)
    assert (booked.approved_by, booked.session_id) == (CAN, hand(CAN).session_id)


async def test_credits_are_taken_with_a_reason(office: Office) -> None:
    await office.made(-200)
    assert await office.available() == WELCOME - 200
    (taken,) = events_of(office, Wallet.CreditsClawedBack)
    assert isinstance(taken, Wallet.CreditsClawedBack)
    assert (taken.credits, taken.reason, taken.entry_id) == (200, "manual", ENTRY)


async def test_more_than_there_is_is_not_taken_in_part_but_refused(office: Office) -> None:
    refusal = await office.refuses(InsufficientCredits, entry(-501))
    assert refusal.facts == {"available": WELCOME, "needed": 501}


async def test_what_could_not_be_booked_is_not_even_proposed(office: Office) -> None:
    await office.refuses(InsufficientCredits, entry(-5_000))


async def test_what_was_spent_since_the_proposal_is_not_taken_by_the_approval(
    office: Office,
) -> None:
    await office.made(5_000)
    await office.do(approval())
    await office.do(entry(-5_000, number=2))
    await office.made(-600, number=3)
    await office.refuses(InsufficientCredits, approval(number=2))
    assert (await office.entry(2)).proposal.state == "open"
    assert await office.available() == WELCOME + 4_400


async def test_there_must_be_a_customer_with_a_wallet(office: Office) -> None:
    await office.refuses(NotFound, entry(100, customer_id=UUID(int=999)))
    await office.refuses(NotFound, entry(100, customer_id=EMRE))


@pytest.mark.parametrize("credits", [0, 100_001, -100_001])
async def test_an_entry_is_about_some_credits_but_not_about_any_number(
    office: Office, credits: int
) -> None:
    refusal = await office.refuses(EntryOutOfRange, entry(credits))
    assert refusal.facts == {"credits": credits, "most": 100_000}


async def test_reasons_are_those_of_the_list_and_fit(office: Office) -> None:
    await office.refuses(UnknownReason, entry(100, reason="because"))
    await office.refuses(ReasonNotFit, entry(-100, reason="goodwill"))
    await office.refuses(ReasonNotFit, entry(100, reason="misuse"))
    assert all(each.tr and each.en and (each.gives or each.takes) for each in REASONS.values())


async def test_a_note_is_no_blank(office: Office) -> None:
    await office.refuses(NoteMissing, entry(100, note="  \n "))
    await office.made(5_000)
    await office.refuses(NoteMissing, RejectManualEntry(entry_id=ENTRY, by=hand(CAN), note=" "))


async def test_a_rejected_entry_stays_rejected(office: Office) -> None:
    await office.made(5_000)
    await office.do(REJECT)
    await office.do(REJECT)
    assert office.happened().count(ManualEntry.Rejected) == 1
    refusal = await office.refuses(ProposalClosed, approval(by=EMRE))
    assert refusal.facts == {"state": "rejected"}
    await office.refuses(ProposalClosed, WITHDRAW)
    assert await office.available() == WELCOME


async def test_only_the_maker_takes_an_entry_back(office: Office) -> None:
    await office.made(5_000)
    await office.refuses(NotTheMaker, WithdrawManualEntry(entry_id=ENTRY, by=hand(CAN)))
    await office.do(WITHDRAW)
    await office.do(WITHDRAW)
    assert office.happened().count(ManualEntry.Withdrawn) == 1
    await office.refuses(ProposalClosed, approval())


async def test_an_entry_that_nobody_decides_on_ends_after_a_week(office: Office) -> None:
    await office.made(5_000)
    later = [each.intent for each in await office.react() if isinstance(each.intent, Later)]
    assert Later(EXPIRE, NOW + timedelta(days=7)) in later
    office.clock.pass_(days=7, seconds=-1)
    await office.do(EXPIRE)
    assert (await office.entry()).proposal.state == "open"
    office.clock.pass_(seconds=1)
    await office.do(EXPIRE)
    await office.do(EXPIRE)
    assert office.happened().count(ManualEntry.Expired) == 1


async def test_the_timer_leaves_alone_what_was_decided(office: Office) -> None:
    await office.made(5_000)
    await office.do(approval())
    office.clock.pass_(days=8)
    await office.do(EXPIRE)
    assert (await office.entry()).booked


async def test_no_approval_counts_in_the_week_after_even_before_the_timer_runs(
    office: Office,
) -> None:
    await office.made(5_000)
    office.clock.pass_(days=7)
    await office.refuses(ProposalExpired, approval())
    await office.refuses(ProposalExpired, REJECT)


async def test_an_entry_of_an_earlier_day_keeps_that_day(office: Office) -> None:
    february = (NOW - timedelta(days=5)).date()
    await office.made(100, effective_on=february)
    (booked,) = events_of(office, ManualEntry.Booked)
    assert isinstance(booked, ManualEntry.Booked)
    assert (booked.effective_on, booked.month) == (february, FEBRUARY)
    granted = events_of(office, Wallet.CreditsGranted)[-1]
    assert isinstance(granted, Wallet.CreditsGranted)
    assert granted.effective_on == february


async def test_a_closed_month_takes_no_entry_but_as_a_correction(office: Office) -> None:
    february = (NOW - timedelta(days=5)).date()
    await office.do(close(FEBRUARY))
    refusal = await office.refuses(PeriodClosed, entry(100, effective_on=february))
    assert refusal.facts == {"month": FEBRUARY, "open": MARCH}
    await office.made(-100, effective_on=february, posts_late=True)
    (booked,) = events_of(office, ManualEntry.Booked)
    assert isinstance(booked, ManualEntry.Booked)
    assert (booked.effective_on, booked.month) == (february, MARCH)


async def test_a_month_that_closes_before_the_approval_takes_the_entry_no_more(
    office: Office,
) -> None:
    february = (NOW - timedelta(days=5)).date()
    await office.made(5_000, effective_on=february)
    await office.do(close(FEBRUARY))
    await office.refuses(PeriodClosed, approval())
    assert await office.available() == WELCOME


async def test_nothing_is_effective_in_times_out_of_mind(office: Office) -> None:
    earliest = day_at(NOW) - timedelta(days=office.terms.entry_back_days)
    for day in (date(1, 1, 1), earliest - timedelta(days=1)):
        refusal = await office.refuses(EffectiveDayTooEarly, entry(100, effective_on=day))
        assert refusal.facts == {"effective_on": day, "earliest": earliest}
    await office.made(100, effective_on=earliest)


async def test_a_note_that_nobody_can_see_is_none(office: Office) -> None:
    for note in ("   ", "\u200b\u200b\u200b", "\u2060 \ufeff"):
        await office.refuses(NoteMissing, entry(100, note=note))
        await office.made(5_000, number=9)
        reject = RejectManualEntry(entry_id=UUID(int=9), by=hand(CAN), note=note)
        await office.refuses(NoteMissing, reject)


async def test_nothing_is_effective_before_its_time(office: Office) -> None:
    await office.refuses(
        EffectiveDayAhead, entry(100, effective_on=day_at(NOW) + timedelta(days=1))
    )
    await office.made(100, effective_on=day_at(NOW))


async def test_the_customer_is_told_of_what_was_given_and_taken_with_the_reason(
    office: Office,
) -> None:
    """Balances corrected downwards without a word are one of the mistakes others made."""
    await office.made(100)
    await office.made(-50, number=2)
    mails = [each.intent for each in await office.react() if isinstance(each.intent, SendMail)]
    told = [(each.person_id, each.template, each.facts, each.worded["tr"]) for each in mails]
    assert told == [
        (AYSE, "credits_given", {"credits": "100"}, {"reason": "iyi niyet"}),
        (AYSE, "credits_taken", {"credits": "50"}, {"reason": "bir hatanın düzeltilmesi"}),
    ]


async def test_every_change_by_hand_is_told_whoever_booked_it(office: Office) -> None:
    for number, credits in enumerate((-10, 20, 5_000), start=1):
        await office.made(credits, number=number)
    await office.do(approval(number=3))
    await office.react()
    told = [each for each in office.wanted if isinstance(each.intent, SendMail)]
    changes = events_of(office, Wallet.CreditsClawedBack)
    changes += [
        each
        for each in events_of(office, Wallet.CreditsGranted)
        if isinstance(each, Wallet.CreditsGranted) and each.origin == "manual"
    ]
    assert len(told) == len(changes) == 3


async def test_those_who_may_approve_are_asked_but_not_the_maker(office: Office) -> None:
    await office.made(5_000)
    (asked,) = [
        each.intent for each in await office.react() if isinstance(each.intent, WriteToRole)
    ]
    assert (asked.role, asked.but, asked.template) == ("finance", FATMA, "entry_to_check")
    assert asked.facts == {"credits": "+5000", "until": "08.03.2026 12:00"}


async def test_nobody_is_asked_about_what_one_person_may_do(office: Office) -> None:
    await office.made(1_000)
    assert not [each for each in await office.react() if isinstance(each.intent, WriteToRole)]


async def test_a_note_is_kept_for_the_customers_eyes_only() -> None:
    """It is stored with the customer's key, and no event that others hear of has it."""
    assert ManualEntry.Made.SUBJECT == ManualEntry.Rejected.SUBJECT == "customer_id"
    assert "note" not in ManualEntry.Booked.__struct_fields__
    assert NOTE
