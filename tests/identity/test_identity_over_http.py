"""Accounts, sessions and roles as a client meets them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest
from msgspec.structs import replace

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from adapters.system import UuidIds
from api.app import CONTROLLERS, create_app
from api.backend import Backend, Limits
from api.identity import (
    AccountsController,
    PeopleController,
    ProfileController,
    SessionsController,
)
from application.bus import Bus
from application.identity import IdentityTerms
from domain.identity import Session
from projections.identity import persons, session_standing, sessions
from projections.reads import Reads
from projections.runner import Projector
from tests.api.shop import ISSUER, client_of, tokens
from tests.identity.examples import ADMIN, AYSE, EMAIL, OTHER_PASSWORD, PASSWORD, People

Answer = dict[str, Any]

OURS = (AccountsController, PeopleController, ProfileController, SessionsController)


class Counter(People):
    """The application on a real database, and somebody who sends requests."""

    def __init__(self, pool: Pool, event_log: PostgresLog, reads: Reads) -> None:
        super().__init__()
        self.ports[IdentityTerms] = replace(IdentityTerms(), answer_seconds=0.0)
        self.postgres, self.reads = event_log, reads
        self.bus = Bus(event_log, self.ports, clock=self.clock, ids=self.ids)
        self.log = event_log  # type: ignore[assignment]  # keeps the same promises
        self.projector = Projector(pool, event_log, [persons, sessions])
        self.backend = Backend(
            bus=self.bus,
            reads=reads,
            event_log=event_log,
            clock=self.clock,
            ids=UuidIds(),
            pool=pool,
            ports=self.ports,
            tokens=tokens(),
            standing=session_standing,
            public_url=ISSUER,
            limits=Limits(freshness_seconds=0.2),
        )
        app = create_app(self.backend, more=[each for each in OURS if each not in CONTROLLERS])
        self.client: httpx.AsyncClient = client_of(app)

    async def post(self, path: str, token: str = "", **options: Any) -> httpx.Response:
        headers = options.pop("headers", {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        answer = await self.client.post(path, headers=headers, **options)
        await self.catch_up()
        return answer

    async def read(self, path: str, token: str = "") -> httpx.Response:
        return await self.client.get(path, headers={"Authorization": f"Bearer {token}"})

    async def catch_up(self) -> None:
        while await self.projector.step():
            pass

    async def enter(self, email: str = EMAIL, password: str = PASSWORD) -> Answer:
        """Log in and get tokens."""
        answer = await self.post("/sessions", json={"email": email, "password": password})
        assert answer.status_code == 201, answer.text
        said: Answer = answer.json()
        return said


@pytest.fixture
async def counter(pool: Pool, event_log: PostgresLog, database_url: str) -> Counter:
    made = Counter(pool, event_log, Reads(pool, app_url(database_url)))
    await made.projector.prepare()
    return made


@pytest.fixture
async def with_ayse(counter: Counter) -> Counter:
    """The counter, and a customer who has confirmed her e-mail."""
    await counter.somebody(AYSE)
    await counter.somebody(ADMIN, "admin")
    await counter.catch_up()
    return counter


AYSES = f"{AYSE.int}@example.com"
ADMINS = f"{ADMIN.int}@example.com"


def registration(**other: str) -> Answer:
    return {
        "email": EMAIL,
        "password": PASSWORD,
        "name": "Ayşe",
        "accepted_terms": "1",
        "accepted_privacy": "1",
        **other,
    }


async def token_of_last_link(counter: Counter) -> str:
    counter.wanted.clear()
    house = People()
    house.log.recorded = list(await counter.postgres.page(0, 1000))
    house.bus = counter.bus
    return await house.mailed_token("confirm_email")


async def test_from_registering_to_ones_profile(counter: Counter) -> None:
    answer = await counter.post("/accounts", json=registration())
    assert (answer.status_code, answer.json()) == (202, {"next": "read_your_mail"})
    early = await counter.post("/sessions", json={"email": EMAIL, "password": PASSWORD})
    assert (early.status_code, early.json()["code"]) == (403, "email_not_confirmed")
    token = await token_of_last_link(counter)
    confirmed = await counter.post("/accounts/confirm", json={"token": token})
    assert confirmed.status_code == 200
    tokens = await counter.enter()
    profile = await counter.read("/profile", tokens["access_token"])
    assert profile.json()["email"] == EMAIL
    assert profile.json()["roles"] == ["customer"]
    assert profile.headers["etag"] == '"2"'


async def test_registering_tells_nobody_who_has_an_account(with_ayse: Counter) -> None:
    new = await with_ayse.post("/accounts", json=registration())
    taken = await with_ayse.post("/accounts", json=registration(email=AYSES.upper()))
    assert (new.status_code, new.json()) == (taken.status_code, taken.json())
    assert new.headers.keys() == taken.headers.keys()


async def test_asking_for_a_reset_tells_nobody_who_has_an_account(with_ayse: Counter) -> None:
    some = await with_ayse.post("/accounts/reset-request", json={"email": AYSES})
    none = await with_ayse.post("/accounts/reset-request", json={"email": "no@example.com"})
    assert (
        (some.status_code, some.json())
        == (none.status_code, none.json())
        == (
            202,
            {"next": "read_your_mail"},
        )
    )
    assert some.headers.keys() == none.headers.keys()


@pytest.mark.parametrize(
    ("wrong", "code", "pointer"),
    [
        ({"password": "kısa"}, "password_too_short", "/password"),
        ({"password": "1234567890"}, "password_too_common", "/password"),
        ({"email": "ayse"}, "invalid_body", "/email"),
        ({"email": "a\nb@example.com"}, "invalid_body", "/email"),
        ({"name": " "}, "invalid_body", "/name"),
        ({"roles": "admin"}, "invalid_body", "/roles"),
    ],
)
async def test_what_is_wrong_with_a_registration_is_told(
    counter: Counter, wrong: dict[str, str], code: str, pointer: str
) -> None:
    answer = await counter.post("/accounts", json=registration(**wrong))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert pointer in [fault.get("pointer") for fault in answer.json()["errors"]]


async def test_wrong_credentials_are_401_and_too_many_are_429(with_ayse: Counter) -> None:
    wrong = {"email": AYSES, "password": OTHER_PASSWORD}
    codes = [(await with_ayse.post("/sessions", json=wrong)).status_code for _ in range(5)]
    assert codes == [401] * 5
    answer = await with_ayse.post("/sessions", json=wrong)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


async def test_tokens_are_refreshed_and_a_stolen_one_ends_the_session(with_ayse: Counter) -> None:
    first = await with_ayse.enter(AYSES)
    assert first["expires_in"] == 900
    shown = {"refresh_token": first["refresh_token"]}
    second = (await with_ayse.post("/sessions/refresh", json=shown)).json()
    again = (await with_ayse.post("/sessions/refresh", json=shown)).json()
    assert second["refresh_token"] == again["refresh_token"] != first["refresh_token"]
    assert (await with_ayse.read("/profile", second["access_token"])).status_code == 200
    with_ayse.clock.pass_(seconds=11)
    theft = await with_ayse.post("/sessions/refresh", json=shown)
    assert (theft.status_code, theft.json()["code"]) == (401, "refresh_refused")
    assert (await with_ayse.read("/profile", second["access_token"])).status_code == 401
    later = {"refresh_token": second["refresh_token"]}
    assert (await with_ayse.post("/sessions/refresh", json=later)).status_code == 401


async def test_a_repeated_refresh_with_a_key_gets_the_same_tokens_and_stores_none(
    with_ayse: Counter, pool: Pool
) -> None:
    first = await with_ayse.enter(AYSES)
    key = {"Idempotency-Key": "once"}
    shown = {"refresh_token": first["refresh_token"]}
    one = await with_ayse.post("/sessions/refresh", json=shown, headers=dict(key))
    with_ayse.clock.pass_(minutes=1)
    two = await with_ayse.post("/sessions/refresh", json=shown, headers=dict(key))
    assert one.json()["refresh_token"] == two.json()["refresh_token"]
    assert two.headers["idempotency-replayed"] == "true"
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT convert_from(answer, 'UTF8') FROM answers")
        stored = " ".join(str(row[0]) for row in await cursor.fetchall())
    assert "stands" in stored
    assert one.json()["refresh_token"].partition(".")[2] not in stored
    assert "eyJ" not in stored


async def test_browsers_get_cookies_and_no_tokens(with_ayse: Counter) -> None:
    entered = await with_ayse.post(
        "/sessions", json={"email": AYSES, "password": PASSWORD, "cookies": True}
    )
    assert entered.status_code == 201
    assert not {"access_token", "refresh_token"} & entered.json().keys()
    jar = with_ayse.client.cookies
    csrf = jar["__Host-csrf"]
    assert (await with_ayse.client.get("/profile")).status_code == 200
    forged = await with_ayse.post("/sessions/refresh", json={})
    assert forged.status_code == 403
    old = jar["__Secure-refresh"]
    refreshed = await with_ayse.post("/sessions/refresh", json={}, headers={"X-CSRF-Token": csrf})
    assert refreshed.status_code == 200
    assert jar["__Secure-refresh"] != old
    csrf = jar["__Host-csrf"]
    ended = await with_ayse.post("/sessions/end", headers={"X-CSRF-Token": csrf})
    assert ended.status_code == 200
    assert "__Host-access" not in jar
    nothing = await with_ayse.post("/sessions/refresh", json={})
    assert nothing.status_code == 401


async def test_sessions_are_listed_and_ended_one_by_one(with_ayse: Counter) -> None:
    here, there = await with_ayse.enter(AYSES), await with_ayse.enter(AYSES)
    token = here["access_token"]
    listed = (await with_ayse.read("/sessions", token)).json()["items"]
    assert [each["current"] for each in listed] == [False, True]
    part = (await with_ayse.read("/sessions?limit=1", token)).json()
    rest = (await with_ayse.read(f"/sessions?limit=1&cursor={part['next']}", token)).json()
    assert part["items"] + rest["items"] == listed
    assert rest["next"] is None
    ended = await with_ayse.post(f"/sessions/{there['session_id']}/end", token)
    assert ended.status_code == 200
    assert (await with_ayse.read("/profile", there["access_token"])).status_code == 401
    assert (await with_ayse.read("/profile", token)).status_code == 200


async def test_a_session_of_another_person_is_not_found(with_ayse: Counter) -> None:
    mine, theirs = await with_ayse.enter(AYSES), await with_ayse.enter(ADMINS)
    answer = await with_ayse.post(f"/sessions/{mine['session_id']}/end", theirs["access_token"])
    assert answer.status_code == 404


async def test_logging_out_everywhere(with_ayse: Counter) -> None:
    here, there = await with_ayse.enter(AYSES), await with_ayse.enter(AYSES)
    assert (await with_ayse.post("/sessions/end-all", here["access_token"])).status_code == 200
    for session in (here, there):
        assert (await with_ayse.read("/profile", session["access_token"])).status_code == 401


async def test_changing_ones_password_leaves_this_session_only(with_ayse: Counter) -> None:
    here, there = await with_ayse.enter(AYSES), await with_ayse.enter(AYSES)
    token = here["access_token"]
    wrong = {"current_password": OTHER_PASSWORD, "new_password": OTHER_PASSWORD}
    refused = await with_ayse.post("/profile/change-password", token, json=wrong)
    assert refused.status_code == 401
    weak = {"current_password": PASSWORD, "new_password": "kısa"}
    refused = await with_ayse.post("/profile/change-password", token, json=weak)
    assert refused.json()["errors"][0]["pointer"] == "/new_password"
    right = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    done = await with_ayse.post("/profile/change-password", token, json=right)
    assert done.status_code == 200
    assert (await with_ayse.read("/profile", token)).status_code == 200
    assert (await with_ayse.read("/profile", there["access_token"])).status_code == 401
    await with_ayse.enter(AYSES, OTHER_PASSWORD)


async def test_a_forged_reset_link_is_refused(counter: Counter) -> None:
    answer = await counter.post("/accounts/reset", json={"token": "x", "password": OTHER_PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (422, "link_not_good")


async def test_roles_work_from_the_next_request_on_and_stop_so(with_ayse: Counter) -> None:
    admin = (await with_ayse.enter(ADMINS))["access_token"]
    ayse = (await with_ayse.enter(AYSES))["access_token"]
    assert (await with_ayse.read("/people", ayse)).status_code == 403
    grant, take = f"/people/{AYSE}/roles/grant", f"/people/{AYSE}/roles/take"
    assert (await with_ayse.post(grant, ayse, json={"role": "admin"})).status_code == 403
    assert (await with_ayse.post(grant, admin, json={"role": "admin"})).status_code == 200
    people = (await with_ayse.read("/people", ayse)).json()["items"]
    assert {UUID(each["person_id"]) for each in people} == {AYSE, ADMIN}
    own = await with_ayse.post(grant, ayse, json={"role": "finance"})
    assert (own.status_code, own.json()["code"]) == (403, "own_roles")
    assert (await with_ayse.post(take, admin, json={"role": "admin"})).status_code == 200
    assert (await with_ayse.read("/people", ayse)).status_code == 403


@pytest.mark.parametrize("path", ["/profile", "/sessions", "/people"])
async def test_strangers_see_nothing(counter: Counter, path: str) -> None:
    assert (await counter.client.get(path)).status_code == 401


async def test_a_session_that_was_begun_is_in_the_log(with_ayse: Counter) -> None:
    entered = await with_ayse.enter(AYSES)
    [started, *_] = await with_ayse.postgres.load(UUID(entered["session_id"]))
    assert isinstance(started.event, Session.Started)
