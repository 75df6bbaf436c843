"""Drafts over HTTP: the customer's way, and what strangers and bad input get."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.ports import RefusedArtwork
from projections.drafts import drafts
from projections.replay import verify
from tests.drafts.studio import BOOK, HOME, NEW_CARD, Studio

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 100


async def test_the_way_of_an_ai_draft(studio: Studio) -> None:
    ayse, admin = await studio.customer(), studio.person("admin")
    card = (await studio.post("/message-cards", admin, NEW_CARD))["id"]
    path = await studio.draft(ayse)
    generation_id = await studio.generation(path, ayse)
    await studio.paint(generation_id)
    chosen = {"generation_id": str(generation_id), "variant": 2}
    await studio.post(f"{path}/candidate", ayse, chosen)
    words = {"recipient": "Ece", "sender": "Deniz", "text": "Nice yıllara!"}
    await studio.post(f"{path}/message-card", ayse, {"card_id": card, **words})
    await studio.post(f"{path}/addresses", ayse, {"delivery": HOME})
    draft = await studio.get(path, ayse)
    assert draft["missing"] == []
    assert draft["state"] == "open"
    assert draft["book"]["title"] == BOOK["title"]
    assert draft["message_card"]["price"] == {"amount": "45.00", "currency": "TRY"}
    assert draft["addresses"]["billing"] == HOME
    assert draft["next_generation_credits"] == 200
    [generation] = draft["generations"]
    assert generation["state"] == "completed"
    assert [each["selected"] for each in generation["candidates"]] == [False, False, True]


async def test_a_generation_is_followed_until_it_is_there(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse)
    asked = await studio.try_post(f"{path}/generations", ayse, {"prompt": "Sisli bir sahil"})
    assert asked.status_code == 202
    assert (asked.json()["credits"], asked.json()["available"]) == (100, 400)
    place = asked.headers["Location"].removeprefix("/api/v1")
    assert (await studio.get(place, ayse))["state"] == "requested"
    await studio.paint(UUID(asked.json()["id"]))
    generation = await studio.get(place, ayse)
    assert generation["state"] == "completed"
    assert len(generation["previews"]) == len(generation["candidates"]) == 3


async def test_a_repeated_request_for_a_generation_is_the_same_generation(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse)
    body, key = {"prompt": "Sisli bir sahil"}, {"Idempotency-Key": "once"}
    first = await studio.try_post(f"{path}/generations", ayse, body, **key)
    again = await studio.try_post(f"{path}/generations", ayse, body, **key)
    assert again.json() == first.json()
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_two_requests_at_once_make_one_generation(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse)
    body = {"prompt": "Sisli bir sahil"}
    answers = await asyncio.gather(
        *(studio.try_post(f"{path}/generations", ayse, body) for _ in range(5))
    )
    assert sorted(each.status_code for each in answers) == [202, 409, 409, 409, 409]


async def test_a_generation_needs_a_key(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse)
    answer = await studio.client.post(
        f"{path}/generations", json={"prompt": "Sisli bir sahil"}, headers=ayse.bearer
    )
    assert (answer.status_code, answer.json()["code"]) == (428, "key_required")


async def test_a_cancelled_generation_gives_the_credits_back(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse)
    generation_id = await studio.generation(path, ayse)
    await studio.post(f"{path}/generations/{generation_id}/cancel", ayse)
    draft = await studio.get(path, ayse)
    assert draft["generations"][0]["state"] == "cancelled"
    assert draft["next_generation_credits"] == 100
    assert await studio.generation(path, ayse) != generation_id


async def test_previews_can_be_seen_and_originals_can_not(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse)
    await studio.paint(await studio.generation(path, ayse))
    answer = await studio.client.get(path, headers=ayse.bearer)
    originals = [
        digest for digest, content in studio.files.contents.items() if content[1:4] == b"PNG"
    ]
    assert len(originals) == 3
    assert not any(digest in answer.text for digest in originals)
    url = answer.json()["generations"][0]["candidates"][0]["preview_url"]
    seen = await studio.client.get(url.removeprefix("/api/v1"))
    assert seen.status_code == 200
    assert seen.content[8:12] == b"WEBP"
    assert seen.headers["content-type"] == "image/webp"
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert seen.headers["cache-control"].startswith("private")
    assert seen.headers["content-disposition"].startswith("inline")


async def test_a_link_ends_and_can_not_be_made_up(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse)
    await studio.paint(await studio.generation(path, ayse))
    draft = await studio.get(path, ayse)
    link = draft["generations"][0]["candidates"][0]["preview_url"].removeprefix("/api/v1")
    for wrong in (link[:-2], "/files/nonsense", f"/files/{'a' * 64}"):
        assert (await studio.client.get(wrong)).status_code == 404
    studio.files.contents.clear()
    assert (await studio.client.get(link)).status_code == 404
    studio.clock.pass_(minutes=15)
    assert (await studio.client.get(link)).status_code == 404


async def test_an_upload_becomes_the_artwork(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse, "upload")
    answer = await studio.upload(f"{path}/artwork", ayse, PNG)
    assert answer.status_code == 200, answer.text
    assert answer.json()["width"] == 1666
    draft = await studio.get(path, ayse)
    assert draft["missing"] == ["addresses"]
    assert draft["artwork"]["preview_url"].startswith("/api/v1/files/")


async def test_a_refused_upload_leaves_nothing_behind(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse, "upload")
    studio.inspector.verdict = RefusedArtwork("svg", "drawings are not accepted")
    head = await studio.backend.event_log.head()
    answer = await studio.upload(f"{path}/artwork", ayse, b"<svg/>")
    assert (answer.status_code, answer.json()["code"]) == (422, "artwork_refused")
    assert answer.json()["facts"]["reason"] == "svg"
    assert studio.files.contents == {}
    assert await studio.backend.event_log.head() == head


async def test_an_upload_that_is_too_large_is_not_read(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse, "upload")
    answer = await studio.upload(f"{path}/artwork", ayse, bytes(40 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert studio.files.contents == {}


async def test_the_same_upload_with_the_same_key_happens_once(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse, "upload")
    key = {"Idempotency-Key": "once"}
    first = await studio.upload(f"{path}/artwork", ayse, PNG, **key)
    again = await studio.upload(f"{path}/artwork", ayse, PNG, **key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["version"] == first.json()["version"]
    other = await studio.upload(f"{path}/artwork", ayse, PNG + b"more", **key)
    assert other.json()["code"] == "key_reused"


async def test_other_methods_take_no_upload(studio: Studio) -> None:
    ayse = await studio.customer()
    for method in ("ai", "artist"):
        path = await studio.draft(ayse, method)
        answer = await studio.upload(f"{path}/artwork", ayse, PNG)
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_method")
    assert studio.files.contents == {}


async def test_a_strangers_draft_does_not_exist(studio: Studio) -> None:
    ayse, eve = await studio.customer(), await studio.customer()
    path = await studio.draft(ayse)
    generation_id = str(await studio.generation(path, ayse))
    posts: dict[str, Any] = {
        "/book": BOOK,
        "/generations": {"prompt": "Sisli bir sahil"},
        f"/generations/{generation_id}/cancel": None,
        "/candidate": {"generation_id": generation_id, "variant": 0},
        "/message-card/remove": None,
        "/addresses": {"delivery": HOME},
    }
    for end, body in posts.items():
        answer = await studio.try_post(path + end, eve, body)
        assert answer.status_code == 404, end
    assert (await studio.upload(f"{path}/artwork", eve, PNG)).status_code == 404
    for end in ("", f"/generations/{generation_id}"):
        answer = await studio.client.get(path + end, headers=eve.bearer)
        assert answer.status_code == 404, end
    assert (await studio.get("/drafts", eve))["items"] == []


async def test_what_does_not_exist_is_not_found(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse)
    for missing in (f"/drafts/{uuid4()}", f"{path}/generations/{uuid4()}"):
        answer = await studio.client.get(missing, headers=ayse.bearer)
        assert answer.status_code == 404


async def test_drafts_are_listed_youngest_first_and_page_by_page(studio: Studio) -> None:
    ayse = await studio.customer()
    made = [await studio.draft(ayse) for _ in range(5)]
    first = await studio.get("/drafts?limit=2", ayse)
    second = await studio.get(f"/drafts?limit=2&cursor={first['next']}", ayse)
    third = await studio.get(f"/drafts?limit=2&cursor={second['next']}", ayse)
    listed = [item["id"] for part in (first, second, third) for item in part["items"]]
    assert [f"/drafts/{each}" for each in listed] == made[::-1]
    assert third["next"] is None


async def test_an_edit_of_an_old_version_is_refused(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse)
    answer = await studio.try_post(f"{path}/book", ayse, BOOK, **{"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (412, "stale_version")


BAD: list[tuple[str, Any, str]] = [
    ("/book", {**BOOK, "title": ""}, "/title"),
    ("/book", {**BOOK, "kind": "cookbook"}, "/kind"),
    ("/book", {**BOOK, "price": 1}, "/price"),
    ("/generations", {"prompt": "ab"}, "/prompt"),
    ("/generations", {"prompt": "x" * 1001}, "/prompt"),
    ("/generations", {"prompt": "  a   "}, "/prompt"),
    ("/generations", {"prompt": "Çıplak kadın"}, "/prompt"),
    ("/candidate", {"generation_id": str(uuid4()), "variant": 3}, "/variant"),
    ("/addresses", {"delivery": {**HOME, "postcode": "3471"}}, "/delivery/postcode"),
    ("/addresses", {"delivery": {**HOME, "postcode": "34710\n"}}, "/delivery/postcode"),
    ("/addresses", {"delivery": {**HOME, "district": "  "}}, "/delivery/district"),
    ("/addresses", {"delivery": HOME, "tax_number": "12345"}, "/tax_number"),
]


async def test_bad_input_names_the_field(studio: Studio) -> None:
    ayse = await studio.customer()
    path = await studio.draft(ayse)
    for end, body, pointer in BAD:
        answer = await studio.try_post(path + end, ayse, body)
        assert answer.status_code == 422, (body, answer.text)
        assert answer.json()["errors"][0]["pointer"] == pointer, body


async def test_the_live_table_equals_its_fold(
    studio: Studio, pool: Pool, event_log: PostgresLog
) -> None:
    await test_the_way_of_an_ai_draft(studio)
    verdict = await verify(pool, event_log, model=drafts, tell=lambda _progress: None)
    assert verdict.rows == 1
    assert verdict.equal, verdict
