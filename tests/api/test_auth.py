"""Nobody passes for somebody else, by no token and by no cookie."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from api.auth import Tokens
from tests.api.shop import ACCESS_KEY, CSRF_KEY, ISSUER, Person, Shop
from tests.given import NOW

WHO = "/desk/who"


def claims_of(person: Person) -> dict[str, Any]:
    return jwt.decode(person.token, options={"verify_signature": False})


def signed(claims: dict[str, Any], key: bytes = ACCESS_KEY, **header: str) -> str:
    return jwt.encode(claims, key, "HS256", headers={"typ": "at+jwt"} | header)


def without_algorithm(person: Person) -> str:
    return jwt.encode(claims_of(person), "", "none", headers={"typ": "at+jwt"})


def without_signature(person: Person) -> str:
    return person.token.rsplit(".", 1)[0] + "."


def with_other_algorithm(person: Person) -> str:
    return jwt.encode(claims_of(person), ACCESS_KEY * 2, "HS512", headers={"typ": "at+jwt"})


def with_other_payload(person: Person) -> str:
    header, _, signature = person.token.split(".")
    body = base64.urlsafe_b64encode(b'{"sub":"x"}').decode().rstrip("=")
    return f"{header}.{body}.{signature}"


ATTACKS: dict[str, Callable[[Person], str]] = {
    "no algorithm": without_algorithm,
    "no signature": without_signature,
    "another algorithm": with_other_algorithm,
    "another payload": with_other_payload,
    "another key": lambda person: signed(claims_of(person), b"b" * 40),
    "the CSRF key": lambda person: signed(claims_of(person), CSRF_KEY),
    "another audience": lambda person: signed(claims_of(person) | {"aud": "https://else.test"}),
    "another issuer": lambda person: signed(claims_of(person) | {"iss": "https://else.test"}),
    "another type": lambda person: signed(claims_of(person), typ="JWT"),
    "no end": lambda person: signed(
        {name: claim for name, claim in claims_of(person).items() if name != "exp"}
    ),
    "no person": lambda person: signed(claims_of(person) | {"sub": "admin"}),
    "a key id that is a path": lambda person: signed(
        claims_of(person), bytes(32), kid="../../dev/null"
    ),
    "somebody else's session": lambda person: signed(claims_of(person) | {"sub": str(uuid4())}),
    "nonsense": lambda _person: "abc",
    "empty": lambda _person: "",
}


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_token_that_we_did_not_make_is_refused(shop: Shop, attack: str) -> None:
    token = ATTACKS[attack](shop.person("admin"))
    answer = await shop.client.get(WHO, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.json()["code"] in {"access_token_invalid", "session_ended"}
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_token_ends_after_fifteen_minutes(shop: Shop) -> None:
    ayse = shop.person()
    shop.clock.pass_(minutes=14, seconds=59)
    assert (await shop.client.get(WHO, headers=ayse.bearer)).status_code == 200
    shop.clock.pass_(seconds=1)
    answer = await shop.client.get(WHO, headers=ayse.bearer)
    assert (answer.status_code, answer.json()["code"]) == (401, "access_token_expired")


async def test_a_session_that_ended_stops_at_once(shop: Shop) -> None:
    ayse = shop.person()
    ayse.standing.ended = True
    answer = await shop.client.get(WHO, headers=ayse.bearer)
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")


async def test_a_role_that_is_taken_away_stops_at_once(shop: Shop) -> None:
    ayse = shop.person("customer", "admin")
    assert (await shop.client.get("/desk/admin", headers=ayse.bearer)).status_code == 200
    ayse.standing.roles.remove("admin")
    answer = await shop.client.get("/desk/admin", headers=ayse.bearer)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_a_session_the_read_models_do_not_know_yet_is_waited_for(shop: Shop) -> None:
    ayse = shop.person()
    del shop.sessions.by_id[ayse.session_id]
    token = shop.backend.tokens.mint(ayse.id, ayse.session_id, now=NOW, position=shop.head + 99)
    answer = await shop.client.get(WHO, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (503, "read_model_behind")


async def test_who_is_not_signed_in_gets_nowhere_but_to_open_routes(shop: Shop) -> None:
    for path in ("/wallet", "/events", "/desk/admin", "/wallet?unknown=1"):
        answer = await shop.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert (await shop.client.get(WHO)).json() == {"person": None, "roles": [], "language": "tr"}


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Token abc", ""])
async def test_other_credentials_are_refused(shop: Shop, header: str) -> None:
    answer = await shop.client.get(WHO, headers={"Authorization": header})
    assert answer.status_code == 401


async def test_the_bearer_header_wins_over_the_cookie(shop: Shop) -> None:
    ayse, mehmet = shop.person(), shop.person()
    answer = await shop.client.get(WHO, headers=ayse.browser() | mehmet.bearer)
    assert answer.json()["person"] == str(mehmet.id)


async def test_a_bad_bearer_is_not_masked_by_a_good_cookie(shop: Shop) -> None:
    headers = shop.person().browser() | {"Authorization": "Bearer abc"}
    assert (await shop.client.get(WHO, headers=headers)).status_code == 401


async def test_a_bearer_needs_no_csrf_token(shop: Shop) -> None:
    ayse = shop.person()
    answer = await shop.client.post(WHO, headers=ayse.bearer)
    assert answer.json() == {"person": str(ayse.id)}


async def test_a_browser_needs_its_csrf_token_to_change_anything(shop: Shop) -> None:
    ayse = shop.person()
    seen = await shop.client.get(WHO, headers=ayse.browser(csrf=False))
    assert seen.json()["person"] == str(ayse.id)
    done = await shop.client.post("/desk/wallet", headers=ayse.browser())
    assert done.status_code == 201
    forged = await shop.client.post("/desk/wallet", headers=ayse.browser(csrf=False))
    assert (forged.status_code, forged.json()["code"]) == (403, "csrf_token_wrong")


async def test_a_csrf_token_is_bound_to_its_session_and_signed(shop: Shop) -> None:
    ayse, mehmet = shop.person(), shop.person()
    for token in (shop.backend.tokens.csrf_token(mehmet.session_id), "a.b", "a", "ü"):
        cookie = f"__Host-access={ayse.token}; __Host-csrf={token}"
        pairs = [(b"cookie", cookie.encode()), (b"x-csrf-token", token.encode())]
        answer = await shop.client.post("/desk/wallet", headers=pairs)
        assert answer.status_code == 403


async def test_a_csrf_token_must_stand_in_both_places(shop: Shop) -> None:
    ayse = shop.person()
    headers = ayse.browser() | {"X-CSRF-Token": shop.backend.tokens.csrf_token(ayse.session_id)}
    assert (await shop.client.post("/desk/wallet", headers=headers)).status_code == 403


async def test_a_forged_post_to_an_open_route_uses_nobodys_rights(shop: Shop) -> None:
    answer = await shop.client.post(WHO, headers=shop.person().browser(csrf=False))
    assert answer.json() == {"person": None}


async def test_a_bad_cookie_counts_as_none_and_says_why_when_it_matters(shop: Shop) -> None:
    ayse = shop.person()
    shop.clock.pass_(minutes=20)
    assert (await shop.client.get(WHO, headers=ayse.browser())).json()["person"] is None
    answer = await shop.client.get("/wallet", headers=ayse.browser())
    assert (answer.status_code, answer.json()["code"]) == (401, "access_token_expired")


async def test_a_persons_own_language_counts_where_the_request_names_none(shop: Shop) -> None:
    ayse = shop.person()
    ayse.standing.language = "en"
    assert (await shop.client.get(WHO, headers=ayse.bearer)).json()["language"] == "en"
    headers = ayse.bearer | {"Accept-Language": "tr"}
    assert (await shop.client.get(WHO, headers=headers)).json()["language"] == "tr"


def test_keys_are_long_and_tokens_are_for_one_system() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Tokens(b"short", CSRF_KEY, issuer=ISSUER, audience=ISSUER)


def test_the_cookies_of_a_browser_are_guarded(shop: Shop) -> None:
    ayse = shop.person()
    access, refresh, csrf = (
        cookie.to_header(header="")
        for cookie in shop.cookies.signed_in(
            ayse.token, "refresh-secret", session_id=ayse.session_id
        )
    )
    for cookie in (access, refresh, csrf):
        assert "Secure" in cookie
    assert "__Host-access=" in access
    assert "HttpOnly" in access
    assert "HttpOnly" in refresh
    assert "Path=/api/v1/sessions" in refresh
    assert "SameSite=strict" in refresh
    assert "HttpOnly" not in csrf
    assert all("Max-Age=0" in each.to_header(header="") for each in shop.cookies.signed_out())


def test_time_is_the_systems_own(shop: Shop) -> None:
    tokens = shop.backend.tokens
    made = tokens.mint(uuid4(), uuid4(), now=NOW - timedelta(days=3650))
    assert tokens.read(made, NOW - timedelta(days=3650)).position == 0
