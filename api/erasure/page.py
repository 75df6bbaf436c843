"""The page that the last mail's link leads to."""

from __future__ import annotations

from typing import Any

from litestar import Controller, MediaType, Request, Response, get

from api.link_pages import link_page, link_script
from application.ports import Language
from application.processes.forgetting import CERTIFICATE_PAGE

NAME = "erasure"
TITLES: dict[Language, str] = {"tr": "Silme belgesi", "en": "Certificate of erasure"}


class ErasurePageController(Controller):
    path = CERTIFICATE_PAGE
    include_in_schema = False

    @get(
        operation_id="ErasurePage",
        summary="The page behind the link to a certificate",
        media_type=MediaType.HTML,
        sync_to_thread=False,
    )
    def page(self, request: Request[Any, Any, Any]) -> Response[str]:
        """The page, in the visitor's language."""
        return link_page(NAME, request, titles=TITLES)

    @get("/page.js", operation_id="ErasureScript", summary="Its script", sync_to_thread=False)
    def script(self) -> Response[bytes]:
        """The script of the page."""
        return link_script(NAME)
