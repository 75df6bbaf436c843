"""An uploaded file as the artwork of a draft: refused before it is read where that can be known."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request

from api.ask import Ask
from api.uploads import answered, inspected, must_have_room, received, stored
from application.drafts import AttachArtwork
from application.store import Store
from domain.drafts import Draft


async def artwork_from(
    ask: Ask, request: Request[Any, Any, Any], *, draft_id: UUID
) -> AttachArtwork:
    """The command that records an upload; the file is stored by then, but nothing refused is.

    Raises the refusals of the draft, `ArtworkRefused`, `StorageFull` and `Unavailable`.
    """
    if not await answered(ask, request):
        await must_have_room(ask, request)
        draft = await Store(ask.log, ask.now).get(Draft, draft_id)
        draft.must_belong_to(ask.person)
        draft.must_take_artwork()
    body = await received(request)
    ask.body_is(body.digest)
    accepted = await inspected(ask, body.content)
    return AttachArtwork(
        draft_id=draft_id,
        customer_id=ask.person,
        artwork=await stored(ask, accepted),
        size_bytes=len(accepted.content),
        warnings=accepted.warnings,
        expected_version=ask.if_match,
    )
