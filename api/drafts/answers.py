"""What callers see of drafts: previews only, by links that work for a while."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from api.files import link_to
from application.file_links import FileLink, FileLinks
from application.terms import Terms
from domain.drafts import Addresses, Book, MessageCard, Method, Options
from domain.shared.money import Money
from projections.drafts import ChosenDesigner, DraftRow, GenerationLine

Preview = Callable[[str], str]
"""The link to a preview, by its digest."""


class PreviewAnswer(Struct, frozen=True, kw_only=True):
    """A small picture with the sample mark."""

    variant: int
    preview_url: str


class CandidateAnswer(Struct, frozen=True, kw_only=True):
    """A painted candidate; the size is that of the clean original, which is for production."""

    variant: int
    preview_url: str
    width: int
    height: int
    selected: bool


class GenerationAnswer(Struct, frozen=True, kw_only=True):
    """A generation; `state` is requested, completed, failed, expired or cancelled, and `reason`
    a code when it failed. `previews` come before the candidates.
    """

    id: UUID
    draft_id: UUID
    state: str
    prompt: str
    credits: int
    requested_at: datetime
    deadline: datetime
    previews: list[PreviewAnswer]
    candidates: list[CandidateAnswer]
    reason: str


class ArtworkAnswer(Struct, frozen=True, kw_only=True):
    """The picture that is going to be printed. Warnings: low_resolution, cropped,
    colours_converted, transparency_flattened.
    """

    preview_url: str
    width: int
    height: int
    warnings: list[str]


class DesignerAnswer(Struct, frozen=True, kw_only=True):
    """The chosen artist, their fee, and what they were told."""

    designer_id: UUID
    fee: Money
    wishes: str


class DraftAnswer(Struct, frozen=True, kw_only=True):
    """A draft. `missing` names what commit needs and is not there: book, artwork, candidate,
    designer, message_card, addresses. `next_generation_credits` is what painting costs next.
    Without `options`, the cover is of the size and paper that most have.
    """

    id: UUID
    version: int
    method: Method
    state: str
    started_at: datetime
    changed_at: datetime
    missing: list[str]
    book: Book | None
    message_card_wanted: bool
    message_card: MessageCard | None
    artwork: ArtworkAnswer | None
    addresses: Addresses | None
    designer: DesignerAnswer | None
    options: Options | None
    coupons: list[str]
    order_id: UUID | None
    next_generation_credits: int
    generations: list[GenerationAnswer]


class DraftSummary(Struct, frozen=True, kw_only=True):
    """A line of the list of drafts."""

    id: UUID
    method: Method
    state: str
    title: str
    started_at: datetime
    changed_at: datetime
    preview_url: str | None
    order_id: UUID | None


def previews_by(links: FileLinks) -> Preview:
    """Makes links to previews."""

    def preview(digest: str) -> str:
        return link_to(links, FileLink(digest, "image/webp", "onizleme.webp"))

    return preview


def draft_answer(row: DraftRow, preview: Preview, *, terms: Terms) -> DraftAnswer:
    """The whole draft."""
    content = row.content
    return DraftAnswer(
        id=row.draft_id,
        version=row.version,
        method=row.method,
        state=_state(row),
        started_at=row.started_at,
        changed_at=row.changed_at,
        missing=list(row.missing),
        book=content.book,
        message_card_wanted=content.message_card_wanted,
        message_card=content.card,
        artwork=_artwork(row, preview),
        addresses=content.addresses,
        designer=_designer(content.designer),
        options=content.options,
        coupons=list(content.coupons),
        order_id=row.order_id,
        next_generation_credits=terms.generation_price(row.completed),
        generations=[generation_answer(row, line, preview=preview) for line in row.generations],
    )


def generation_answer(row: DraftRow, line: GenerationLine, *, preview: Preview) -> GenerationAnswer:
    """One generation of a draft."""
    artwork = row.content.artwork
    chosen = artwork and (artwork.generation_id, artwork.variant)
    return GenerationAnswer(
        id=line.generation_id,
        draft_id=row.draft_id,
        state=line.state,
        prompt=line.prompt,
        credits=line.credits,
        requested_at=line.requested_at,
        deadline=line.deadline,
        previews=[
            PreviewAnswer(variant=each.variant, preview_url=preview(each.preview_digest))
            for each in line.previews
        ],
        candidates=[
            CandidateAnswer(
                variant=each.variant,
                preview_url=preview(each.preview_digest),
                width=each.width,
                height=each.height,
                selected=chosen == (line.generation_id, each.variant),
            )
            for each in line.candidates
        ],
        reason=line.reason,
    )


def summary(row: DraftRow, preview: Preview) -> DraftSummary:
    """A draft in a list."""
    artwork = row.content.artwork
    return DraftSummary(
        id=row.draft_id,
        method=row.method,
        state=_state(row),
        title=row.content.book.title if row.content.book else "",
        started_at=row.started_at,
        changed_at=row.changed_at,
        preview_url=preview(artwork.preview_digest) if artwork else None,
        order_id=row.order_id,
    )


def _state(row: DraftRow) -> str:
    return "open" if row.order_id is None else "committed"


def _artwork(row: DraftRow, preview: Preview) -> ArtworkAnswer | None:
    artwork = row.content.artwork
    if artwork is None:
        return None
    return ArtworkAnswer(
        preview_url=preview(artwork.preview_digest),
        width=artwork.width,
        height=artwork.height,
        warnings=list(row.content.warnings),
    )


def _designer(chosen: ChosenDesigner | None) -> DesignerAnswer | None:
    if chosen is None:
        return None
    return DesignerAnswer(designer_id=chosen.designer_id, fee=chosen.fee, wishes=chosen.wishes)
