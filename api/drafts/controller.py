"""The routes of drafts and their generations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, post

from api.ask import Ask, Done, Listed, Rate
from api.drafts.answers import (
    DraftAnswer,
    DraftSummary,
    GenerationAnswer,
    Preview,
    draft_answer,
    generation_answer,
    previews_by,
    summary,
)
from api.drafts.bodies import (
    AddressesBody,
    BookBody,
    CandidateBody,
    GenerationBody,
    MessageCardBody,
    StartDraftBody,
)
from api.drafts.upload import artwork_from
from api.past import AsOf, past_at
from api.uploads import MOST_UPLOADED, FileUpload
from application.drafts import (
    AddMessageCard,
    ChangeBook,
    GiveAddresses,
    RemoveMessageCard,
    SelectCandidate,
    StartDraft,
)
from application.file_links import FileLinks
from application.generation import CancelGeneration, RequestGeneration
from application.past import NothingYet
from application.terms import Terms
from domain.shared.errors import NotFound
from projections.drafts import (
    DraftPlace,
    DraftRow,
    draft,
    draft_then,
    drafts,
    drafts_of,
    drafts_of_then,
)

BASE = "/api/v1/drafts"
UPLOADS = {"rate": Rate("uploads", 30)}
PAINTINGS = {"rate": Rate("generations", 20)}


class GenerationBegun(Done, frozen=True, kw_only=True):
    """What is held for the generation, and what may still be spent."""

    credits: int
    available: int


class ArtworkTaken(Done, frozen=True, kw_only=True):
    """How the uploaded file looks, and what is to be said about it."""

    preview_url: str
    width: int
    height: int
    warnings: list[str]


class DraftsController(Controller):
    path = "/drafts"
    tags = ("drafts",)

    @post(operation_id="StartDraft", summary="Begin a draft", status_code=201)
    async def start(self, ask: Ask, data: StartDraftBody) -> Response[Done]:
        """A draft with nothing in it but its method: upload, ai or artist."""
        command = StartDraft(draft_id=ask.new_id(), customer_id=ask.person, method=data.method)
        return _at(await ask.run(command, status=201), BASE)

    @get(operation_id="Drafts", summary="The caller's drafts, youngest first")
    async def all(
        self,
        ask: Ask,
        limit: int | None = None,
        cursor: str | None = None,
        as_of: AsOf = None,
    ) -> Response[Listed[DraftSummary]]:
        """A page of the caller's drafts."""
        page = ask.page(limit, cursor)
        after = msgspec.convert(page.after, DraftPlace) if page.after else None
        if as_of is None:
            await ask.fresh(drafts)
            rows = await drafts_of(ask.reads, ask.person, after=after, limit=page.limit + 1)
        else:
            past = await past_at(ask, as_of)
            await ask.reached(past.cut.position, drafts)
            rows = await drafts_of_then(past, ask.person, after=after, limit=page.limit + 1)
        preview = _preview(ask)
        return ask.listed(
            [summary(row, preview) for row in rows], page, key=lambda row: [row.started_at, row.id]
        )

    @get("/{draft_id:uuid}", operation_id="Draft", summary="One draft with its generations")
    async def one(self, ask: Ask, draft_id: UUID, as_of: AsOf = None) -> Response[DraftAnswer]:
        """Everything that the draft's page needs; links to previews work for 15 minutes."""
        row = await (
            _own(ask, draft_id) if as_of is None else _own_then(ask, draft_id, as_of=as_of)
        )
        answer = draft_answer(row, _preview(ask), terms=ask.port(Terms))
        return ask.answer(answer, version=row.version)

    @post(
        "/{draft_id:uuid}/book",
        operation_id="ChangeBook",
        summary="Say which book",
        status_code=200,
    )
    async def book(self, ask: Ask, draft_id: UUID, data: BookBody) -> Response[Done]:
        """Set or change the book that the cover is for."""
        return await ask.run(
            ChangeBook(
                draft_id=draft_id,
                customer_id=ask.person,
                book=data.book(),
                expected_version=ask.if_match,
            )
        )

    @post(
        "/{draft_id:uuid}/generations",
        operation_id="RequestGeneration",
        summary="Have three candidates painted",
        status_code=202,
        opt=PAINTINGS,
    )
    async def request(
        self, ask: Ask, draft_id: UUID, data: GenerationBody
    ) -> Response[GenerationBegun]:
        """Credits are held until it ends: spent when candidates exist, given back otherwise."""
        command = RequestGeneration(
            draft_id=draft_id,
            customer_id=ask.person,
            generation_id=ask.new_id(),
            prompt=data.prompt,
            language=data.language or ask.language,
            expected_version=ask.if_match,
        )
        answer = await ask.run(command, status=202, required_key=True)
        return _at(answer, f"{BASE}/{draft_id}/generations")

    @get(
        "/{draft_id:uuid}/generations/{generation_id:uuid}",
        operation_id="Generation",
        summary="How a generation is getting on",
    )
    async def generation(
        self, ask: Ask, draft_id: UUID, generation_id: UUID
    ) -> Response[GenerationAnswer]:
        """Its state, the previews so far, and the candidates when it is completed."""
        row = await _own(ask, draft_id)
        for line in row.generations:
            if line.generation_id == generation_id:
                return ask.answer(generation_answer(row, line, preview=_preview(ask)))
        raise NotFound

    @post(
        "/{draft_id:uuid}/generations/{generation_id:uuid}/cancel",
        operation_id="CancelGeneration",
        summary="Stop a generation",
        status_code=200,
    )
    async def cancel(self, ask: Ask, draft_id: UUID, generation_id: UUID) -> Response[Done]:
        """The credits come back. 409 when it has ended before."""
        return await ask.run(
            CancelGeneration(
                draft_id=draft_id,
                customer_id=ask.person,
                generation_id=generation_id,
                expected_version=ask.if_match,
            )
        )

    @post(
        "/{draft_id:uuid}/candidate",
        operation_id="SelectCandidate",
        summary="Take one of the candidates",
        status_code=200,
    )
    async def candidate(self, ask: Ask, draft_id: UUID, data: CandidateBody) -> Response[Done]:
        """The candidate becomes the artwork; another can be taken until the draft is committed."""
        return await ask.run(
            SelectCandidate(
                draft_id=draft_id,
                customer_id=ask.person,
                generation_id=data.generation_id,
                variant=data.variant,
                expected_version=ask.if_match,
            )
        )

    @post(
        "/{draft_id:uuid}/artwork",
        operation_id="AttachArtwork",
        summary="Upload a file as the artwork",
        status_code=200,
        opt=UPLOADS,
        request_max_body_size=MOST_UPLOADED,
        operation_class=FileUpload,
    )
    async def artwork(
        self, ask: Ask, draft_id: UUID, request: Request[Any, Any, Any]
    ) -> Response[ArtworkTaken]:
        """The body is the file itself: png, jpeg, webp, tiff or a one-page pdf of at most 40 MiB.

        What can't be printed is refused with a reason (422 `artwork_refused`) and not kept.
        """
        command = await artwork_from(ask, request, draft_id=draft_id)
        artwork = command.artwork
        return await ask.run(
            command,
            preview_url=_preview(ask)(artwork.preview_digest),
            width=artwork.width,
            height=artwork.height,
            warnings=list(command.warnings),
        )

    @post(
        "/{draft_id:uuid}/message-card",
        operation_id="AddMessageCard",
        summary="Send a message card along",
        status_code=200,
    )
    async def message_card(self, ask: Ask, draft_id: UUID, data: MessageCardBody) -> Response[Done]:
        """A card of the catalogue at its present price, in place of an earlier one."""
        return await ask.run(
            AddMessageCard(
                draft_id=draft_id,
                customer_id=ask.person,
                card_id=data.card_id,
                words=data.words(),
                expected_version=ask.if_match,
            )
        )

    @post(
        "/{draft_id:uuid}/message-card/remove",
        operation_id="RemoveMessageCard",
        summary="Send no message card along",
        status_code=200,
    )
    async def no_message_card(self, ask: Ask, draft_id: UUID) -> Response[Done]:
        """Take the card off the draft, and no longer wish for one."""
        return await ask.run(
            RemoveMessageCard(
                draft_id=draft_id, customer_id=ask.person, expected_version=ask.if_match
            )
        )

    @post(
        "/{draft_id:uuid}/addresses",
        operation_id="GiveAddresses",
        summary="Say where it goes and who gets the bill",
        status_code=200,
    )
    async def addresses(self, ask: Ask, draft_id: UUID, data: AddressesBody) -> Response[Done]:
        """Set or change both addresses."""
        return await ask.run(
            GiveAddresses(
                draft_id=draft_id,
                customer_id=ask.person,
                addresses=data.addresses(),
                expected_version=ask.if_match,
            )
        )


async def _own_then(ask: Ask, draft_id: UUID, *, as_of: str) -> DraftRow:
    past = await past_at(ask, as_of)
    row = await draft_then(past, draft_id, customer_id=ask.person)
    if row is None:
        if await draft(ask.reads, draft_id, customer_id=ask.person):
            raise NothingYet
        raise NotFound
    return row


async def _own(ask: Ask, draft_id: UUID) -> DraftRow:
    await ask.fresh(drafts)
    row = await draft(ask.reads, draft_id, customer_id=ask.person)
    if row is None:
        raise NotFound
    return row


def _preview(ask: Ask) -> Preview:
    return previews_by(ask.port(FileLinks))


def _at(answer: Response[Any], base: str) -> Response[Any]:
    # A repeated request answers with the id of the first one, so the place follows from the answer
    answer.headers["Location"] = f"{base}/{answer.content['id']}"
    return answer
