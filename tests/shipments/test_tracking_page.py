"""The page behind the link in the mail."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from api.link_pages import PAGES
from api.tracking_page import TrackingPageController
from application.shipments import TRACKING_PAGE
from domain.shipments import RANKS


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = Litestar([TrackingPageController], openapi_config=None, logging_config=None)
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # a stricter Scope
    return httpx.AsyncClient(transport=transport, base_url="https://shop.test")


@pytest.mark.parametrize(
    ("language", "words"), [("tr", "Kapağınız nerede?"), ("en-GB", "Where is your cover?")]
)
async def test_the_page_speaks_the_visitors_language(
    client: httpx.AsyncClient, language: str, words: str
) -> None:
    page = await client.get(TRACKING_PAGE, headers={"Accept-Language": language})
    assert page.status_code == 200
    assert words in page.text
    assert page.headers["content-language"] == language[:2]


async def test_the_page_takes_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get(TRACKING_PAGE)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert (await client.get(address)).status_code == 200


def test_the_page_has_words_for_every_status_in_both_languages() -> None:
    script = (Path(PAGES) / "tracking.js").read_text(encoding="utf-8")
    for status in (*RANKS, "exception"):
        assert len(re.findall(rf"^    {status}: ", script, re.MULTILINE)) == 2, status
