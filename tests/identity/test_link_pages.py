"""The pages behind mailed links, and the adapters behind their secrets."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from adapters.known_passwords import ListedPasswords
from adapters.tokens import DerivedLinks, KeyedClaims
from api.identity import LinkPagesController
from application.processes.onboarding import PATHS
from tests.identity.examples import LINKS

LIST = Path(__file__).parents[2] / "deploy" / "data" / "common-passwords.txt"


@pytest.mark.parametrize("path", sorted({*PATHS.values(), "/accounts/link.js"}))
async def test_every_mailed_link_leads_to_a_page_that_runs_no_foreign_code(path: str) -> None:
    app = Litestar([LinkPagesController], openapi_config=None)
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # two names for ASGI
    async with httpx.AsyncClient(transport=transport, base_url="https://cover.test") as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "http" not in answer.text
    assert "<script>" not in answer.text


def test_a_secret_follows_from_its_key_purpose_id_and_number() -> None:
    one, two = UUID(int=1), UUID(int=2)
    secrets = [
        LINKS.secret("refresh", one, number=1),
        LINKS.secret("refresh", one, number=2),
        LINKS.secret("refresh", two, number=1),
        LINKS.secret("reset_password", one, number=1),
        DerivedLinks(b"k" * 32, "").secret("refresh", one, number=1),
    ]
    assert len(set(secrets)) == len(secrets)
    assert all(len(secret) == 43 for secret in secrets)
    assert LINKS.secret("refresh", one, number=1) == secrets[0]


@pytest.mark.parametrize("adapter", [lambda key: DerivedLinks(key, ""), KeyedClaims])
def test_short_keys_are_refused(adapter: type[KeyedClaims]) -> None:
    with pytest.raises(ValueError, match="32"):
        adapter(b"short")


@pytest.mark.parametrize(
    "password", ["1234567890", "QWERTYUIOP", "galatasaray1905", "Şifre12345", "İSTANBUL34"]
)
def test_common_passwords_are_known_in_any_case(password: str) -> None:
    assert ListedPasswords(LIST).known(password)


def test_uncommon_passwords_are_not_known() -> None:
    listed = ListedPasswords(LIST)
    assert not listed.known("mavi kapı 7 deniz")
    assert not listed.known("")
