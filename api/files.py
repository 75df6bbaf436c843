"""Files by signed links that work for a while."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote

from litestar import Controller, get
from litestar.response import Stream

from api.ask import OPEN, Ask
from application.file_links import FileLink, FileLinks
from application.ports import FileStore
from domain.shared.errors import NotFound

LINK_LIFETIME = timedelta(minutes=15)
PICTURES = ("image/png", "image/jpeg", "image/webp")


def link_to(links: FileLinks, file: FileLink) -> str:
    """The address under which whoever has it may read the file for 15 minutes."""
    return f"/api/v1/files/{links.sign(file, LINK_LIFETIME)}"


class FilesController(Controller):
    path = "/files"
    tags = ("files",)

    @get(
        "/{token:str}",
        operation_id="ReadFile",
        summary="A file by its signed link",
        opt=OPEN,
    )
    async def read(self, ask: Ask, token: str) -> Stream:
        """The bytes. 404 when the link is forged or too old."""
        link = ask.port(FileLinks).read(token)
        if link is None:
            raise NotFound
        chunks = await _begun(ask.port(FileStore).stream(link.digest))
        return Stream(chunks, media_type=link.media_type, headers=_headers(link))


async def _begun(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same chunks, when there is a file at all: headers can't be taken back later."""
    try:
        first = await anext(chunks, b"")
    except FileNotFoundError:
        raise NotFound from None

    async def all_of_them() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return all_of_them()


def _headers(link: FileLink) -> dict[str, str]:
    way = "inline" if link.media_type in PICTURES else "attachment"
    return {
        "Content-Disposition": f"{way}; filename*=UTF-8''{quote(link.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": f"private, max-age={int(LINK_LIFETIME.total_seconds())}, immutable",
        "ETag": f'"{link.digest}"',
    }
