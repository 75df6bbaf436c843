"""Receiving files: streamed to disk while they come, inspected, and kept only if accepted."""

from __future__ import annotations

import errno
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from litestar import Request
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)
from msgspec import Struct

from api.ask import Ask
from api.idempotency import request_key
from api.problems import Trouble
from application.assets import MEBIBYTE, ArtworkRefused, StorageFull, UploadLimits
from application.ports import AcceptedArtwork, ArtworkInspector, FileStore, Unavailable
from domain.shared.artwork import Artwork
from projections.assets import bytes_of

ACCEPTED = ("image/png", "image/jpeg", "image/webp", "image/tiff", "application/pdf")
MOST_UPLOADED = 40 * MEBIBYTE
SPOOLED_BYTES = MEBIBYTE
FULL = {errno.ENOSPC, errno.EDQUOT}


class Received(Struct, frozen=True):
    """The body of an upload, and its SHA-256 in hex."""

    content: bytes
    digest: str


@dataclass
class FileUpload(Operation):
    """Tells in the OpenAPI document that the body is a file."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            content={
                media_type: OpenAPIMediaType(
                    schema=Schema(type=OpenAPIType.STRING, content_media_type=media_type)
                )
                for media_type in ACCEPTED
            },
            required=True,
        )


async def answered(ask: Ask, request: Request[Any, Any, Any]) -> bool:
    """Whether this is a repetition, which gets its old answer whatever the rules say by now."""
    key = request_key(request)
    return key is not None and await ask.log.answer(ask.who.caller, key) is not None


async def must_have_room(ask: Ask, request: Request[Any, Any, Any]) -> None:
    """Refuse a file that is too large before it is read. Raises `Trouble` (413), `StorageFull`."""
    limits = ask.port(UploadLimits)
    if (request.content_length or 0) > limits.file_bytes:
        raise Trouble(413, "body_too_large")
    used = await bytes_of(ask.reads, ask.person)
    if used >= limits.owner_bytes:
        raise StorageFull(used_bytes=used, most_bytes=limits.owner_bytes)


async def received(request: Request[Any, Any, Any]) -> Received:
    """The whole body, held on disk while a slow client sends it. Raises `Unavailable`."""
    digest = sha256()
    try:
        with tempfile.SpooledTemporaryFile(SPOOLED_BYTES) as spool:
            async for chunk in request.stream():
                digest.update(chunk)
                spool.write(chunk)
            spool.seek(0)
            return Received(spool.read(), digest.hexdigest())
    except OSError as error:
        raise _no_room(error) from error


async def inspected(ask: Ask, content: bytes) -> AcceptedArtwork:
    """The file as it may be kept. Raises `ArtworkRefused`."""
    inspector: ArtworkInspector = ask.port(ArtworkInspector)
    verdict = await inspector.inspect(content)
    if not isinstance(verdict, AcceptedArtwork):
        raise ArtworkRefused(reason=verdict.reason, explanation=verdict.detail)
    return verdict


async def stored(ask: Ask, accepted: AcceptedArtwork) -> Artwork:
    """Keep the file and its preview. Raises `Unavailable` when the disk is full."""
    files: FileStore = ask.port(FileStore)
    try:
        digest = await files.put(accepted.content)
        preview_digest = await files.put(accepted.preview)
    except OSError as error:
        raise _no_room(error) from error
    return Artwork(
        digest=digest,
        media_type=accepted.media_type,
        width=accepted.width,
        height=accepted.height,
        preview_digest=preview_digest,
    )


def _no_room(error: OSError) -> Exception:
    return Unavailable("there is no room for the file") if error.errno in FULL else error
