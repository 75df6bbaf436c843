"""Moments of history, and what is told of an aggregate, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.memory_log import MemoryLog
from application.history import told
from application.past import Cut, MomentAhead, cut_at, moment_of
from application.store import Append, Recorded, replay
from domain.drafts import Book, Draft
from domain.identity import User
from domain.shared.aggregate import Aggregate, Event, Metadata
from domain.wallet import Grant, Wallet
from tests.given import NOW

LATER = NOW + timedelta(days=99)
MINUTE = timedelta(minutes=1)


async def happened(log: MemoryLog, aggregate: Aggregate) -> list[Recorded]:
    """Let this have happened; the whole history of the aggregate."""
    metadata = Metadata(command_id=uuid4(), command="Test", correlation_id=uuid4())
    events = [each for each in aggregate.collect_events() if isinstance(each, Event)]
    await log.append(Append(events=events, metadata=metadata))
    return list(await log.load(aggregate.id))


async def minutes(*passed: int) -> MemoryLog:
    """A log whose events were recorded so many minutes after its beginning."""
    log = MemoryLog()
    for minute in passed:
        await happened(log, Wallet.open(uuid4(), NOW + minute * MINUTE))
    return log


@given(
    passed=st.lists(st.integers(0, 20), max_size=12).map(sorted),
    asked=st.integers(-1, 21),
)
async def test_an_instant_stands_for_the_newest_event_until_then(
    passed: list[int], asked: int
) -> None:
    log = await minutes(*passed)
    cut = await cut_at(log, NOW + asked * MINUTE, now=LATER)
    assert cut.position == sum(minute <= asked for minute in passed)


async def test_a_position_lasts_until_the_next_event() -> None:
    log = await minutes(1, 5)
    assert await cut_at(log, 0, now=LATER) == Cut(0, NOW + MINUTE)
    assert await cut_at(log, 1, now=LATER) == Cut(1, NOW + 5 * MINUTE)
    assert await cut_at(log, 2, now=LATER) == Cut(2, LATER)


async def test_what_is_still_to_come_can_not_be_asked_for() -> None:
    log = await minutes(1, 5)
    for moment in (3, LATER + MINUTE):
        with pytest.raises(MomentAhead) as caught:
            await cut_at(log, moment, now=LATER)
        assert caught.value.head == 2


async def test_what_has_happened_is_not_ahead_even_if_our_clock_is_behind() -> None:
    log = await minutes(1, 5)
    assert (await cut_at(log, NOW + 5 * MINUTE, now=NOW)).position == 2


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("0", 0),
        ("4711", 4711),
        ("2026-03-01T09:00:00Z", NOW),
        ("2026-03-01T12:00:00+03:00", NOW),
        ("2026-03-01T09:00:00.000001Z", NOW + timedelta(microseconds=1)),
    ],
)
def test_moments_are_read(text: str, moment: int | datetime) -> None:
    assert moment_of(text) == moment


@pytest.mark.parametrize(
    "text", ["", "-1", "１", "2026-03-01T09:00:00", "2026-03-01T12:00:00 03:00", "9" * 16, "now"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        moment_of(text)


def a_user(person_id: UUID) -> User:
    return User.begin(
        User.Registered,
        id=person_id,
        now=NOW,
        email="ayse@example.org",
        name="Ayşe",
        password_hash="geheim",
        language="tr",
        terms_version="1",
        privacy_version="1",
    )


async def test_the_changes_of_all_steps_lead_from_nothing_to_the_state() -> None:
    wallet = Wallet.open(UUID(int=1), datetime(2026, 3, 1, tzinfo=UTC))
    hold_id = uuid4()
    wallet.grant(uuid4(), Grant(credits=9, credit_class="purchased", origin="manual"))
    wallet.hold(hold_id, credits=4, purpose="test", deadline=NOW)
    wallet.capture(hold_id)
    history = await happened(MemoryLog(), wallet)
    shown = told(history, personal=False, most=9)
    state: dict[str, object] = {}
    for step in reversed(shown.steps):
        for change in step.changes:
            state[change.field] = change.after
    (lot,) = shown.state["lots"]
    assert state[f"lots/{lot}/remaining"] == shown.state["lots"][lot]["remaining"] == 5
    assert state[f"ended/{hold_id}/state"] == "captured"
    assert shown.version == replay(history).version == 4
    older = told(history, personal=False, before=3, most=1)
    assert [step.version for step in older.steps] == [2]
    assert older.steps == shown.steps[2:3]


async def test_personal_texts_are_for_the_entitled_and_secrets_for_nobody() -> None:
    user = a_user(UUID(int=5))
    history = await happened(MemoryLog(), user)
    hidden = told(history, personal=False, most=9)
    assert hidden.state["email"] == "[personal]"
    whole = told(history, personal=True, most=9)
    assert whole.state["email"] == "ayse@example.org"
    assert "geheim" not in str(hidden) + str(whole)


async def test_a_change_of_what_is_hidden_is_told_without_telling_what_it_is() -> None:
    draft = Draft.start(uuid4(), customer_id=UUID(int=5), method="ai", now=NOW)
    for title in ("Kuyucaklı Yusuf", "İçimizdeki Şeytan"):
        draft.change_book(Book(title=title, author="Sabahattin Ali"))
    history = await happened(MemoryLog(), draft)
    newest = told(history, personal=False, most=1).steps[0]
    (change,) = newest.changes
    assert (change.field, change.before, change.after) == ("book/title", "[personal]", "[personal]")
