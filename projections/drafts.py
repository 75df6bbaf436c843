"""What a customer sees of their drafts: everything the draft's page needs in one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.drafts import (
    Addresses,
    Artwork,
    Book,
    Draft,
    MessageCard,
    Method,
    Options,
    missing_parts,
)
from domain.generation import Generation
from domain.shared.artwork import Candidate
from domain.shared.money import Money
from projections.base import Fold
from projections.past import Past, first_of
from projections.reads import Reads


class Preview(Struct, frozen=True, kw_only=True):
    """A small picture with the sample mark, shown while the rest is painted."""

    variant: int
    preview_digest: str


class GenerationLine(Struct, frozen=True, kw_only=True):
    """One generation of a draft; `state` as in `domain.generation`, `reason` for failed ones."""

    generation_id: UUID
    state: str
    prompt: str
    credits: int
    requested_at: datetime
    deadline: datetime
    previews: tuple[Preview, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    reason: str = ""


class ChosenDesigner(Struct, frozen=True, kw_only=True):
    """The artist of the draft, and for how much."""

    designer_id: UUID
    fee: Money
    wishes: str


class DraftContent(Struct, frozen=True, kw_only=True):
    """What a draft says so far."""

    book: Book | None = None
    message_card_wanted: bool = False
    artwork: Artwork | None = None
    warnings: tuple[str, ...] = ()
    card: MessageCard | None = None
    addresses: Addresses | None = None
    designer: ChosenDesigner | None = None
    options: Options | None = None
    coupons: tuple[str, ...] = ()


class DraftPlace(Struct, frozen=True, array_like=True):
    """Where a draft stands in its customer's list."""

    started_at: datetime
    draft_id: UUID


class DraftRow(Struct, frozen=True, kw_only=True):
    """One draft. Digests of clean originals are in it: the API shows previews only."""

    draft_id: UUID
    customer_id: UUID
    version: int
    position: int
    started_at: datetime
    changed_at: datetime
    method: Method
    order_id: UUID | None
    content: DraftContent
    generations: tuple[GenerationLine, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What has to be there before the draft can be committed and is not."""
        content = self.content
        pictured = content.designer if self.method == "artist" else content.artwork
        return missing_parts(
            self.method,
            book=content.book is not None,
            pictured=pictured is not None,
            card=content.card is not None or not content.message_card_wanted,
            addresses=content.addresses is not None,
        )

    @property
    def completed(self) -> int:
        """How many generations gave candidates."""
        return sum(line.state == "completed" for line in self.generations)


drafts = Fold(
    "drafts",
    DraftRow,
    version=2,
    key=["draft_id"],
    indexes=["customer_id, started_at DESC, draft_id DESC"],
)

_draft = attrgetter("draft_id")


@drafts.on(Draft.Started)
def started(_row: DraftRow | None, event: Draft.Started, at: Recorded) -> DraftRow:
    return DraftRow(
        draft_id=event.originator_id,
        customer_id=event.customer_id,
        version=event.originator_version,
        position=at.position,
        started_at=event.timestamp,
        changed_at=event.timestamp,
        method=event.method,
        order_id=None,
        content=DraftContent(),
        generations=(),
    )


@drafts.on(Draft.BookDescribed)
def book_described(row: DraftRow, event: Draft.BookDescribed, at: Recorded) -> DraftRow:
    book = Book(
        title=event.title,
        author=event.author,
        kind=event.book_kind,
        purpose=event.purpose,
        message_card=event.message_card,
    )
    return _with(row, at, book=book, message_card_wanted=event.message_card)


@drafts.on(Draft.GenerationBegun, Draft.CandidatesReceived, Draft.GenerationMissed)
def generation_noted(row: DraftRow, _event: object, at: Recorded) -> DraftRow:
    # What there is to show of it is told by the generation's own events, in the same commit
    return _with(row, at)


@drafts.on(Draft.CandidateSelected)
def candidate_selected(row: DraftRow, event: Draft.CandidateSelected, at: Recorded) -> DraftRow:
    return _with(row, at, artwork=event.artwork)


@drafts.on(Draft.ArtworkAttached)
def artwork_attached(row: DraftRow, event: Draft.ArtworkAttached, at: Recorded) -> DraftRow:
    return _with(row, at, artwork=event.artwork, warnings=event.warnings)


@drafts.on(Draft.MessageCardAdded)
def message_card_added(row: DraftRow, event: Draft.MessageCardAdded, at: Recorded) -> DraftRow:
    card = MessageCard(
        card_id=event.card_id,
        name=event.name,
        price=event.price,
        recipient=event.words.recipient,
        sender=event.words.sender,
        text=event.words.text,
    )
    return _with(row, at, card=card)


@drafts.on(Draft.MessageCardRemoved)
def message_card_removed(row: DraftRow, _event: object, at: Recorded) -> DraftRow:
    return _with(row, at, card=None, message_card_wanted=False)


@drafts.on(Draft.AddressesGiven)
def addresses_given(row: DraftRow, event: Draft.AddressesGiven, at: Recorded) -> DraftRow:
    return _with(row, at, addresses=event.addresses)


@drafts.on(Draft.DesignerChosen)
def designer_chosen(row: DraftRow, event: Draft.DesignerChosen, at: Recorded) -> DraftRow:
    chosen = ChosenDesigner(designer_id=event.designer_id, fee=event.fee, wishes=event.wishes)
    return _with(row, at, designer=chosen)


@drafts.on(Draft.OptionsChosen)
def options_chosen(row: DraftRow, event: Draft.OptionsChosen, at: Recorded) -> DraftRow:
    return _with(row, at, options=Options(size=event.size, paper=event.paper))


@drafts.on(Draft.CouponEntered)
def coupon_entered(row: DraftRow, event: Draft.CouponEntered, at: Recorded) -> DraftRow:
    return _with(row, at, coupons=(*row.content.coupons, event.code))


@drafts.on(Draft.CouponRemoved)
def coupon_removed(row: DraftRow, event: Draft.CouponRemoved, at: Recorded) -> DraftRow:
    kept = tuple(code for code in row.content.coupons if code != event.code)
    return _with(row, at, coupons=kept)


@drafts.on(Draft.Committed)
def committed(row: DraftRow, event: Draft.Committed, at: Recorded) -> DraftRow:
    return replace(_with(row, at), order_id=event.order_id)


@drafts.on(Generation.Requested, key=_draft)
def generation_requested(row: DraftRow, event: Generation.Requested, at: Recorded) -> DraftRow:
    line = GenerationLine(
        generation_id=event.originator_id,
        state="requested",
        prompt=event.wish.prompt,
        credits=event.credits,
        requested_at=event.timestamp,
        deadline=event.deadline,
    )
    return replace(row, position=at.position, generations=(*row.generations, line))


@drafts.on(Generation.Previewed, key=_draft)
def previewed(row: DraftRow, event: Generation.Previewed, at: Recorded) -> DraftRow:
    line = _line(row, event.originator_id)
    seen = Preview(variant=event.variant, preview_digest=event.preview_digest)
    previews = sorted((*line.previews, seen), key=attrgetter("variant"))
    return _with_line(row, at, line=replace(line, previews=tuple(previews)))


@drafts.on(Generation.Completed, key=_draft)
def completed(row: DraftRow, event: Generation.Completed, at: Recorded) -> DraftRow:
    line = _line(row, event.originator_id)
    return _with_line(row, at, line=replace(line, state="completed", candidates=event.candidates))


@drafts.on(Generation.Failed, key=_draft)
def failed(row: DraftRow, event: Generation.Failed, at: Recorded) -> DraftRow:
    line = _line(row, event.originator_id)
    return _with_line(row, at, line=replace(line, state="failed", reason=event.reason))


@drafts.on(Generation.Expired, key=_draft)
def expired(row: DraftRow, event: Generation.Expired, at: Recorded) -> DraftRow:
    return _with_line(row, at, line=replace(_line(row, event.originator_id), state="expired"))


@drafts.on(Generation.Cancelled, key=_draft)
def cancelled(row: DraftRow, event: Generation.Cancelled, at: Recorded) -> DraftRow:
    return _with_line(row, at, line=replace(_line(row, event.originator_id), state="cancelled"))


def _with(row: DraftRow, at: Recorded, **said: Any) -> DraftRow:
    return replace(
        row,
        version=at.event.originator_version,
        position=at.position,
        changed_at=at.event.timestamp,
        content=replace(row.content, **said),
    )


def _line(row: DraftRow, generation_id: UUID) -> GenerationLine:
    return next(line for line in row.generations if line.generation_id == generation_id)


def _with_line(row: DraftRow, at: Recorded, *, line: GenerationLine) -> DraftRow:
    lines = (line if each.generation_id == line.generation_id else each for each in row.generations)
    return replace(row, position=at.position, generations=tuple(lines))


async def draft(reads: Reads, draft_id: UUID, *, customer_id: UUID) -> DraftRow | None:
    """The customer's draft; None when there is none or it is another's."""
    return await reads.one(
        DraftRow,
        "SELECT * FROM read.drafts WHERE draft_id = %(draft)s AND customer_id = %(customer)s",
        {"draft": draft_id, "customer": customer_id},
    )


async def drafts_of(
    reads: Reads, customer_id: UUID, *, after: DraftPlace | None, limit: int
) -> list[DraftRow]:
    """The customer's drafts, the youngest first; `after` is the place of the last one seen."""
    return await reads.all(
        DraftRow,
        "SELECT * FROM read.drafts WHERE customer_id = %(customer)s"
        " AND (%(at)s::timestamptz IS NULL OR (started_at, draft_id) < (%(at)s, %(id)s::uuid))"
        " ORDER BY started_at DESC, draft_id DESC LIMIT %(limit)s",
        {
            "customer": customer_id,
            "at": after.started_at if after else None,
            "id": after.draft_id if after else None,
            "limit": limit,
        },
    )


async def draft_then(past: Past, draft_id: UUID, *, customer_id: UUID) -> DraftRow | None:
    """The customer's draft as it was; None when there was none or it is another's."""
    row = (await _drafts_then(past, [draft_id])).get(draft_id)
    return row if row and row.customer_id == customer_id else None


async def drafts_of_then(
    past: Past, customer_id: UUID, *, after: DraftPlace | None, limit: int
) -> list[DraftRow]:
    """The customer's drafts of that time, the youngest first.

    Which drafts are the customer's is read from the live table, which must have got so far.
    """
    found = await past.reads.rows(
        "SELECT draft_id FROM read.drafts WHERE customer_id = %(customer)s"
        " AND (%(at)s::timestamptz IS NULL OR (started_at, draft_id) < (%(at)s, %(id)s::uuid))"
        " ORDER BY started_at DESC, draft_id DESC",
        {
            "customer": customer_id,
            "at": after.started_at if after else None,
            "id": after.draft_id if after else None,
        },
    )
    ids = [row[0] for row in found]
    return await first_of(ids, lambda some: _drafts_then(past, some), limit=limit)


async def _drafts_then(past: Past, draft_ids: Sequence[UUID]) -> Mapping[UUID, DraftRow]:
    """By the drafts' own events, which name their generations, and by those of the generations."""
    own = await past.events(draft_ids)
    begun = [
        each.event.generation_id
        for each in own
        if each.kind is Draft.GenerationBegun and isinstance(each.event, Draft.GenerationBegun)
    ]
    of_generations = await past.events(begun) if begun else []
    events = sorted([*own, *of_generations], key=attrgetter("position"))
    return await past.rows(drafts, events)
