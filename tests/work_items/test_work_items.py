"""Work items: found once, told anew when they change, resolved by finance with a reason."""

from __future__ import annotations

from typing import get_args

import pytest

from application.store import Store
from domain.shared.errors import NotFound, StaleVersion
from domain.shared.four_eyes import NotFinance
from domain.work_items import (
    NOTE_LENGTH,
    RESOLUTIONS,
    ResolutionNoteMissing,
    ResolutionNoteTooLong,
    UnknownResolution,
    WorkItem,
    WorkItemKind,
    WorkItemLapsed,
    WorkItemResolved,
)
from projections.work_items import WorkItemRow, work_items
from tests.manual_entries.examples import ADMIN, CAN, FATMA, Office, an_office, hand
from tests.work_items.examples import AMOUNT, ITEM, LESS, NOTE, lapsed, opened, resolved


@pytest.fixture
async def office() -> Office:
    return await an_office()


def row_of(office: Office) -> WorkItemRow:
    """The item as finance reads it."""
    row = work_items.fold({}, office.log.recorded)[ITEM]
    assert row is not None
    return row


async def version(office: Office) -> int:
    """How often something happened to the item."""
    return (await Store(office.log, office.clock.now()).get(WorkItem, ITEM)).version


def test_every_kind_can_be_resolved_in_some_way() -> None:
    assert set(RESOLUTIONS) == set(get_args(WorkItemKind))
    assert all(RESOLUTIONS.values())


async def test_what_is_found_twice_is_one_item(office: Office) -> None:
    await office.do(opened())
    await office.do(opened())
    assert await version(office) == 1
    assert row_of(office).amount == AMOUNT


async def test_an_item_found_different_is_told_anew(office: Office) -> None:
    await office.do(opened())
    await office.do(opened(amount=LESS))
    row = row_of(office)
    assert (row.state, row.amount, row.version) == ("open", LESS, 2)


async def test_a_resolved_item_stays_so_when_the_same_is_found_again(office: Office) -> None:
    await office.do(opened())
    await office.do(resolved())
    await office.do(opened())
    row = row_of(office)
    assert (row.state, row.resolution, row.note) == ("resolved", "explained", NOTE)
    assert row.resolved_by == FATMA


async def test_a_resolved_item_opens_again_when_something_else_is_found(office: Office) -> None:
    await office.do(opened())
    await office.do(resolved())
    office.clock.pass_(days=1)
    await office.do(opened(amount=LESS))
    row = row_of(office)
    assert (row.state, row.resolution, row.note, row.resolved_by) == ("open", "", "", None)
    assert row.opened_at == office.clock.now()


async def test_an_item_lapses_when_its_cause_is_gone_and_opens_when_it_is_back(
    office: Office,
) -> None:
    await office.do(opened())
    await office.do(lapsed())
    assert (row_of(office).state, row_of(office).resolution) == ("lapsed", "matched_later")
    await office.refuses(WorkItemLapsed, resolved())
    await office.do(opened())
    assert row_of(office).state == "open"


async def test_a_cause_that_was_never_an_item_lapses_without_a_trace(office: Office) -> None:
    before = len(office.log.recorded)
    await office.do(lapsed())
    assert len(office.log.recorded) == before


async def test_what_a_person_resolved_does_not_lapse(office: Office) -> None:
    await office.do(opened())
    await office.do(resolved())
    await office.do(lapsed())
    assert row_of(office).state == "resolved"


async def test_resolving_twice_the_same_way_is_resolving_once(office: Office) -> None:
    await office.do(opened())
    await office.do(resolved())
    await office.do(resolved())
    assert await version(office) == 2


async def test_nobody_resolves_what_another_has_resolved(office: Office) -> None:
    await office.do(opened())
    await office.do(resolved())
    refusal = await office.refuses(WorkItemResolved, resolved(by=hand(CAN)))
    assert refusal.facts == {"resolution": "explained", "resolved_by": FATMA}
    await office.refuses(WorkItemResolved, resolved("booked"))


async def test_an_item_is_resolved_only_in_ways_of_its_kind(office: Office) -> None:
    await office.do(opened())
    refusal = await office.refuses(UnknownResolution, resolved("sent_back"))
    assert refusal.facts["allowed"] == "booked, corrected_by_provider, explained"


async def test_a_resolution_says_why(office: Office) -> None:
    await office.do(opened())
    await office.refuses(ResolutionNoteMissing, resolved(note=" \u200b "))
    refusal = await office.refuses(ResolutionNoteTooLong, resolved(note="x" * (NOTE_LENGTH + 1)))
    assert refusal.facts == {"length": NOTE_LENGTH + 1, "most": NOTE_LENGTH}


async def test_only_people_in_finance_resolve(office: Office) -> None:
    await office.do(opened())
    await office.refuses(NotFinance, resolved(by=hand(ADMIN)))
    await office.take_role(FATMA)
    await office.refuses(NotFinance, resolved())


async def test_who_decided_on_an_older_state_is_refused(office: Office) -> None:
    await office.do(opened())
    await office.do(opened(amount=LESS))
    await office.refuses(StaleVersion, resolved(expected_version=1))
    await office.do(resolved(expected_version=2))
    assert row_of(office).state == "resolved"


async def test_what_does_not_exist_is_not_resolved(office: Office) -> None:
    await office.refuses(NotFound, resolved())
