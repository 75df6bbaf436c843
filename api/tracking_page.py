"""The page that tracking links lead to."""

from __future__ import annotations

from typing import Any

from litestar import Controller, MediaType, Request, Response, get

from api.link_pages import link_page, link_script, link_style
from application.ports import Language
from application.shipments import TRACKING_PAGE

NAME = "tracking"
TITLES: dict[Language, str] = {"tr": "Kapağınız nerede?", "en": "Where is your cover?"}


class TrackingPageController(Controller):
    path = TRACKING_PAGE
    include_in_schema = False

    @get(
        operation_id="TrackingPage",
        summary="The page behind a tracking link",
        media_type=MediaType.HTML,
        sync_to_thread=False,
    )
    def page(self, request: Request[Any, Any, Any]) -> Response[str]:
        """The page, in the visitor's language."""
        return link_page(NAME, request, titles=TITLES)

    @get("/page.js", operation_id="TrackingScript", summary="Its script", sync_to_thread=False)
    def script(self) -> Response[bytes]:
        """The script of the page."""
        return link_script(NAME)

    @get("/page.css", operation_id="TrackingStyle", summary="Its style", sync_to_thread=False)
    def style(self) -> Response[bytes]:
        """The style of the page."""
        return link_style(NAME)
