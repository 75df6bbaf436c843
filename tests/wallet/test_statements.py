"""What customers read of their credits: lots, plain words, and why they were charged."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from application.bus import Actor, Call
from application.drafts import ChangeBook, StartDraft
from application.generation import RecordPainted, RequestGeneration
from application.identity import RegisterDemoPerson
from application.store import Append, Store
from application.wallet import ExpireHold, OpenWallet
from domain.drafts import Book
from domain.shared.aggregate import Event, Metadata
from domain.shared.money import Money
from domain.wallet import Grant, Wallet
from tests.api.shop import Person, Shop
from tests.drafts.examples import candidates

TITLE = "Kürk Mantolu Madonna"
BOUGHT = Grant(
    credits=100,
    credit_class="purchased",
    origin="purchase",
    value=Money.of("16.67"),
    paid=Money.of("20.00"),
    order_id=UUID(int=5),
)


async def registered(bank: Shop, *roles: str, email: str = "") -> Person:
    """Somebody who has an account."""
    person = bank.person(*roles)
    await bank.backend.bus.execute(
        RegisterDemoPerson(
            person_id=person.id,
            email=email or f"{person.id}@example.com",
            name="Deniz Kaya",
            language="tr",
            password_hash="x",
        )
    )
    return person


async def opened(bank: Shop) -> Person:
    """Somebody with the welcome credits."""
    person = await registered(bank)
    await bank.backend.bus.execute(OpenWallet(customer_id=person.id))
    await bank.catch_up()
    return person


async def changed(bank: Shop, person: Person, *grants: Grant) -> None:
    """Let lots come into the wallet."""
    store = Store(bank.backend.event_log, bank.clock.now())
    wallet = await store.get(Wallet, Wallet.id_of(person.id))
    for grant in grants:
        wallet.grant(uuid4(), grant)
    events = [each for each in wallet.collect_events() if isinstance(each, Event)]
    command_id = uuid4()
    facts = Metadata(command_id=command_id, command="Test", correlation_id=command_id)
    await bank.backend.event_log.append(Append(events=events, metadata=facts))
    await bank.catch_up()


async def asked_to_paint(bank: Shop, person: Person) -> UUID:
    """The customer asks for candidates."""
    draft_id, generation_id = uuid4(), uuid4()
    call = Call(actor=Actor(person_id=person.id))
    for command in (
        StartDraft(draft_id=draft_id, customer_id=person.id, method="ai"),
        ChangeBook(
            draft_id=draft_id,
            customer_id=person.id,
            book=Book(title=TITLE, author="Sabahattin Ali"),
        ),
        RequestGeneration(
            draft_id=draft_id,
            customer_id=person.id,
            generation_id=generation_id,
            prompt="Sisli bir sahil",
        ),
    ):
        await bank.backend.bus.execute(command, call)
    await bank.catch_up()
    return generation_id


async def painted(bank: Shop, generation_id: UUID) -> None:
    """The candidates are there."""
    command = RecordPainted(generation_id=generation_id, candidates=candidates())
    await bank.backend.bus.execute(command)
    await bank.catch_up()


async def read(bank: Shop, person: Person, path: str, language: str = "en") -> Any:
    headers = person.bearer | {"Accept-Language": language}
    answer = await bank.client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def texts(bank: Shop, person: Person, language: str = "en") -> list[str]:
    return [
        line["text"] for line in (await read(bank, person, "/wallet/history", language))["items"]
    ]


async def test_a_history_speaks_plainly_in_both_languages(bank: Shop) -> None:
    ayse = await opened(bank)
    await painted(bank, await asked_to_paint(bank, ayse))
    assert await texts(bank, ayse) == [
        f"3 cover candidates for “{TITLE}”",
        f"Reserved, not charged yet: 3 cover candidates for “{TITLE}”",
        "Welcome gift",
    ]
    assert await texts(bank, ayse, "tr") == [
        f"“{TITLE}” için 3 kapak adayı",
        f"Ayrıldı, henüz harcanmadı: “{TITLE}” için 3 kapak adayı",
        "Hoş geldin hediyesi",
    ]


async def test_every_kind_of_line_has_words(bank: Shop) -> None:
    ayse = await opened(bank)
    manual = Grant(credits=5, credit_class="promotional", origin="manual")
    await changed(bank, ayse, BOUGHT, manual)
    cancelled = await asked_to_paint(bank, ayse)
    draft_id = (await read(bank, ayse, "/wallet/history?limit=1"))["items"][0]["hold_id"]
    assert draft_id == str(cancelled)
    forgotten = await asked_to_paint(bank, ayse)
    bank.clock.pass_(minutes=5)
    await bank.backend.bus.execute(ExpireHold(customer_id=ayse.id, hold_id=forgotten))
    store = Store(bank.backend.event_log, bank.clock.now())
    wallet = await store.get(Wallet, Wallet.id_of(ayse.id))
    wallet.release(cancelled, reason="cancelled")
    wallet.claw_back(uuid4(), order_id=UUID(int=5))
    wallet.adjust_down(uuid4(), credits=5, entry_id=uuid4())
    wallet.at(bank.clock.now() + timedelta(days=100)).expire()
    events = [each for each in wallet.collect_events() if isinstance(each, Event)]
    command_id = uuid4()
    facts = Metadata(command_id=command_id, command="Test", correlation_id=command_id)
    await bank.backend.event_log.append(Append(events=events, metadata=facts))
    await bank.catch_up()
    assert await texts(bank, ayse) == [
        "Credits that expired",
        "Correction by our team",
        "Purchase refunded; its unspent credits were taken back",
        f"Reservation lifted, nothing charged: 3 cover candidates for “{TITLE}”",
        f"Time ran out, nothing charged: 3 cover candidates for “{TITLE}”",
        f"Reserved, not charged yet: 3 cover candidates for “{TITLE}”",
        f"Reserved, not charged yet: 3 cover candidates for “{TITLE}”",
        "Credits added by our team",
        "Credits bought",
        "Welcome gift",
    ]


async def test_a_reservation_and_its_end_never_look_like_charges(bank: Shop) -> None:
    ayse = await opened(bank)
    await painted(bank, await asked_to_paint(bank, ayse))
    items = (await read(bank, ayse, "/wallet/history"))["items"]
    assert [(each["kind"], each["credits"], each["balance_change"]) for each in items] == [
        ("captured", -100, -100),
        ("held", -100, 0),
        ("granted", 500, 500),
    ]
    shown = await read(bank, ayse, "/wallet")
    assert sum(each["balance_change"] for each in items) == shown["balance"]


async def refund(bank: Shop, staff: Person, customer: UUID, **body: Any) -> httpx.Response:
    headers = staff.bearer | {"Idempotency-Key": str(uuid4()), "Accept-Language": "en"}
    path = f"/wallets/{customer}/refunds"
    answer = await bank.client.post(path, json=body, headers=headers)
    await bank.catch_up()
    return answer


async def test_a_charge_that_was_refunded_reads_as_one_charge_and_one_refund(bank: Shop) -> None:
    ayse, finance = await opened(bank), await registered(bank, "finance")
    hold = await asked_to_paint(bank, ayse)
    await painted(bank, hold)
    answer = await refund(bank, finance, ayse.id, hold_id=str(hold), reason="candidates_unusable")
    assert answer.status_code == 201
    items = (await read(bank, ayse, "/wallet/history"))["items"]
    assert [(each["balance_change"], each["text"]) for each in items[:2]] == [
        (100, f"Refund: 3 cover candidates for “{TITLE}”"),
        (-100, f"3 cover candidates for “{TITLE}”"),
    ]
    assert (await read(bank, ayse, "/wallet"))["available"] == 500


async def test_staff_refund_no_charge_of_their_own_by_whatever_account(bank: Shop) -> None:
    ayse = await opened(bank)
    hold = await asked_to_paint(bank, ayse)
    await painted(bank, hold)
    ayse.standing.roles.append("finance")
    second = await registered(bank, "admin", email=f"{ayse.id}+2@example.com")
    for staff in (ayse, second):
        answer = await refund(bank, staff, ayse.id, hold_id=str(hold), reason="goodwill")
        assert (answer.status_code, answer.json()["code"]) == (403, "own_benefit")
    assert (await read(bank, ayse, "/wallet"))["balance"] == 400


async def test_no_more_is_refunded_than_was_charged(bank: Shop) -> None:
    ayse, finance = await opened(bank), await registered(bank, "finance")
    hold = await asked_to_paint(bank, ayse)
    body: dict[str, Any] = {"hold_id": str(hold), "reason": "goodwill"}
    early = await refund(bank, finance, ayse.id, **body)
    assert (early.status_code, early.json()["code"]) == (409, "not_captured")
    await painted(bank, hold)
    much = await refund(bank, finance, ayse.id, **body, credits=101)
    assert (much.status_code, much.json()["code"]) == (409, "more_than_spent")
    assert (await refund(bank, finance, ayse.id, **body, credits=60)).status_code == 201
    assert (await refund(bank, finance, ayse.id, **body)).status_code == 201
    again = await refund(bank, finance, ayse.id, **body)
    assert (again.status_code, again.json()["code"]) == (409, "more_than_spent")
    unknown = await refund(bank, finance, ayse.id, hold_id=str(uuid4()), reason="goodwill")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_hold")
    assert (await read(bank, ayse, "/wallet"))["balance"] == 500


@pytest.mark.parametrize("credits", [0, -1, 1.5, "x"])
async def test_a_refund_of_nothing_is_refused(bank: Shop, credits: object) -> None:
    ayse, finance = await opened(bank), await registered(bank, "finance")
    body = {"hold_id": str(uuid4()), "reason": "goodwill", "credits": credits}
    answer = await refund(bank, finance, ayse.id, **body)
    assert answer.status_code in {400, 422}
    assert answer.json()["errors"][0]["pointer"] == "/credits"


async def test_customers_refund_nothing_themselves(bank: Shop) -> None:
    ayse = await opened(bank)
    answer = await refund(bank, ayse, ayse.id, hold_id=str(uuid4()), reason="goodwill")
    assert answer.status_code == 403


async def test_each_lot_tells_what_it_paid_for(bank: Shop) -> None:
    ayse = await opened(bank)
    await changed(bank, ayse, BOUGHT)
    hold = await asked_to_paint(bank, ayse)
    await painted(bank, hold)
    bought, welcome = (await read(bank, ayse, "/wallet/lots"))["items"]
    assert (welcome["origin"], welcome["granted"], welcome["remaining"]) == ("welcome", 500, 400)
    (paid,) = welcome["paid_for"]
    assert (paid["credits"], paid["hold_id"]) == (100, str(hold))
    assert paid["text"] == f"3 cover candidates for “{TITLE}”"
    assert (bought["remaining"], bought["held"], bought["paid_for"]) == (100, 0, [])
    assert bought["paid"] == {"amount": "20.00", "currency": "TRY"}
    assert (bought["expires_at"], bought["order_id"]) == (None, str(UUID(int=5)))


async def test_lots_are_read_page_by_page(bank: Shop) -> None:
    ayse = await opened(bank)
    await changed(bank, ayse, *[BOUGHT] * 4)
    seen: list[str] = []
    page = await read(bank, ayse, "/wallet/lots?limit=2")
    while True:
        seen += [lot["lot_id"] for lot in page["items"]]
        if page["next"] is None:
            break
        page = await read(bank, ayse, f"/wallet/lots?limit=2&cursor={page['next']}")
    whole = await read(bank, ayse, "/wallet/lots")
    assert seen == [lot["lot_id"] for lot in whole["items"]]
    assert len(seen) == 5


async def test_why_was_i_charged(bank: Shop) -> None:
    ayse = await opened(bank)
    hold = await asked_to_paint(bank, ayse)
    await painted(bank, hold)
    why = await read(bank, ayse, f"/wallet/charges/{hold}/why")
    assert why["charged"] == 100
    assert why["generation"]["id"] == str(hold)
    assert (why["generation"]["title"], why["generation"]["candidates"]) == (TITLE, 3)
    (part,) = why["lots"]
    assert (part["origin"], part["credit_class"], part["credits"]) == (
        "welcome",
        "promotional",
        100,
    )
    held, captured = why["steps"]
    assert (held["because"]["command"], held["because"]["actor"]) == ("RequestGeneration", "you")
    assert captured["text"] == f"3 cover candidates for “{TITLE}”"
    assert (captured["because"]["command"], captured["because"]["actor"]) == (
        "RecordPainted",
        "system",
    )


async def test_a_reservation_is_explained_before_anything_is_charged(bank: Shop) -> None:
    ayse = await opened(bank)
    hold = await asked_to_paint(bank, ayse)
    why = await read(bank, ayse, f"/wallet/charges/{hold}/why")
    assert (why["charged"], why["lots"], len(why["steps"])) == (0, [], 1)


async def test_the_charge_of_another_is_not_found(bank: Shop) -> None:
    ayse, mehmet = await opened(bank), await opened(bank)
    hold = await asked_to_paint(bank, ayse)
    for identity in (hold, uuid4()):
        path = f"/wallet/charges/{identity}/why"
        assert (await bank.client.get(path, headers=mehmet.bearer)).status_code == 404


async def test_what_expires_first_is_told_with_its_day(bank: Shop) -> None:
    ayse = await opened(bank)
    soon = bank.clock.now() + timedelta(days=3)
    gift = Grant(credits=30, credit_class="promotional", origin="manual", expires_at=soon)
    await changed(bank, ayse, gift, BOUGHT)
    ends = (await read(bank, ayse, "/wallet"))["expiring"]
    assert [each["credits"] for each in ends] == [30, 500]
    await asked_to_paint(bank, ayse)
    assert [each["credits"] for each in (await read(bank, ayse, "/wallet"))["expiring"]] == [430]
