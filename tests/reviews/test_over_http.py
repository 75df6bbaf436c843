"""Reviews over HTTP: from the customer's words to the designer's page and the recommendation."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from projections.replay import verify
from projections.reviews import reviews
from tests.api.shop import Person
from tests.reviews.gallery import Gallery

OPINION = {"rating": 4, "text": "Tam istediğim gibi oldu"}


async def page_of(gallery: Gallery, designer: Person) -> list[Any]:
    path = f"/designers/{await gallery.id_of(designer)}/reviews"
    found: list[Any] = (await gallery.client.get(path)).json()["items"]
    return found


async def rating_of(gallery: Gallery, designer: Person) -> tuple[int, str | None, list[int]]:
    answer = await gallery.client.get(f"/designers/{await gallery.id_of(designer)}/rating")
    told = answer.json()
    return told["count"], told["mean"], told["histogram"]


async def test_the_way_of_a_review(gallery: Gallery, event_log: PostgresLog, pool: Pool) -> None:
    admin, ayse = gallery.person("admin"), await gallery.reader()
    zeynep = await gallery.designer(admin)
    order = await gallery.delivered(ayse, zeynep)
    assert await rating_of(gallery, zeynep) == (0, None, [0, 0, 0, 0, 0])
    review_id = (await gallery.post(f"{order}/review", ayse, OPINION))["review_id"]
    [seen] = await page_of(gallery, zeynep)
    assert (seen["author"], seen["rating"], seen["text"]) == ("Ayşe Y.", 4, OPINION["text"])
    await gallery.post(f"{order}/review/change", ayse, {"rating": 5, "text": "Harika"})
    [received] = (await gallery.get("/designers/me/reviews", zeynep))["items"]
    assert received["review"]["review_id"] == review_id
    await gallery.post(f"/reviews/{review_id}/answer", zeynep, {"text": "Çok sevindim"})
    [seen] = await page_of(gallery, zeynep)
    assert (seen["rating"], seen["answer"], seen["refunded"]) == (5, "Çok sevindim", False)
    assert await rating_of(gallery, zeynep) == (1, "5.00", [0, 0, 0, 0, 1])
    await gallery.refund(order)
    [seen] = await page_of(gallery, zeynep)
    assert seen["refunded"] is True
    own = await gallery.get(f"{order}/review", ayse)
    assert (own["review"]["text"], own["withdrawn"]) == ("Harika", False)
    await gallery.post(f"{order}/review/withdraw", ayse)
    assert await page_of(gallery, zeynep) == []
    assert await rating_of(gallery, zeynep) == (0, None, [0, 0, 0, 0, 0])
    verdict = await verify(pool, event_log, model=reviews, tell=lambda _progress: None)
    assert verdict.equal, verdict


async def test_admins_see_what_was_reported_hide_it_and_show_it_again(gallery: Gallery) -> None:
    admin, ayse, passer_by = gallery.person("admin"), await gallery.reader(), gallery.person()
    zeynep = await gallery.designer(admin)
    order = await gallery.delivered(ayse, zeynep)
    review_id = (await gallery.post(f"{order}/review", ayse, OPINION))["review_id"]
    path = f"/reviews/{review_id}"
    assert (await gallery.get("/reviews", admin))["items"] == []
    await gallery.post(f"{path}/report", passer_by, {"reason": "personal_data"})
    await gallery.post(f"{path}/report", passer_by, {"reason": "insult"})
    [reported] = (await gallery.get("/reviews", admin))["items"]
    assert (reported["reports"], reported["objections"]) == (1, ["personal_data"])
    seen = await gallery.client.get(path, headers=admin.bearer)
    hiding = {"reason": "personal_data"}
    decisions = [
        gallery.try_post(f"{path}/hide", each, hiding, **{"If-Match": seen.headers["etag"]})
        for each in (admin, gallery.person("admin"))
    ]
    statuses = sorted([answer.status_code for answer in await asyncio.gather(*decisions)])
    assert statuses == [200, 412]
    assert await page_of(gallery, zeynep) == []
    assert (await rating_of(gallery, zeynep))[0] == 0
    [hidden] = (await gallery.get("/reviews?only=hidden", admin))["items"]
    assert (hidden["hidden"], hidden["hidden_for"]) == (["review"], "personal_data")
    own = await gallery.get(f"{order}/review", ayse)
    assert (own["hidden_for"], own["reports"]) == ("personal_data", 0)
    await gallery.post(f"{path}/show", admin, {})
    assert len(await page_of(gallery, zeynep)) == 1
    await gallery.post(f"{path}/answer", zeynep, {"text": "Beni arayın"})
    await gallery.post(f"{path}/hide", admin, {"part": "answer", "reason": "other"})
    [seen_again] = await page_of(gallery, zeynep)
    assert (seen_again["answer"], seen_again["answered_at"]) == ("", None)
    assert seen_again["text"] == OPINION["text"]


async def test_the_erased_are_not_named_but_their_stars_count(gallery: Gallery) -> None:
    admin, ayse = gallery.person("admin"), await gallery.reader()
    zeynep = await gallery.designer(admin)
    order = await gallery.delivered(ayse, zeynep)
    await gallery.post(f"{order}/review", ayse, OPINION)
    await gallery.erase(ayse)
    [seen] = await page_of(gallery, zeynep)
    assert (seen["author"], seen["text"], seen["rating"]) == ("", "", 4)
    assert await rating_of(gallery, zeynep) == (1, "4.00", [0, 0, 0, 1, 0])


async def test_reviews_count_for_the_recommendation_from_the_next_day_on(
    gallery: Gallery,
) -> None:
    admin, ayse = gallery.person("admin"), await gallery.reader()
    zeynep, deniz = await gallery.designer(admin), await gallery.designer(admin)
    order = await gallery.delivered(ayse, deniz)
    asking = await gallery.draft(ayse, "artist")

    async def best() -> str:
        told = await gallery.get(f"{asking}/recommended-designers", ayse)
        return str(told["items"][0]["designer"]["designer_id"])

    at_first = await best()
    await gallery.post(f"{order}/review", ayse, OPINION)
    assert await best() == at_first
    gallery.clock.pass_(days=1)
    for person in (ayse, zeynep, deniz):
        gallery.signed_in_again(person)
    assert await best() == await gallery.id_of(deniz)
    await gallery.post(f"{order}/review/withdraw", ayse)
    assert await best() == await gallery.id_of(deniz)
    assert await gallery.id_of(zeynep) != await gallery.id_of(deniz)


async def test_what_is_no_review_is_told_in_words(gallery: Gallery) -> None:
    admin, ayse = gallery.person("admin"), await gallery.reader()
    zeynep = await gallery.designer(admin)
    order = await gallery.delivered(ayse, zeynep)
    for body, code in (
        ({"rating": 6}, "invalid_body"),
        ({"rating": 3, "text": "ayse@example.com"}, "email_in_review"),
        ({"rating": 3, "text": "4111 1111 1111 1111"}, "card_number_given"),
    ):
        answer = await gallery.try_post(f"{order}/review", ayse, body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    stranger = await gallery.try_post(f"{order}/review", await gallery.reader(), OPINION)
    assert stranger.status_code == 404
    nobody = await gallery.client.get(f"/designers/{uuid4()}/reviews")
    assert nobody.status_code == 404
