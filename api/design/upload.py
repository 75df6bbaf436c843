"""Receiving a designer's preview: the file that would be printed, and the words with it."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote
from uuid import UUID

from litestar import Request

from api.ask import Ask
from api.card_free import refuse_cards_in_header
from api.inputs import has_control
from api.problems import Trouble
from api.uploads import answered, inspected, must_have_room, received, stored
from application.design import SendPreview
from application.store import Store
from domain.design import DesignJob

SAID_LENGTH = 2000


async def preview_from(
    ask: Ask, request: Request[Any, Any, Any], *, job_id: UUID, said: str
) -> SendPreview:
    """The command that records a preview; the file is stored by then, but nothing refused is.

    Raises the refusals of the job, `ArtworkRefused` and `StorageFull`.
    """
    words = _words(said)
    if not await answered(ask, request):
        job = await Store(ask.log, ask.now).get(DesignJob, job_id)
        job.must_be_made_by(ask.person)
        job.must_take_preview()
        await must_have_room(ask, request)
    body = await received(request)
    ask.body_is(f"{body.digest}/{said}")
    accepted = await inspected(ask, body.content)
    return SendPreview(
        job_id=job_id,
        person_id=ask.person,
        artwork=await stored(ask, accepted),
        size_bytes=len(accepted.content),
        said=words,
        expected_version=ask.if_match,
    )


def _words(said: str) -> str:
    try:
        words = unquote(said, errors="strict")
    except UnicodeDecodeError as error:
        raise Trouble(422, "invalid_header", facts={"header": "Message"}) from error
    if len(words) > SAID_LENGTH or has_control(words):
        raise Trouble(422, "invalid_header", facts={"header": "Message"})
    refuse_cards_in_header("Message", words)
    return words
