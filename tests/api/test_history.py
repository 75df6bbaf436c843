"""The history of anything over HTTP: what it was, who changed it, and what nobody may read."""

from __future__ import annotations

from uuid import uuid4

from application.store import Append
from application.wallet import OpenWallet
from domain.identity import User
from domain.shared.aggregate import Event, Metadata
from domain.wallet import Wallet
from tests.api.moments import ask, head
from tests.api.shop import Person, Shop
from tests.api.test_queries import granted


async def with_wallet(shop: Shop) -> tuple[Person, str]:
    """Somebody with credits, and where their wallet's history is read."""
    ayse = shop.person()
    await shop.backend.bus.execute(OpenWallet(customer_id=ayse.id))
    return ayse, f"/history/{Wallet.id_of(ayse.id)}"


async def registered(shop: Shop) -> str:
    """Where the history of a new user is read."""
    user = User.begin(
        User.Registered,
        id=uuid4(),
        now=shop.clock.now(),
        email="ayse@example.org",
        name="Ayşe Yılmaz",
        password_hash="geheim",
        language="tr",
        terms_version="1",
        privacy_version="1",
    )
    metadata = Metadata(command_id=uuid4(), command="Register", correlation_id=uuid4())
    events = [each for each in user.collect_events() if isinstance(each, Event)]
    await shop.backend.event_log.append(Append(events=events, metadata=metadata))
    return f"/history/{user.id}"


async def test_anything_is_told_at_any_version_and_moment(shop: Shop) -> None:
    ayse, path = await with_wallet(shop)
    position, instant = await head(shop)
    await granted(shop, ayse.id, 2)
    finance = shop.person("finance")
    now = (await ask(shop, finance, path)).json()
    assert (now["kind"], now["version"], now["position"]) == ("wallet", 4, position + 2)
    assert len(now["state"]["lots"]) == 3
    for moment in ({"version": 2}, {"as_of": position}, {"as_of": instant.isoformat()}):
        then = await ask(shop, finance, path, **moment)
        assert (then.json()["version"], then.json()["position"]) == (2, position)
        assert len(then.json()["state"]["lots"]) == 1
        assert then.headers["Consistency"] == "historical"


async def test_steps_tell_who_when_why_and_what(shop: Shop) -> None:
    ayse, path = await with_wallet(shop)
    await granted(shop, ayse.id, 3)
    admin = shop.person("admin")
    first = (await ask(shop, admin, f"{path}/steps", limit=2)).json()
    second = (await ask(shop, admin, f"{path}/steps", limit=9, cursor=first["next"])).status_code
    rest = (await ask(shop, admin, f"{path}/steps", limit=2, cursor=first["next"])).json()
    assert second == 200
    assert [each["version"] for each in first["items"] + rest["items"]] == [5, 4, 3, 2]
    newest, opened = first["items"][0], rest["items"][-1]
    assert (newest["command"], newest["actor_id"], newest["cause"]) == ("Test", None, None)
    (lot,) = {each["field"].split("/")[1] for each in newest["changes"]}
    changes = {each["field"]: each for each in newest["changes"]}
    assert changes[f"lots/{lot}/remaining"] == {"field": f"lots/{lot}/remaining", "after": 1}
    assert (opened["event"], opened["command"]) == ("wallet.credits_granted", "OpenWallet")


async def test_personal_texts_and_secrets_are_hidden(shop: Shop) -> None:
    path = await registered(shop)
    admin = shop.person("admin")
    for place in (path, f"{path}/steps"):
        text = (await ask(shop, admin, place)).text
        for word in ("ayse@example.org", "Yılmaz", "geheim"):
            assert word not in text
        assert "[personal]" in text


async def test_only_admins_and_finance_look_into_histories(shop: Shop) -> None:
    ayse, path = await with_wallet(shop)
    for place in (path, f"{path}/steps"):
        for person in (ayse, shop.person("designer")):
            assert (await ask(shop, person, place)).status_code == 403
        assert (await shop.client.get(place)).status_code == 401


async def test_what_never_was_and_what_was_not_yet_are_told_apart(shop: Shop) -> None:
    await with_wallet(shop)
    before, _ = await head(shop)
    _, path = await with_wallet(shop)
    admin = shop.person("admin")
    for query, moment, status, code in (
        (f"/history/{uuid4()}", {}, 404, "not_found"),
        (path, {"as_of": before}, 404, "nothing_yet"),
        (path, {"version": 0}, 404, "nothing_yet"),
        (path, {"version": 3}, 422, "invalid_parameters"),
        (path, {"version": "x"}, 422, "invalid_parameters"),
        (path, {"as_of": "x"}, 422, "invalid_parameters"),
        (path, {"as_of": before + 3}, 422, "invalid_parameters"),
    ):
        answer = await ask(shop, admin, query, **moment)
        assert (answer.status_code, answer.json()["code"]) == (status, code), moment
