"""The page that the last mail's link leads to. The secret stands behind `#`, so it never reaches us
here and is in no log; the page's script asks the API with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litestar import Controller, MediaType, Request, Response, get

from api.wording import language_of
from application.ports import Language
from application.processes.forgetting import CERTIFICATE_PAGE

PAGES = Path(__file__).parent.parent / "pages"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
TEXTS: dict[Language, dict[str, str]] = {
    "tr": {
        "title": "Silme belgesi",
        "waiting": "Bakılıyor…",
        "no_script": "Bu sayfa için tarayıcınızda JavaScript açık olmalıdır.",
    },
    "en": {
        "title": "Certificate of erasure",
        "waiting": "Looking…",
        "no_script": "This page needs JavaScript.",
    },
}


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
        language = language_of(request.headers.get("accept-language"))
        page = (PAGES / "erasure.html").read_text(encoding="utf-8")
        headers = {
            "Content-Security-Policy": CSP,
            "Content-Language": language,
            "Vary": "Accept-Language",
            "Referrer-Policy": "no-referrer",
        }
        body = page.format(language=language, **TEXTS[language])
        return Response(body, headers=headers, media_type=MediaType.HTML)

    @get("/page.js", operation_id="ErasureScript", summary="Its script", sync_to_thread=False)
    def script(self) -> Response[bytes]:
        """The script of the page."""
        content = (PAGES / "erasure.js").read_bytes()
        return Response(content, media_type="text/javascript; charset=utf-8")
