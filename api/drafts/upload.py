"""Receiving an uploaded file: streamed to disk, inspected, and kept only if it can be printed."""

from __future__ import annotations

import errno
import tempfile
from hashlib import sha256
from typing import Any
from uuid import UUID

from litestar import Request
from msgspec import Struct

from api.ask import Ask
from api.idempotency import request_key
from api.problems import Trouble
from application.assets import ArtworkRefused, StorageFull, UploadLimits
from application.drafts import AttachArtwork
from application.ports import AcceptedArtwork, ArtworkInspector, FileStore, Unavailable
from application.store import Store
from domain.drafts import Artwork, Draft
from projections.assets import bytes_of

SPOOLED_BYTES = 1024 * 1024
FULL = {errno.ENOSPC, errno.EDQUOT}


class Received(Struct, frozen=True):
    """The body of an upload."""

    content: bytes
    digest: str


async def artwork_from(ask: Ask, request: Request[Any, Any, Any], draft_id: UUID) -> AttachArtwork:
    """The command that records an upload; the file is stored by then, but nothing refused is.

    Raises the refusals of the draft, `ArtworkRefused` and `StorageFull`.
    """
    limits = ask.port(UploadLimits)
    if not await _answered(ask, request):
        await _must_be_welcome(ask, request, draft_id, limits)
    received = await _received(request)
    ask.body_is(received.digest)
    inspector: ArtworkInspector = ask.port(ArtworkInspector)  # type: ignore[type-abstract]  # found by its type
    verdict = await inspector.inspect(received.content)
    if not isinstance(verdict, AcceptedArtwork):
        raise ArtworkRefused(reason=verdict.reason, explanation=verdict.detail)
    artwork = await _stored(ask, verdict)
    return AttachArtwork(
        draft_id=draft_id,
        customer_id=ask.person,
        artwork=artwork,
        size_bytes=len(verdict.content),
        warnings=verdict.warnings,
        expected_version=ask.if_match,
    )


async def _answered(ask: Ask, request: Request[Any, Any, Any]) -> bool:
    """Whether this is a repetition, which gets its old answer whatever the rules say by now."""
    key = request_key(request)
    return key is not None and await ask.log.answer(ask.who.caller, key) is not None


async def _must_be_welcome(
    ask: Ask, request: Request[Any, Any, Any], draft_id: UUID, limits: UploadLimits
) -> None:
    """Refuse what would be refused anyway before any of it is read."""
    if (request.content_length or 0) > limits.file_bytes:
        raise Trouble(413, "body_too_large")
    draft = await Store(ask.log, ask.now).get(Draft, draft_id)
    draft.must_belong_to(ask.person)
    draft.must_take_artwork()
    used = await bytes_of(ask.reads, ask.person)
    if used >= limits.owner_bytes:
        raise StorageFull(used_bytes=used, most_bytes=limits.owner_bytes)


async def _received(request: Request[Any, Any, Any]) -> Received:
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


async def _stored(ask: Ask, accepted: AcceptedArtwork) -> Artwork:
    files: FileStore = ask.port(FileStore)  # type: ignore[type-abstract]  # found by its type
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
