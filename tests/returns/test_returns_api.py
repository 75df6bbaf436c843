"""Returns over HTTP: who sees what, pictures that stay private, two admins, words and filters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from domain.orders import Order
from tests.security.operations import PNG
from tests.security.town import Role, Town, open_town


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """The customer's order has arrived, and its cover is asked back."""
    async with open_town(database_url, tmp_path) as opened:
        yield opened


async def get(town: Town, role: Role, path: str) -> httpx.Response:
    return await town.client.get(path, headers=town.headers(role))


async def post(town: Town, role: Role, path: str, body: Any = None, **more: str) -> httpx.Response:
    answer = await town.client.post(path, headers=town.headers(role, **more), json=body)
    await town.settle()
    return answer


async def test_a_return_is_asked_for_and_shown_to_its_customer_and_staff_alone(town: Town) -> None:
    order_id, return_id = town.things["order_id"], town.things["return_id"]
    own, desk = f"/returns/{return_id}", f"/admin/returns/{return_id}"

    reasons = (await get(town, "customer", f"/orders/{order_id}/return-reasons")).json()
    cover = str(Order.line_id_of(UUID(order_id), "cover"))
    [offered] = [each["reasons"] for each in reasons if each["line_id"] == cover]
    assert "changed_mind" not in {each["reason"] for each in offered}

    again = {"line_id": cover, "reason": "changed_mind"}
    refused = await post(town, "customer", f"/orders/{order_id}/returns", again)
    assert (refused.status_code, refused.json()["code"]) == (409, "return_open")
    card = str(Order.line_id_of(UUID(order_id), "cargo"))
    wrong = {"line_id": card, "reason": "changed_mind"}
    refused = await post(town, "customer", f"/orders/{order_id}/returns", wrong)
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_not_for_goods")

    missing = await post(town, "admin", f"{desk}/approve", {"remedy": "refund"})
    assert (missing.status_code, missing.json()["code"]) == (409, "pictures_missing")
    for role, status in (("stranger", 404), ("admin", 404), ("customer", 201)):
        headers = town.headers(role, Content_Type="image/png")  # type: ignore[arg-type]  # three roles
        answer = await town.client.post(f"{own}/pictures", headers=headers, content=PNG)
        assert answer.status_code == status, answer.text
    await town.settle()

    seen = await get(town, "customer", own)
    assert seen.headers["etag"]
    [link] = seen.json()["pictures"]
    shown = await town.client.get(link.removeprefix("/api/v1"))
    assert shown.headers["cache-control"].startswith("private")
    for role in ("stranger", "designer", "nobody"):
        assert (await get(town, role, own)).status_code in {401, 404}  # type: ignore[arg-type]  # three roles
    assert "Mavi olsun" in (await get(town, "admin", desk)).text


async def test_a_return_is_decided_once_and_its_money_goes(town: Town) -> None:
    order_id, return_id = town.things["order_id"], town.things["return_id"]
    own, desk = f"/returns/{return_id}", f"/admin/returns/{return_id}"
    headers = town.headers("customer", Content_Type="image/png")
    await town.client.post(f"{own}/pictures", headers=headers, content=PNG)
    await town.settle()
    stale = town.headers("admin", If_Match='"1"')
    body = {"remedy": "refund", "instructions": "Polikrami İade, Kadıköy"}
    late = await town.client.post(f"{desk}/approve", headers=stale, json=body)
    assert late.status_code == HTTPStatus.PRECONDITION_FAILED
    approved = await post(town, "admin", f"{desk}/approve", body)
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    rejected = await post(town, "finance", f"{desk}/reject", {"said": "Görünmüyor"})
    assert (rejected.status_code, rejected.json()["code"]) == (409, "return_cannot_move")

    assert (await post(town, "admin", f"{desk}/refund", {})).json()["code"] == "not_back_yet"
    await post(town, "admin", f"{desk}/receive", {"condition": "as_told"})
    kept = await post(town, "customer", f"{own}/cancel")
    assert (kept.status_code, kept.json()["code"]) == (409, "return_cannot_move")
    assert (await post(town, "admin", f"{desk}/refund", {})).status_code == HTTPStatus.ACCEPTED
    ended = (await get(town, "customer", own)).json()
    assert (ended["state"], ended["refund_refused"]) == ("refunded", False)

    listed = await get(town, "finance", f"/admin/returns?state=refunded&order_id={order_id}")
    assert [each["return_id"] for each in listed.json()["items"]] == [return_id]
    none = await get(town, "finance", "/admin/returns?reason=not_arrived")
    assert none.json()["items"] == []
    history = (await get(town, "customer", f"/orders/{order_id}/timeline")).json()
    told = [each["kind"] for each in history]
    assert {"return.requested", "return.refunded", "order.money_settled"} <= set(told)
    assert all(each["text"] for each in history)


async def test_who_changed_their_mind_about_a_cover_is_told_the_law(town: Town) -> None:
    order_id, return_id = town.things["order_id"], town.things["return_id"]
    await post(town, "customer", f"/returns/{return_id}/cancel")
    cover = str(Order.line_id_of(UUID(order_id), "cover"))
    body = {"line_id": cover, "reason": "changed_mind"}
    for language, word in (("tr", "Mesafeli Sözleşmeler"), ("en", "article 15")):
        answer = await post(
            town, "customer", f"/orders/{order_id}/returns", body, Accept_Language=language
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "personalised_goods")
        assert word in answer.json()["detail"]
