"""A page about each problem code, to which the `type` of a problem document leads."""

from __future__ import annotations

import html
from typing import Any

from litestar import Controller, MediaType, Request, Response, get

from api.wording import all_words, language_of, words_of
from application.ports import Language
from domain.shared.errors import NotFound, Refusal

CSP = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"
LIST = {"tr": "Tüm sorun kodları", "en": "All problem codes"}
PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="stylesheet" href="/schema/page.css"></head>
<body><main>{content}</main></body>
</html>
"""


class ProblemController(Controller):
    path = "/problems"
    tags = ("problems",)
    include_in_schema = False

    @get(media_type=MediaType.HTML)
    async def index(self, request: Request[Any, Any, Any]) -> Response[str]:
        """All codes."""
        language = _language(request)
        entries = "".join(
            f'<li><a href="/problems/{code}"><code>{code}</code></a> '
            f"{html.escape(words_of(code).title(language))}</li>"
            for code in sorted(_codes())
        )
        return _page(language, LIST[language], content=f"<ul>{entries}</ul>")

    @get("/{code:str}", media_type=MediaType.HTML)
    async def page(self, code: str, request: Request[Any, Any, Any]) -> Response[str]:
        """What one code means, in both languages."""
        if code not in _codes():
            raise NotFound
        words = words_of(code)
        language = _language(request)
        texts: list[Language] = [language, "en" if language == "tr" else "tr"]
        content = "".join(
            f'<section lang="{each}"><h2>{html.escape(words.title(each))}</h2>'
            f"<p>{html.escape(words.detail(each, words.blanks))}</p></section>"
            for each in texts
        )
        back = f'<p><a href="/problems">{LIST[language]}</a></p>'
        return _page(language, code, content=content + back)


def _codes() -> set[str]:
    return {*all_words(), *Refusal.by_code}


def _language(request: Request[Any, Any, Any]) -> Language:
    return language_of(request.headers.get("accept-language"))


def _page(language: Language, title: str, *, content: str) -> Response[str]:
    body = PAGE.format(
        language=language,
        title=html.escape(title),
        content=f"<h1>{html.escape(title)}</h1>{content}",
    )
    headers = {"Content-Security-Policy": CSP, "Content-Language": language}
    return Response(body, headers=headers, media_type=MediaType.HTML)
