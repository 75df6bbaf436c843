"""Pages behind secret links: the secret stands behind `#`, so it never reaches us here and is in no
log; a page's script asks the API with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litestar import MediaType, Request, Response

from api.wording import language_of
from application.ports import Language

PAGES = Path(__file__).parent / "pages"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
WORDS: dict[Language, dict[str, str]] = {
    "tr": {
        "waiting": "Bakılıyor…",
        "no_script": "Bu sayfa için tarayıcınızda JavaScript açık olmalıdır.",
    },
    "en": {"waiting": "Looking…", "no_script": "This page needs JavaScript."},
}


def link_page(
    name: str, request: Request[Any, Any, Any], *, titles: Mapping[Language, str]
) -> Response[str]:
    """The page of this name, in the visitor's language."""
    language = language_of(request.headers.get("accept-language"))
    page = (PAGES / f"{name}.html").read_text(encoding="utf-8")
    headers = {
        "Content-Security-Policy": CSP,
        "Content-Language": language,
        "Vary": "Accept-Language",
        "Referrer-Policy": "no-referrer",
    }
    body = page.format(language=language, title=titles[language], **WORDS[language])
    return Response(body, headers=headers, media_type=MediaType.HTML)


def link_script(name: str) -> Response[bytes]:
    """The script of the page of this name."""
    content = (PAGES / f"{name}.js").read_bytes()
    return Response(content, media_type="text/javascript; charset=utf-8")


def link_style(name: str) -> Response[bytes]:
    """The style of the page of this name."""
    content = (PAGES / f"{name}.css").read_bytes()
    return Response(content, media_type="text/css; charset=utf-8")
