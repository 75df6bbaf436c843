"""What can be asked of a draft; committing it to an order is asked of orders."""

from __future__ import annotations

from uuid import UUID

from application.assets import kept
from application.bus import Command, handles
from application.pricing import price_list, usable_coupon
from application.store import Store
from application.terms import Terms
from domain.catalog import message_card as catalog
from domain.drafts import (
    Addresses,
    Artwork,
    Book,
    CardWords,
    Draft,
    MessageCard,
    Method,
    Options,
)
from domain.pricing import plain_code


class StartDraft(Command, frozen=True, kw_only=True):
    """Begin a draft by choosing how the cover is going to be made."""

    draft_id: UUID
    customer_id: UUID
    method: Method


class ChangeBook(Command, frozen=True, kw_only=True):
    """Say which book the cover is for; `expected_version` is the caller's `If-Match`."""

    draft_id: UUID
    customer_id: UUID
    book: Book
    expected_version: int | None = None


class SelectCandidate(Command, frozen=True, kw_only=True):
    """Take one of the painted candidates."""

    draft_id: UUID
    customer_id: UUID
    generation_id: UUID
    variant: int
    expected_version: int | None = None


class AttachArtwork(Command, frozen=True, kw_only=True):
    """Use an uploaded file, which has been inspected and stored, as the artwork."""

    draft_id: UUID
    customer_id: UUID
    artwork: Artwork
    size_bytes: int
    warnings: tuple[str, ...] = ()
    expected_version: int | None = None


class AddMessageCard(Command, frozen=True, kw_only=True):
    """Send a card of the catalogue along, at its present price."""

    draft_id: UUID
    customer_id: UUID
    card_id: UUID
    words: CardWords
    expected_version: int | None = None


class RemoveMessageCard(Command, frozen=True, kw_only=True):
    """Send no card along."""

    draft_id: UUID
    customer_id: UUID
    expected_version: int | None = None


class GiveAddresses(Command, frozen=True, kw_only=True):
    """Say where the cover goes and who gets the bill."""

    draft_id: UUID
    customer_id: UUID
    addresses: Addresses
    expected_version: int | None = None


class ChooseOptions(Command, frozen=True, kw_only=True):
    """Choose the cover's size and paper."""

    draft_id: UUID
    customer_id: UUID
    options: Options
    expected_version: int | None = None


class EnterCoupon(Command, frozen=True, kw_only=True):
    """Use a coupon for the order that is going to be made."""

    draft_id: UUID
    customer_id: UUID
    code: str
    expected_version: int | None = None


class RemoveCoupon(Command, frozen=True, kw_only=True):
    """Do not use a coupon after all."""

    draft_id: UUID
    customer_id: UUID
    code: str
    expected_version: int | None = None


Edit = (
    ChangeBook
    | SelectCandidate
    | AttachArtwork
    | AddMessageCard
    | RemoveMessageCard
    | GiveAddresses
    | ChooseOptions
    | EnterCoupon
    | RemoveCoupon
)


@handles
async def start_draft(command: StartDraft, store: Store) -> None:
    draft = await store.find(Draft, command.draft_id)
    if draft is None:
        draft = Draft.start(
            command.draft_id,
            customer_id=command.customer_id,
            method=command.method,
            now=store.now,
        )
    draft.must_belong_to(command.customer_id)
    store.save(draft)


@handles
async def change_book(command: ChangeBook, store: Store) -> None:
    draft = await _draft(store, command)
    draft.change_book(command.book)
    store.save(draft)


@handles
async def select_candidate(command: SelectCandidate, store: Store) -> None:
    draft = await _draft(store, command)
    draft.select_candidate(command.generation_id, command.variant)
    store.save(draft)


@handles
async def attach_artwork(command: AttachArtwork, store: Store) -> None:
    draft = await _draft(store, command)
    draft.attach_artwork(command.artwork, warnings=command.warnings)
    asset = await kept(
        store,
        command.customer_id,
        artwork=command.artwork,
        size_bytes=command.size_bytes,
        purpose="artwork",
    )
    store.save(draft, asset)


@handles
async def add_message_card(command: AddMessageCard, store: Store) -> None:
    draft = await _draft(store, command)
    card = await store.get(catalog.MessageCard, command.card_id)
    card.must_be_offered()
    draft.add_message_card(
        MessageCard(
            card_id=card.id,
            name=card.design.name_tr,
            price=card.price,
            recipient=command.words.recipient,
            sender=command.words.sender,
            text=command.words.text,
        )
    )
    store.save(draft)


@handles
async def remove_message_card(command: RemoveMessageCard, store: Store) -> None:
    draft = await _draft(store, command)
    draft.remove_message_card()
    store.save(draft)


@handles
async def give_addresses(command: GiveAddresses, store: Store) -> None:
    draft = await _draft(store, command)
    draft.give_addresses(command.addresses)
    store.save(draft)


@handles
async def choose_options(command: ChooseOptions, store: Store, terms: Terms) -> None:
    draft = await _draft(store, command)
    prices = await price_list(store, terms)
    prices.product(command.options.size, command.options.paper)
    draft.choose_options(command.options)
    store.save(draft)


@handles
async def enter_coupon(command: EnterCoupon, store: Store) -> None:
    draft = await _draft(store, command)
    coupon = await usable_coupon(command.code, draft.customer_id, store=store)
    draft.enter_coupon(coupon.code)
    store.save(draft)


@handles
async def remove_coupon(command: RemoveCoupon, store: Store) -> None:
    draft = await _draft(store, command)
    draft.remove_coupon(plain_code(command.code))
    store.save(draft)


async def _draft(store: Store, command: Edit) -> Draft:
    draft = await store.get(Draft, command.draft_id)
    draft.must_belong_to(command.customer_id)
    draft.must_be_at(command.expected_version)
    return draft
