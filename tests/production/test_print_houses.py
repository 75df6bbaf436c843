"""Every print house prints a ticket once, whatever happens on the way to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from adapters.carriers.signatures import verify_webhook
from adapters.memory_printing import MemoryPrintHouse
from adapters.print_houses.book import HousePace
from adapters.print_houses.folder import FolderPrintHouse
from adapters.print_houses.ticket import ticket_json
from application.ports import PrintHouse, PrintTicket, TicketRefused, Unavailable
from domain.production import HouseReport
from tests.given import TestClock
from tests.production.examples import CUSTOMER, HOME
from tests.production.houses import (
    CALL_BACKS,
    CARD,
    FILES,
    PDF,
    Fault,
    Shop,
    a_house,
    a_ticket,
    as_page,
    broken,
    client_of,
    time_out,
    truncated,
)


@pytest.fixture(params=["folder", "memory", "http"])
async def any_house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PrintHouse]:
    if request.param == "folder":
        yield FolderPrintHouse(tmp_path / "house")
    elif request.param == "memory":
        yield MemoryPrintHouse()
    else:
        async with a_house(TestClock()) as house, client_of(house) as (client, _):
            yield client


def names_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


async def test_the_same_ticket_gives_the_same_answer(any_house: PrintHouse) -> None:
    first = await any_house.hand_over(a_ticket(), FILES)
    assert first.reference
    assert await any_house.hand_over(a_ticket(), FILES) == first
    assert await any_house.hand_over(a_ticket(2), FILES) != first


async def test_what_it_does_not_know_can_be_called_back(any_house: PrintHouse) -> None:
    await any_house.cancel(UUID(int=99))
    assert await any_house.report(UUID(int=99), 1) is None


async def test_what_it_has_can_be_called_back_twice(any_house: PrintHouse) -> None:
    await any_house.hand_over(a_ticket(), FILES)
    await any_house.cancel(a_ticket().ticket_id)
    await any_house.cancel(a_ticket().ticket_id)


@pytest.mark.parametrize("kind", ["folder", "memory"])
async def test_a_forgotten_ticket_is_gone_and_its_neighbour_is_not(
    kind: str, tmp_path: Path
) -> None:
    house: PrintHouse = FolderPrintHouse(tmp_path) if kind == "folder" else MemoryPrintHouse()
    for number in (1, 2):
        await house.hand_over(a_ticket(number), FILES)
    gone, stays = a_ticket(1).ticket_id, a_ticket(2).ticket_id
    assert await house.forget([gone, UUID(int=99)]) == 1
    assert await house.forget([gone]) == 0
    assert await house.forget([stays]) == 1
    assert names_in(tmp_path) == []


async def test_a_folder_has_all_that_printing_takes(tmp_path: Path) -> None:
    taken = await FolderPrintHouse(tmp_path).hand_over(a_ticket(), FILES)
    place = tmp_path / taken.reference
    assert {each.name for each in place.iterdir()} == {
        "cover.pdf",
        "message-card.txt",
        "ticket.html",
        "ticket.json",
    }
    assert (place / "cover.pdf").read_bytes() == PDF
    assert (place / "message-card.txt").read_bytes() == CARD
    assert msgspec.json.decode((place / "ticket.json").read_bytes(), type=PrintTicket) == a_ticket()
    assert not taken.tells_back


async def test_a_folder_says_nothing_of_the_customer(tmp_path: Path) -> None:
    taken = await FolderPrintHouse(tmp_path).hand_over(a_ticket(), FILES)
    for name in ("ticket.json", "ticket.html"):
        text = (tmp_path / taken.reference / name).read_text()
        for word in (HOME.name, HOME.line, HOME.district, str(CUSTOMER)):
            assert word not in text
    names = set(json.loads(ticket_json(a_ticket())))
    assert names == {
        *("ticket_id", "print_job_id", "order_number", "title", "copy", "attempt", "reason"),
        *("trim_width_mm", "trim_height_mm", "bleed_mm", "paper", "copies", "due_on", "files"),
    }


async def test_words_on_a_ticket_are_words_and_no_markup(tmp_path: Path) -> None:
    taken = await FolderPrintHouse(tmp_path).hand_over(a_ticket(copy=1), FILES)
    page = (tmp_path / taken.reference / "ticket.html").read_text()
    assert "Gülün Adı &lt;b&gt;&amp; Şiirler&lt;/b&gt;" in page
    assert "Reprint 1: Hasarlı / Damaged" in page
    assert "141 × 216 mm" in page
    assert "04.03.2026" in page


async def test_a_folder_that_was_cut_short_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = FolderPrintHouse(tmp_path)

    def dies(_self: Path, _target: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", dies)
        with pytest.raises(KeyboardInterrupt):
            await house.hand_over(a_ticket(), FILES)
    assert [name for name in names_in(tmp_path) if ".unfinished" not in name] == []
    taken = await house.hand_over(a_ticket(), FILES)
    assert names_in(tmp_path) == [taken.reference]


async def test_a_folder_is_not_written_over(tmp_path: Path) -> None:
    house = FolderPrintHouse(tmp_path)
    taken = await house.hand_over(a_ticket(), FILES)
    (tmp_path / taken.reference / "note.txt").write_text("done by hand")
    await house.hand_over(a_ticket(), FILES)
    assert (tmp_path / taken.reference / "note.txt").read_text() == "done by hand"


async def test_a_folder_that_is_called_back_says_so(tmp_path: Path) -> None:
    house = FolderPrintHouse(tmp_path)
    taken = await house.hand_over(a_ticket(), FILES)
    await house.cancel(a_ticket().ticket_id)
    assert "Do not print" in (tmp_path / taken.reference / "CANCELLED.txt").read_text()


@pytest.mark.parametrize("step", range(4))
@pytest.mark.parametrize("fault", [time_out, broken, as_page, truncated])
async def test_nobody_knows_so_it_is_asked_again_and_printed_once(step: int, fault: Fault) -> None:
    async with a_house(TestClock()) as house, client_of(house) as (client, wire):
        wire.faults.extend([*[None] * step, fault])
        with pytest.raises(Unavailable):
            await client.hand_over(a_ticket(), FILES)
        taken = await client.hand_over(a_ticket(), FILES)
        assert taken.tells_back
        assert house.book.released() == [str(a_ticket().ticket_id)]


async def test_a_house_that_lets_us_not_in_is_asked_again_later() -> None:
    async with a_house(TestClock()) as house, client_of(house, key="wrong") as (client, _):
        with pytest.raises(Unavailable, match="401"):
            await client.hand_over(a_ticket(), FILES)
        with pytest.raises(Unavailable, match="401"):
            await client.report(a_ticket().ticket_id, 1)
        with pytest.raises(Unavailable, match="401"):
            await client.cancel(a_ticket().ticket_id)
        assert house.book.released() == []


async def test_another_ticket_under_the_same_id_is_refused() -> None:
    async with a_house(TestClock()) as house, client_of(house) as (client, _):
        await client.hand_over(a_ticket(), FILES)
        with pytest.raises(TicketRefused, match="ticket_differs"):
            await client.hand_over(replace(a_ticket(), copies=2), FILES)


async def test_what_a_house_says_in_refusing_is_kept_only_as_a_code() -> None:
    def refuses(_answer: httpx.Response) -> httpx.Response:
        return httpx.Response(422, json={"reason": "<script>Ayşe Işık</script>"})

    async with a_house(TestClock()) as house, client_of(house) as (client, wire):
        wire.faults.append(refuses)
        with pytest.raises(TicketRefused, match="answered_422"):
            await client.hand_over(a_ticket(), FILES)


async def test_a_file_that_was_damaged_on_its_way_is_sent_again() -> None:
    async with a_house(TestClock()) as house, client_of(house) as (client, _):
        damaged = {digest: content[:-1] for digest, content in FILES.items()}
        with pytest.raises(Unavailable, match="412"):
            await client.hand_over(a_ticket(), damaged)
        assert (await client.hand_over(a_ticket(), FILES)).tells_back


async def test_what_was_called_back_is_not_printed_and_what_is_printed_stays_printed() -> None:
    clock = TestClock()
    pace = HousePace(interval_seconds=60)
    async with a_house(clock, pace=pace) as house, client_of(house) as (client, _):
        await client.hand_over(a_ticket(), FILES)
        await client.cancel(a_ticket().ticket_id)
        clock.pass_(minutes=10)
        assert await client.report(a_ticket().ticket_id, 1) is None
        await client.hand_over(a_ticket(2), FILES)
        clock.pass_(minutes=10)
        await client.cancel(a_ticket(2).ticket_id)
        assert await client.report(a_ticket(2).ticket_id, 2) == HouseReport(2, "printed")


async def test_a_house_that_is_asked_tells_how_far_it_is() -> None:
    clock = TestClock()
    pace = HousePace(interval_seconds=60, silent=True)
    async with a_house(clock, pace=pace) as house, client_of(house) as (client, _):
        await client.hand_over(a_ticket(), FILES)
        assert await client.report(a_ticket().ticket_id, 1) is None
        told = []
        for _ in range(3):
            clock.pass_(seconds=60)
            told.append(await client.report(a_ticket().ticket_id, 1))
        assert told == [HouseReport(1, each) for each in ("accepted", "printing", "printed")]


async def test_call_backs_are_signed_with_the_tickets_own_secret() -> None:
    clock, shop = TestClock(), Shop(refuses=2)
    async with a_house(clock, take=shop.take) as house, client_of(house) as (client, _):
        await client.hand_over(a_ticket(), FILES)
        requests = await shop.next(3)
    own = CALL_BACKS.of(a_ticket().print_job_id, 1)
    other = CALL_BACKS.of(a_ticket().print_job_id, 2)
    for request in requests:
        assert str(request.url) == own.url
        signed = {"headers": request.headers, "body": request.content, "now": clock.now()}
        assert verify_webhook(own.secret, **signed)  # type: ignore[arg-type]  # by name
        assert not verify_webhook(other.secret, **signed)  # type: ignore[arg-type]  # by name
    assert {json.loads(each.content)["status"] for each in requests} == {
        "accepted",
        "printing",
        "printed",
    }


async def test_a_house_goes_on_after_a_restart(tmp_path: Path) -> None:
    clock, shop, file = TestClock(), Shop(), tmp_path / "house.sqlite"
    pace = HousePace(interval_seconds=60)
    async with (
        a_house(clock, take=shop.take, pace=pace, file=file) as house,
        client_of(house) as (client, _),
    ):
        await client.hand_over(a_ticket(), FILES)
    clock.pass_(minutes=10)
    async with a_house(clock, take=shop.take, pace=pace, file=file) as house:
        assert len(await shop.next(3)) == 3
        assert house.book.released() == [str(a_ticket().ticket_id)]
