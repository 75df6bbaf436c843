"""The mailbox as a web page: a list, one mail in a sandbox, attachments, and JSON for programs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from html import escape
from typing import Any
from urllib.parse import parse_qs, quote

import msgspec
from msgspec import Struct

from deploy.mailbox.folder import KeptMail, MailFolder

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

# Another site that points its name at this machine must not read mail through a browser
_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]", "mailbox.localhost"})
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'"
_BODY_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';"
    " img-src data: cid:; style-src 'unsafe-inline'"
)
_STYLE = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;
margin:2rem auto;padding:0 1rem}h1{font-size:1.3rem}a{color:#7a1f3d}ul{list-style:none;padding:0}
li{border-bottom:1px solid #8884;padding:.6rem 0;display:flex;gap:1rem}li b{flex:1}
small,time{color:#777}iframe{width:100%;height:70vh;border:1px solid #8884;background:#fff}
pre{white-space:pre-wrap;overflow-wrap:anywhere}@media(prefers-color-scheme:dark){a{color:#e8a0b8}}
"""


class Answer(Struct, frozen=True):
    """One response."""

    status: int
    media_type: str
    content: bytes
    headers: dict[str, str] = {}


class MailboxPage:
    """An ASGI application. GET / · /mails/{key} · /mails/{key}/body · /mails/{key}/files/{n}
    · /messages.json?to=address
    """

    def __init__(self, folder: MailFolder) -> None:
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI passes it
        """Answer one request."""
        if scope["type"] != "http":
            return
        answer = self._answer(scope)
        headers = {
            "content-type": answer.media_type,
            "content-length": str(len(answer.content)),
            "content-security-policy": _POLICY,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cache-control": "no-store",
            **answer.headers,
        }
        pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
        body = b"" if scope["method"] == "HEAD" else answer.content
        await send({"type": "http.response.body", "body": body})

    def _answer(self, scope: Scope) -> Answer:
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        if host.rpartition(":")[0] not in _HOSTS and host not in _HOSTS:
            return _text(421, "this page is for this machine")
        if scope["method"] not in {"GET", "HEAD"}:
            return _text(405, "only reading is possible")
        query = parse_qs(scope["query_string"].decode("latin-1"))
        to = query.get("to", [None])[0]
        match scope["path"].strip("/").split("/"):
            case [""]:
                return _page("Posta kutusu", _list(self._folder.newest_first(to)))
            case ["messages.json"]:
                return _json([_as_json(mail) for mail in self._folder.newest_first(to)])
            case ["mails", key, *rest]:
                mail = self._folder.mail(key)
                return _one(mail, rest) if mail else _text(404, "no such mail")
        return _text(404, "no such page")


def _one(mail: KeptMail, rest: list[str]) -> Answer:
    match rest:
        case []:
            return _page(mail.subject, _view(mail))
        case ["body"]:
            body = mail.html or f"<pre>{escape(mail.text)}</pre>"
            # Links open beside the page, since the frame itself may not go anywhere
            html = f'<!doctype html><meta charset="utf-8"><base target="_blank">{body}'
            return Answer(
                200,
                "text/html; charset=utf-8",
                html.encode(errors="replace"),
                {"content-security-policy": _BODY_POLICY},
            )
        case ["files", number] if number.isascii() and number.isdigit():
            if int(number) < len(mail.attachments):
                part = mail.attachments[int(number)]
                name = f"attachment; filename*=UTF-8''{quote(part.name, safe='')}"
                return Answer(
                    200, "application/octet-stream", part.content, {"content-disposition": name}
                )
    return _text(404, "no such part")


def _list(mails: list[KeptMail]) -> str:
    rows = [
        f'<li><time>{mail.received_at:%d.%m.%Y %H:%M:%S}</time><b><a href="/mails/{mail.key}">'
        f"{escape(mail.subject)}</a></b><small>{escape(', '.join(mail.to))}</small></li>"
        for mail in mails
    ]
    return f"<ul>{''.join(rows)}</ul>" if rows else "<p>Henüz e-posta yok. / No mail yet.</p>"


def _view(mail: KeptMail) -> str:
    files = "".join(
        f'<li><a href="/mails/{mail.key}/files/{number}">{escape(part.name)}</a>'
        f"<small>{len(part.content)} B</small></li>"
        for number, part in enumerate(mail.attachments)
    )
    return (
        f'<p><a href="/">←</a> <small>{escape(mail.sender)} → {escape(", ".join(mail.to))}'
        f" · {mail.received_at:%d.%m.%Y %H:%M:%S} UTC</small></p>"
        f'<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="mail"'
        f' src="/mails/{mail.key}/body"></iframe><ul>{files}</ul>'
        f"<details><summary>text</summary><pre>{escape(mail.text)}</pre></details>"
    )


def _as_json(mail: KeptMail) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(mail, attachments=()))
    fields["attachments"] = [
        {
            "name": part.name,
            "media_type": part.media_type,
            "bytes": len(part.content),
            "url": f"/mails/{mail.key}/files/{number}",
        }
        for number, part in enumerate(mail.attachments)
    ]
    return fields


def _page(title: str, body: str) -> Answer:
    html = (
        f'<!doctype html><html lang="tr"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1>{body}"
    )
    return Answer(200, "text/html; charset=utf-8", html.encode(errors="replace"))


def _json(content: object) -> Answer:
    return Answer(200, "application/json", msgspec.json.encode(content))


def _text(status: int, content: str) -> Answer:
    return Answer(status, "text/plain; charset=utf-8", content.encode())
