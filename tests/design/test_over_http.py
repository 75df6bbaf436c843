"""Designers and their work over HTTP: both sides' way, and what everybody else gets."""

from __future__ import annotations

import asyncio
import errno
from typing import Any, cast

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.assets import UploadLimits
from application.ports import RefusedArtwork
from projections.design import design_jobs, design_steps
from projections.designers import designers
from projections.replay import verify
from tests.api.shop import Person
from tests.design.atelier import PNG, Atelier


async def test_the_way_of_a_design(atelier: Atelier, event_log: PostgresLog, pool: Pool) -> None:
    admin, reader = atelier.person("admin"), await atelier.customer()
    zeynep = await atelier.designer(admin)
    job = await atelier.commissioned(reader, zeynep)
    pending = await atelier.get("/design-jobs?tab=pending", zeynep)
    assert [item["part"] for item in pending["items"]] == ["designer"]
    await atelier.post(f"{job}/accept", zeynep)
    sent = await atelier.show(job, zeynep, "Nasıl, beğendiniz mi?")
    assert sent.status_code == 201, sent.text
    await atelier.post(f"{job}/request-revision", reader, {"said": "Daha koyu"})
    assert (await atelier.show(job, zeynep)).status_code == 201
    seen = await atelier.get(job, reader)
    picture = await atelier.client.get(seen["preview_url"].removeprefix("/api/v1"))
    assert picture.content == atelier.files.contents[_preview_digest(atelier)]
    await atelier.post(f"{job}/approve", reader)
    done = await atelier.get(job, zeynep)
    assert (done["job"]["state"], done["wishes"]) == ("approved", "Mavi olsun")
    assert [(step["step"], step["by"], step["said"]) for step in done["steps"]] == [
        ("awaiting_designer", "customer", ""),
        ("in_progress", "designer", ""),
        ("preview_sent", "designer", "Nasıl, beğendiniz mi?"),
        ("revision_requested", "customer", "Daha koyu"),
        ("preview_sent", "designer", "Nasıl?"),
        ("approved", "customer", ""),
    ]
    assert (await atelier.get("/design-jobs?tab=active", reader))["items"] == []
    for model in (designers, design_jobs, design_steps):
        verdict = await verify(pool, event_log, model=model, tell=lambda _progress: None)
        assert verdict.equal, verdict


def _preview_digest(atelier: Atelier) -> str:
    return next(
        digest for digest, content in atelier.files.contents.items() if b"WEBP" in content[:16]
    )


async def test_a_declined_job_is_the_customers_again(atelier: Atelier) -> None:
    admin, reader = atelier.person("admin"), await atelier.customer()
    zeynep, deniz = await atelier.designer(admin), await atelier.designer(admin)
    job = await atelier.commissioned(reader, zeynep)
    await atelier.post(f"{job}/decline", zeynep, {"said": "Bu ay doluyum"})
    assert (await atelier.client.get(job, headers=zeynep.bearer)).status_code == 404
    again = {"designer_id": await atelier.id_of(deniz)}
    await atelier.post(f"{job}/choose-another", reader, again)
    assert len((await atelier.get(job, reader))["steps"]) == 3
    own = await atelier.get(job, deniz)
    assert [step["step"] for step in own["steps"]] == ["awaiting_designer"]
    await atelier.post(f"{job}/accept", deniz)
    await atelier.post(f"{job}/cancel", deniz, {"said": "Hastayım"})
    assert (await atelier.get(job, reader))["job"]["state"] == "cancelled"


@pytest.mark.parametrize("first", ["approve", "cancel"])
async def test_approve_and_cancel_at_once_have_one_winner(atelier: Atelier, first: str) -> None:
    admin, reader = atelier.person("admin"), await atelier.customer()
    zeynep = await atelier.designer(admin)
    job = await atelier.commissioned(reader, zeynep)
    await atelier.post(f"{job}/accept", zeynep)
    await atelier.show(job, zeynep)
    steps = [first, "cancel" if first == "approve" else "approve"]
    answers = await asyncio.gather(*(_press(atelier, reader, f"{job}/{step}") for step in steps))
    assert sorted(answers) == [200, 409]
    await atelier.catch_up()
    state = (await atelier.get(job, reader))["job"]["state"]
    assert state == {"approve": "approved", "cancel": "cancelled"}[steps[answers.index(200)]]


async def _press(atelier: Atelier, person: Person, path: str) -> int:
    body = {"said": ""} if path.endswith("cancel") else None
    headers = person.bearer | {"Idempotency-Key": path}
    return (await atelier.client.post(path, headers=headers, json=body)).status_code


async def test_calling_off_needs_a_key(atelier: Atelier) -> None:
    admin, reader = atelier.person("admin"), await atelier.customer()
    job = await atelier.commissioned(reader, await atelier.designer(admin))
    answer = await atelier.client.post(f"{job}/cancel", headers=reader.bearer, json={})
    assert answer.status_code == 428


STEPS: list[tuple[str, dict[str, Any] | None]] = [
    ("accept", None),
    ("decline", {"said": ""}),
    ("approve", None),
    ("request-revision", {"said": "Olmamış"}),
    ("cancel", {"said": ""}),
]


async def test_strangers_find_nothing(atelier: Atelier) -> None:
    admin, reader = atelier.person("admin"), await atelier.customer()
    zeynep, deniz = await atelier.designer(admin), await atelier.designer(admin)
    job = await atelier.commissioned(reader, zeynep)
    for person in (deniz, atelier.person("designer", "admin"), atelier.person("designer")):
        assert (await atelier.client.get(job, headers=person.bearer)).status_code == 404
        for step, body in STEPS:
            answer = await atelier.try_post(f"{job}/{step}", person, body)
            assert answer.status_code == 404, (step, answer.text)
        assert (await atelier.show(job, person)).status_code == 404
    assert atelier.files.contents == {}
    assert (await atelier.get("/design-jobs", deniz))["items"] == []


async def test_who_lost_the_role_accepts_nothing(atelier: Atelier) -> None:
    admin, reader = atelier.person("admin"), await atelier.customer()
    zeynep = await atelier.designer(admin)
    job = await atelier.commissioned(reader, zeynep)
    zeynep.standing.roles.remove("designer")
    assert (await atelier.try_post(f"{job}/accept", zeynep)).status_code == 403


@pytest.mark.parametrize(
    "message", ["%C3", "%00", "a" * 2001], ids=["not UTF-8", "control", "long"]
)
async def test_a_bad_message_is_refused(atelier: Atelier, message: str) -> None:
    admin, reader = atelier.person("admin"), await atelier.customer()
    zeynep = await atelier.designer(admin)
    job = await atelier.commissioned(reader, zeynep)
    await atelier.post(f"{job}/accept", zeynep)
    answer = await atelier.upload(f"{job}/previews", zeynep, PNG, Message=message)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_header")


async def test_a_file_that_can_not_be_printed_is_not_kept(atelier: Atelier) -> None:
    admin, reader = atelier.person("admin"), await atelier.customer()
    zeynep = await atelier.designer(admin)
    job = await atelier.commissioned(reader, zeynep)
    assert (await atelier.show(job, zeynep)).json()["code"] == "design_cannot_move"
    await atelier.post(f"{job}/accept", zeynep)
    atelier.inspector.verdict = RefusedArtwork("encrypted", "PDF")
    assert (await atelier.show(job, zeynep)).json()["code"] == "artwork_refused"
    assert atelier.files.contents == {}


async def test_a_file_without_room_is_not_kept(
    atelier: Atelier, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, reader = atelier.person("admin"), await atelier.customer()
    zeynep = await atelier.designer(admin)
    job = await atelier.commissioned(reader, zeynep)
    await atelier.post(f"{job}/accept", zeynep)
    ports = cast("dict[type, object]", atelier.backend.ports)
    for limits, code in (
        (UploadLimits(file_bytes=len(PNG) - 1), "body_too_large"),
        (UploadLimits(owner_bytes=0), "storage_full"),
    ):
        ports[UploadLimits] = limits
        assert (await atelier.show(job, zeynep)).json()["code"] == code
    ports[UploadLimits] = UploadLimits()

    async def full(_content: bytes) -> str:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(atelier.files, "put", full)
    assert (await atelier.show(job, zeynep)).status_code == 503
    assert (await atelier.get(job, zeynep))["job"]["previews"] == 0


async def test_a_repeated_preview_is_sent_once(atelier: Atelier) -> None:
    admin, reader = atelier.person("admin"), await atelier.customer()
    zeynep = await atelier.designer(admin)
    job = await atelier.commissioned(reader, zeynep)
    await atelier.post(f"{job}/accept", zeynep)
    key = {"Idempotency-Key": "once", "Message": "Merhaba"}
    first = await atelier.upload(f"{job}/previews", zeynep, PNG, **key)
    again = await atelier.upload(f"{job}/previews", zeynep, PNG, **key)
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await atelier.upload(f"{job}/previews", zeynep, PNG, **key | {"Message": "Selam"})
    assert other.json()["code"] == "key_reused"


async def test_a_public_profile_shows_what_was_chosen(atelier: Atelier) -> None:
    admin = atelier.person("admin")
    zeynep = await atelier.designer(admin, hidden=["bio"])
    path = f"/designers/{await atelier.id_of(zeynep)}"
    shown = (await atelier.client.get(path)).json()
    assert "bio" not in shown
    assert shown["links"] == ["https://zeynep.example/is"]
    assert not {"person_id", "hidden", "reason"} & shown.keys()
    assert (await atelier.get("/designers/me", zeynep))["bio"] == "Suluboya kapaklar"


async def test_an_applicant_is_not_published(atelier: Atelier) -> None:
    admin, person = atelier.person("admin"), atelier.person()
    nothing = await atelier.client.get("/designers/me", headers=person.bearer)
    assert nothing.status_code == 404
    profile = {"display_name": "Ada", "specialities": ["minimal"]}
    body = {"profile": profile, "price": "100", "consent_version": "1"}
    made = await atelier.post("/designers/applications", person, body)
    path = f"/designers/{made['id']}"
    assert (await atelier.client.get(path)).status_code == 404
    assert (await atelier.client.get("/designers")).json()["items"] == []
    waiting = await atelier.get("/designers/applications", admin)
    assert [item["display_name"] for item in waiting["items"]] == ["Ada"]
    assert (await atelier.try_post(f"{path}/approve", person)).status_code == 403
    await atelier.post(f"{path}/reject", admin, {"reason": "Örnek iş yok"})
    assert (await atelier.get("/designers/me", person))["reason"] == "Örnek iş yok"


async def test_designers_are_searched_page_by_page(atelier: Atelier) -> None:
    admin = atelier.person("admin")
    for price, speciality in (("300", "minimal"), ("400", "minimal"), ("500", "poetry")):
        await atelier.designer(admin, price, display_name=price, specialities=[speciality])
    first = await atelier.get("/designers?limit=2", admin)
    rest = await atelier.get(f"/designers?limit=2&cursor={first['next']}", admin)
    names = [item["display_name"] for item in (*first["items"], *rest["items"])]
    assert (names, rest["next"]) == (["500", "400", "300"], None)
    minimal = await atelier.get("/designers?speciality=minimal&price_up_to=350", admin)
    assert [item["display_name"] for item in minimal["items"]] == ["300"]
    assert (await atelier.client.get("/designers?speciality=x")).status_code in {400, 422}


async def test_three_designers_are_recommended_and_stay_for_the_day(atelier: Atelier) -> None:
    admin, reader = atelier.person("admin"), await atelier.customer()
    team = [await atelier.designer(admin) for _ in range(4)]
    path = await atelier.draft(reader, "artist")
    answer = await atelier.get(f"{path}/recommended-designers", reader)
    assert [item["merit"] for item in answer["items"]] == ["best", "newcomer", "least_busy"]
    assert len({item["designer"]["designer_id"] for item in answer["items"]}) == 3
    await atelier.commissioned(await atelier.customer(), team[0])
    assert await atelier.get(f"{path}/recommended-designers", reader) == answer
    stranger: Person = atelier.person()
    hidden = await atelier.client.get(f"{path}/recommended-designers", headers=stranger.bearer)
    assert hidden.status_code == 404


async def test_a_designer_changes_profile_price_and_availability(atelier: Atelier) -> None:
    zeynep = await atelier.designer(atelier.person("admin"))
    changed = {"display_name": "Zeynep", "specialities": ["classic"]}
    await atelier.post("/designers/me/profile", zeynep, changed)
    await atelier.post("/designers/me/price", zeynep, {"price": "525.50"})
    await atelier.post("/designers/me/availability", zeynep, {"available": False})
    own = await atelier.get("/designers/me", zeynep)
    assert (own["display_name"], own["price"]["amount"]) == ("Zeynep", "525.50")
    assert not own["available"]
    assert (await atelier.client.get("/designers")).json()["items"] == []
