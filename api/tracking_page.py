"""The page that tracking links lead to. The secret stands behind `#`, so it never reaches us here
and is in no log; the page's script asks the API with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litestar import Controller, MediaType, Request, Response, get

from api.wording import language_of
from application.ports import Language
from application.shipments import TRACKING_PAGE

PAGES = Path(__file__).parent / "pages"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
TEXTS: dict[Language, dict[str, str]] = {
    "tr": {
        "title": "Kapağınız nerede?",
        "waiting": "Bakılıyor…",
        "no_script": "Bu sayfa için tarayıcınızda JavaScript açık olmalıdır.",
    },
    "en": {
        "title": "Where is your cover?",
        "waiting": "Looking…",
        "no_script": "This page needs JavaScript.",
    },
}


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
        language = language_of(request.headers.get("accept-language"))
        page = (PAGES / "tracking.html").read_text(encoding="utf-8")
        headers = {
            "Content-Security-Policy": CSP,
            "Content-Language": language,
            "Vary": "Accept-Language",
            "Referrer-Policy": "no-referrer",
        }
        body = page.format(language=language, **TEXTS[language])
        return Response(body, headers=headers, media_type=MediaType.HTML)

    @get("/page.js", operation_id="TrackingScript", summary="Its script", sync_to_thread=False)
    def script(self) -> Response[bytes]:
        """The script of the page."""
        content = (PAGES / "tracking.js").read_bytes()
        return Response(content, media_type="text/javascript; charset=utf-8")

    @get("/page.css", operation_id="TrackingStyle", summary="Its style", sync_to_thread=False)
    def style(self) -> Response[bytes]:
        """The style of the page."""
        content = (PAGES / "tracking.css").read_bytes()
        return Response(content, media_type="text/css; charset=utf-8")
