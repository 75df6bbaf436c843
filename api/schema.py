"""The OpenAPI 3.1 document, generated from the code, and a page to read and try it offline."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Request, Response, Router, get
from litestar.enums import OpenAPIMediaType
from litestar.exceptions import NotFoundException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from api.auth import cookie_names
from api.backend import Backend
from api.documented import documented

PAGES = Path(__file__).parent / "pages"
PATHS = ("/schema", "/schema/openapi.json", "/schema/page.css", "/schema/page.js")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " frame-ancestors 'none'"
)
DESCRIPTION = """Personalised printed book covers.

A query is a GET; a command is a POST to a path that names what is asked. Commands take an
`Idempotency-Key`: the same key and body give the same answer. Answers to commands carry a
`Consistency-Token`; a query that sends it back sees at least that much. A query with `as_of`
answers what was at that position or instant, and says `Consistency: historical`. Errors are
RFC 9457 problem documents whose `type` opens a page about their `code`."""


class SchemaJson(OpenAPIRenderPlugin):
    """The document with the conventions that hold for every operation."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)
        self._encoded = b""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        if not self._encoded:
            self._encoded = _encoded(openapi_schema, request.app)
        return self._encoded


class SchemaPage(OpenAPIRenderPlugin):
    """The page; all it needs comes from here."""

    def __init__(self) -> None:
        super().__init__(path="/", media_type=MediaType.HTML)

    # The framework gives both to every plugin
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        return (PAGES / "schema.html").read_bytes()

    def receive_router(self, router: Router) -> None:
        router.register(page_script)
        router.register(page_style)


@get("/page.js", include_in_schema=False, sync_to_thread=False)
def page_script() -> Response[bytes]:
    """The script of the page."""
    return Response((PAGES / "schema.js").read_bytes(), media_type="text/javascript; charset=utf-8")


@get("/page.css", include_in_schema=False, sync_to_thread=False)
def page_style() -> Response[bytes]:
    """The style of our pages."""
    return Response((PAGES / "page.css").read_bytes(), media_type="text/css; charset=utf-8")


def only_known(request: Request[Any, Any, Any]) -> None:
    """The framework answers unknown paths here with a page of its own; ours is a problem."""
    if request.scope["path"].rstrip("/") not in PATHS:
        raise NotFoundException


def schema_config(backend: Backend) -> OpenAPIConfig:
    """How the document is generated and where it is served."""
    router = Router(
        "/schema",
        route_handlers=[],
        include_in_schema=False,
        before_request=only_known,
        response_headers={"Content-Security-Policy": CSP},
    )
    return OpenAPIConfig(
        title="Polikrami Cover",
        version="1",
        description=DESCRIPTION,
        use_handler_docstrings=True,
        path="/schema",
        render_plugins=[SchemaPage(), SchemaJson()],
        openapi_router=router,
        components=Components(security_schemes=_security_schemes(backend)),
    )


def published(app: Litestar) -> bytes:
    """The document of an application, in lines."""
    encoded = _encoded(app.openapi_schema.to_schema(), app)
    return msgspec.json.format(encoded, indent=1) + b"\n"


def _encoded(schema: dict[str, Any], app: Litestar) -> bytes:
    return msgspec.json.encode(documented(deepcopy(schema), app))


def _security_schemes(backend: Backend) -> dict[str, Any]:
    names = cookie_names(secure=backend.secure)
    return {
        "bearer": SecurityScheme(
            type="http", scheme="bearer", bearer_format="JWT", description="Access token, 15 min"
        ),
        "cookie": SecurityScheme(
            type="apiKey",
            name=names.access,
            security_scheme_in="cookie",
            description="For browsers; commands need the header X-CSRF-Token with the CSRF cookie",
        ),
    }
