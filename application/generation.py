"""What can be asked about painting candidates: credits, draft and generation move together."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from application.bus import Command, handles
from application.ports import Language
from application.store import Store
from application.terms import Terms
from application.work import Job
from domain.drafts import Draft
from domain.generation import Generation, Pixels, Request, Wish
from domain.shared.artwork import Candidate
from domain.shared.errors import NotFound
from domain.wallet import InsufficientCredits, Wallet


class RequestGeneration(Command, frozen=True, kw_only=True):
    """Have candidates painted; the credits for it are held until it ends."""

    draft_id: UUID
    customer_id: UUID
    generation_id: UUID
    prompt: str
    language: Language = "tr"
    expected_version: int | None = None


class CancelGeneration(Command, frozen=True, kw_only=True):
    """The customer does not want it any more; the credits come back."""

    draft_id: UUID
    customer_id: UUID
    generation_id: UUID
    expected_version: int | None = None


class RecordPreview(Command, frozen=True, kw_only=True):
    """A first small picture of a variant exists."""

    generation_id: UUID
    variant: int
    preview_digest: str


class RecordPainted(Command, frozen=True, kw_only=True):
    """All candidates exist and are stored: they are offered, and the credits are spent."""

    generation_id: UUID
    candidates: tuple[Candidate, ...]


class RecordGenerationFailed(Command, frozen=True, kw_only=True):
    """It could not be painted; `reason` is a stable code. The credits come back."""

    generation_id: UUID
    reason: str


class ExpireGeneration(Command, frozen=True, kw_only=True):
    """Its deadline has come; the credits come back."""

    generation_id: UUID


class PaintCandidates(Job, frozen=True, kw_only=True):
    """Paint what a generation asks for."""

    QUEUE = "render"
    ATTEMPTS = 3
    LEASE_SECONDS = 60
    generation_id: UUID


class Bargain(Struct, frozen=True, kw_only=True):
    """What a generation costs the customer, and what they have left."""

    credits: int
    available: int


@handles
async def request_generation(command: RequestGeneration, store: Store, terms: Terms) -> Bargain:
    draft = await _draft(store, command)
    draft.must_be_at(command.expected_version)
    wallet = await store.find(Wallet, Wallet.id_of(command.customer_id))
    generation = await store.find(Generation, command.generation_id)
    if generation is None:
        deadline = store.now + timedelta(seconds=terms.generation_deadline_seconds)
        draft.request_generation(command.generation_id, terms.generation_price(draft.generations))
        request = _request(command, draft, terms=terms, deadline=deadline)
        generation = Generation.request(command.generation_id, request, now=store.now)
    _must_be_of(generation, draft)
    if wallet is None:
        raise InsufficientCredits(available=0, needed=generation.credits)
    wallet.hold(
        generation.id,
        credits=generation.credits,
        purpose="generation",
        deadline=generation.deadline,
        reference=generation.id,
    )
    store.save(generation, draft, wallet)
    return Bargain(credits=generation.credits, available=wallet.available)


@handles
async def cancel_generation(command: CancelGeneration, store: Store) -> None:
    draft = await _draft(store, command)
    generation = await store.get(Generation, command.generation_id)
    _must_be_of(generation, draft)
    generation.must_be_at(command.expected_version)
    generation.cancel()
    await _give_back(store, generation, reason="cancelled")


@handles
async def record_preview(command: RecordPreview, store: Store) -> None:
    generation = await store.get(Generation, command.generation_id)
    generation.preview(command.variant, command.preview_digest)
    store.save(generation)


@handles
async def record_painted(command: RecordPainted, store: Store) -> None:
    generation = await store.get(Generation, command.generation_id)
    wallet = await store.get(Wallet, Wallet.id_of(generation.customer_id))
    if generation.is_over or generation.id not in wallet.holds:
        # Too late by the clock, even if the timer has not rung, or by the clock of another process
        # that has ended the hold: the customer owes nothing
        generation.expire()
        generation.fail("expired")
        await _give_back(store, generation, reason="expired")
        return
    generation.complete(command.candidates)
    draft = await store.get(Draft, generation.draft_id)
    draft.receive_candidates(generation.id, command.candidates)
    wallet.capture(generation.id)
    store.save(generation, draft, wallet)


@handles
async def record_generation_failed(command: RecordGenerationFailed, store: Store) -> None:
    generation = await store.get(Generation, command.generation_id)
    generation.fail(command.reason)
    await _give_back(store, generation, reason="failed")


@handles
async def expire_generation(command: ExpireGeneration, store: Store) -> None:
    generation = await store.get(Generation, command.generation_id)
    generation.expire()
    await _give_back(store, generation, reason="expired")


async def _give_back(store: Store, generation: Generation, *, reason: str) -> None:
    """End a generation that gave nothing; nothing to do when it had ended before."""
    store.save(generation)
    if not generation.pending_events:
        return
    draft = await store.get(Draft, generation.draft_id)
    draft.miss_generation(generation.id, reason)
    wallet = await store.get(Wallet, Wallet.id_of(generation.customer_id))
    wallet.release(generation.id, reason=reason)
    store.save(draft, wallet)


def _request(
    command: RequestGeneration, draft: Draft, *, terms: Terms, deadline: datetime
) -> Request:
    assert draft.book is not None
    wish = Wish(
        prompt=command.prompt,
        title=draft.book.title,
        author=draft.book.author,
        book_kind=draft.book.kind,
        language=command.language,
    )
    return Request(
        customer_id=draft.customer_id,
        draft_id=draft.id,
        wish=wish,
        size=Pixels(terms.sheet.pixels.width, terms.sheet.pixels.height),
        credits=terms.generation_price(draft.generations),
        deadline=deadline,
    )


async def _draft(store: Store, command: RequestGeneration | CancelGeneration) -> Draft:
    draft = await store.get(Draft, command.draft_id)
    draft.must_belong_to(command.customer_id)
    return draft


def _must_be_of(generation: Generation, draft: Draft) -> None:
    if generation.draft_id != draft.id:
        raise NotFound(kind="generation", id=generation.id)
