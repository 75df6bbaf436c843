"""The pages to which the links in mails lead; they show the link's token to the API."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from litestar import Controller, MediaType, Response, get

FOLDER = Path(__file__).parent / "link"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


class LinkPagesController(Controller):
    """Outside of the API's own path. Opening a page does nothing: mail scanners open links, too."""

    path = "/accounts"
    include_in_schema = False

    @get("/confirm", media_type=MediaType.HTML)
    async def confirm(self) -> Response[str]:
        """Confirm the e-mail by a button."""
        return _page("confirm.html")

    @get("/reset", media_type=MediaType.HTML)
    async def reset(self) -> Response[str]:
        """Choose a new password."""
        return _page("reset.html")

    @get("/link.js")
    async def script(self) -> Response[str]:
        """What makes the pages work."""
        return _page("link.js", media_type="text/javascript")


def _page(name: str, *, media_type: str = MediaType.HTML) -> Response[str]:
    return Response(_text(name), media_type=media_type, headers={"Content-Security-Policy": CSP})


@cache
def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
