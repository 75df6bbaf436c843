"""Prices, coupons and quotes over HTTP: who may see and change them, and bad input."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.drafts import AttachArtwork
from projections.drafts import drafts
from projections.orders import orders
from projections.pricing import coupons, price_entries
from projections.replay import verify
from tests.api.shop import Person
from tests.drafts.studio import HOME, Studio
from tests.given import NOW, TestClock
from tests.orders.examples import ARTWORK

SOON = (NOW + timedelta(minutes=10)).isoformat()
COVER = {"size": "135x210", "paper": "matte", "price": "1300.00", "grams": 125}
COUPON = {"code": "Hoş geldin".replace("ş", "s"), "percent": "15", "valid_from": NOW.isoformat()}


async def ready(studio: Studio, person: Person) -> str:
    """The path of a draft that lacks nothing."""
    path = await studio.draft(person, "upload")
    draft_id = UUID(path.removeprefix("/drafts/"))
    await studio.do(
        AttachArtwork(draft_id=draft_id, customer_id=person.id, artwork=ARTWORK, size_bytes=9)
    )
    await studio.post(f"{path}/addresses", person, {"delivery": HOME})
    return path


async def refused(studio: Studio, path: str, person: Person, body: Any = None) -> tuple[int, str]:
    answer = await studio.try_post(path, person, body)
    return answer.status_code, answer.json()["code"]


async def test_everybody_sees_the_price_list(studio: Studio) -> None:
    answer = await studio.client.get("/prices")
    listed = answer.json()
    assert answer.headers["ETag"] == '"0"'
    prices = {(each["size"], each["paper"]): each["price"]["amount"] for each in listed["products"]}
    assert prices["135x210", "matte"] == "1260.00"
    assert len({size for size, _ in prices}) >= 3
    assert [each["price"]["amount"] for each in listed["cargo"]] == ["30.00"]
    assert {"tax_class": "printed_books", "rate": "0", "exemption": "335"} in listed["kdv_rates"]


async def test_finance_writes_the_book_and_customers_do_not(
    studio: Studio, clock: TestClock
) -> None:
    finance, ayse = studio.person("finance"), await studio.customer()
    assert await refused(studio, "/admin/prices/products", ayse, COVER) == (403, "forbidden")
    body = COVER | {"since": SOON}
    done = await studio.post("/admin/prices/products", finance, body)
    assert done["key"] == "product/135x210/matte"
    [entry] = (await studio.get("/admin/prices?key=product/135x210/matte", finance))["items"]
    assert (entry["state"], entry["facts"]["price"]) == ("to_come", "1300.00 TRY")
    clock.pass_(minutes=10)
    listed = await studio.get("/prices", ayse)
    [now] = [p for p in listed["products"] if (p["size"], p["paper"]) == ("135x210", "matte")]
    assert now["price"]["amount"] == "1300.00"
    withdraw = {"key": done["key"], "since": SOON}
    assert await refused(studio, "/admin/prices/withdraw", finance, withdraw) == (
        409,
        "price_in_force",
    )


async def test_each_kind_of_entry_is_scheduled_and_withdrawn(studio: Studio) -> None:
    admin = studio.person("admin")
    bodies: dict[str, dict[str, Any]] = {
        "products": COVER,
        "cargo": {"zone": "far", "up_to_grams": 500, "price": "60.00"},
        "zones": {"province": "Hakkâri", "zone": "far"},
        "card-weight": {"grams": 25},
        "credits": {
            "packages": [{"package_id": "mini", "credits": 50, "price": "10.00"}],
            "least": 100,
            "most": 1000,
            "per_credit": "0.20",
        },
        "kdv-rates": {"tax_class": "books", "rate": "0", "exemption": "335"},
        "kdv-classes": {"kind": "message_card", "tax_class": "books"},
    }
    done = {
        name: await studio.post(f"/admin/prices/{name}", admin, body | {"since": SOON})
        for name, body in bodies.items()
    }
    first = await studio.get("/admin/prices?limit=4", admin)
    rest = await studio.get(f"/admin/prices?limit=4&cursor={first['next']}", admin)
    listed = [each["key"] for each in (*first["items"], *rest["items"])]
    assert sorted(listed) == sorted(each["key"] for each in done.values())
    for name in reversed(bodies):
        place = {"key": done[name]["key"], "since": done[name]["since"]}
        await studio.post("/admin/prices/withdraw", admin, place)
    entries = (await studio.get("/admin/prices", admin))["items"]
    assert {each["state"] for each in entries} == {"withdrawn"}


async def test_who_read_an_older_book_writes_nothing(studio: Studio) -> None:
    admin = studio.person("admin")
    await studio.post("/admin/prices/card-weight", admin, {"grams": 25})
    stale = await studio.try_post(
        "/admin/prices/card-weight", admin, {"grams": 26}, **{"If-Match": '"0"'}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")


@pytest.mark.parametrize(
    ("place", "change", "pointer"),
    [
        ("products", {"price": "12.3"}, "/price"),
        ("products", {"price": "0.00"}, "/price"),
        ("products", {"size": "135"}, "/size"),
        ("products", {"size": "900x900"}, "/size"),
        ("products", {"grams": 0}, "/grams"),
        ("products", {"since": "2026-03-02T00:00:00"}, "/since"),
        ("products", {"colour": "red"}, "/colour"),
        ("kdv-rates", {"tax_class": "general", "rate": "101"}, "/rate"),
        ("kdv-rates", {"tax_class": "general", "rate": "0"}, "/rate"),
        ("kdv-classes", {"kind": "cover", "tax_class": "nothing"}, "/tax_class"),
    ],
)
async def test_bad_entries_are_refused_where_they_are_wrong(
    studio: Studio, place: str, change: dict[str, Any], pointer: str
) -> None:
    body = (COVER if place == "products" else {}) | change
    answer = await studio.try_post(f"/admin/prices/{place}", studio.person("admin"), body)
    assert answer.status_code in {400, 422}
    assert pointer in {each["pointer"] for each in answer.json()["errors"]}


async def test_nothing_is_dated_back(studio: Studio) -> None:
    body = COVER | {"since": (NOW - timedelta(days=1)).isoformat()}
    assert await refused(studio, "/admin/prices/products", studio.person("finance"), body) == (
        409,
        "price_in_the_past",
    )


async def test_the_quote_is_what_the_commit_charges(studio: Studio) -> None:
    admin, ayse = studio.person("admin"), await studio.customer()
    await studio.post("/admin/coupons", admin, COUPON)
    path = await ready(studio, ayse)
    await studio.post(f"{path}/options", ayse, {"size": "160x240", "paper": "textured"})
    await studio.post(f"{path}/coupons", ayse, {"code": "hos-geldin"})
    quote = await studio.get(f"{path}/quote", ayse)
    assert (quote["size"], quote["paper"], quote["missing"]) == ("160x240", "textured", [])
    assert quote["coupons"] == [
        {"code": "HOSGELDIN", "discount": {"amount": "238.50", "currency": "TRY"}}
    ]
    assert (quote["list_total"]["amount"], quote["total"]["amount"]) == ("1590.00", "1351.50")
    kdv = [Decimal(each["net"]["amount"]) + Decimal(each["kdv"]["amount"]) for each in quote["kdv"]]
    assert sum(kdv) == Decimal("1351.50")
    wrong = await refused(studio, f"{path}/commit?expected_total=1351.49", ayse)
    assert wrong == (409, "price_changed")
    bad = await studio.try_post(f"{path}/commit?expected_total=cheap", ayse)
    assert bad.status_code in {400, 422}
    done = await studio.post(f"{path}/commit?expected_total=1351.50", ayse)
    order = await studio.get(f"/orders/{done['order_id']}", ayse)
    assert order["total"] == done["total"] == quote["total"]
    assert (order["size"], order["paper"]) == ("160x240", "textured")
    assert [line["list_price"] for line in order["lines"]] == [
        line["list_price"] for line in quote["lines"]
    ]
    again = await studio.get(f"{path}/quote", ayse)
    assert again["lines"] == quote["lines"]
    [coupon] = (await studio.get("/admin/coupons", admin))["items"]
    assert (coupon["uses"], coupon["discount"]["amount"]) == (1, "238.50")


async def test_an_unfinished_draft_is_quoted_with_what_is_missing(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse, "upload")
    quote = await studio.get(f"{path}/quote", ayse)
    assert quote["missing"] == ["artwork", "addresses"]
    assert quote["total"]["amount"] == "1290.00"
    draft = await studio.get(path, ayse)
    assert (draft["options"], draft["coupons"]) == (None, [])


async def test_a_coupon_that_ended_meanwhile_is_told_in_the_callers_language(
    studio: Studio,
) -> None:
    admin, ayse = studio.person("admin"), await studio.customer()
    await studio.post("/admin/coupons", admin, COUPON)
    path = await ready(studio, ayse)
    await studio.post(f"{path}/coupons", ayse, {"code": "HOSGELDIN"})
    await studio.post("/admin/coupons/end", admin, {"code": "HOSGELDIN"})
    quote = await studio.get(f"{path}/quote", ayse)
    [unusable] = quote["unusable"]
    assert (unusable["code"], unusable["problem"]) == ("HOSGELDIN", "coupon_not_valid")
    assert "HOSGELDIN" in unusable["detail"]
    assert await refused(studio, f"{path}/commit", ayse) == (409, "coupon_not_valid")
    await studio.post(f"{path}/coupons/remove", ayse, {"code": "HOSGELDIN"})
    assert (await studio.post(f"{path}/commit", ayse))["total"]["amount"] == "1290.00"


async def test_nobody_sees_or_changes_what_anothers_draft_costs(studio: Studio) -> None:
    ayse, other = await studio.customer(), await studio.customer()
    path = await ready(studio, ayse)
    answer = await studio.client.get(f"{path}/quote", headers=other.bearer)
    assert answer.status_code == 404
    options = {"size": "120x195", "paper": "matte"}
    assert await refused(studio, f"{path}/options", other, options) == (404, "not_found")


async def test_what_is_not_on_offer_is_not_chosen(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await ready(studio, ayse)
    gold = {"size": "135x210", "paper": "gold"}
    assert await refused(studio, f"{path}/options", ayse, gold) == (409, "not_offered")
    nothing = {"code": "YOKBOYLE"}
    assert await refused(studio, f"{path}/coupons", ayse, nothing) == (404, "unknown_coupon")


async def test_the_read_tables_are_what_a_rebuild_gives(
    studio: Studio, pool: Pool, event_log: PostgresLog
) -> None:
    admin, ayse = studio.person("admin"), await studio.customer()
    await studio.post("/admin/coupons", admin, COUPON | {"most_uses": 3})
    await studio.post("/admin/prices/products", admin, COVER | {"since": SOON})
    path = await ready(studio, ayse)
    await studio.post(f"{path}/coupons", ayse, {"code": "HOSGELDIN"})
    await studio.post(f"{path}/commit", ayse)
    for model in (drafts, orders, coupons, price_entries):
        verdict = await verify(pool, event_log, model=model, tell=lambda _progress: None)
        assert (verdict.rows, verdict.equal) == (1, True), verdict
