"""The draft itself: what it allows and refuses, and what it remembers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from domain.drafts import facts
from domain.drafts.parts import (
    MOST_COUPONS,
    Addresses,
    Book,
    BookKind,
    CardWords,
    MessageCard,
    Method,
    Options,
    Purpose,
    missing_parts,
    painted,
)
from domain.drafts.refusals import (
    DraftFrozen,
    DraftIncomplete,
    GenerationUnderWay,
    TextMissing,
    TooManyCoupons,
    UnknownCandidate,
    WrongMethod,
)
from domain.shared.aggregate import Aggregate, Event, event
from domain.shared.artwork import Artwork, Candidate
from domain.shared.errors import NotFound
from domain.shared.money import Money


class Draft(Aggregate):
    """Open until it is committed; from then on its content stands still.

    `generations` counts those that gave candidates: what failed costs nothing, and does not make
    the next one dearer.
    """

    TOPIC = "draft"

    class Started(facts.Started, frozen=True, kw_only=True):
        TOPIC = "draft.started"

    class BookDescribed(facts.BookDescribed, frozen=True, kw_only=True):
        TOPIC = "draft.book_described"

    class GenerationBegun(facts.GenerationBegun, frozen=True, kw_only=True):
        TOPIC = "draft.generation_begun"

    class CandidatesReceived(facts.CandidatesReceived, frozen=True, kw_only=True):
        TOPIC = "draft.candidates_received"

    class GenerationMissed(facts.GenerationMissed, frozen=True, kw_only=True):
        TOPIC = "draft.generation_missed"

    class CandidateSelected(facts.CandidateSelected, frozen=True, kw_only=True):
        TOPIC = "draft.candidate_selected"

    class ArtworkAttached(facts.ArtworkAttached, frozen=True, kw_only=True):
        TOPIC = "draft.artwork_attached"

    class MessageCardAdded(facts.MessageCardAdded, frozen=True, kw_only=True):
        TOPIC = "draft.message_card_added"

    class MessageCardRemoved(facts.MessageCardRemoved, frozen=True, kw_only=True):
        TOPIC = "draft.message_card_removed"

    class AddressesGiven(facts.AddressesGiven, frozen=True, kw_only=True):
        TOPIC = "draft.addresses_given"

    class DesignerChosen(facts.DesignerChosen, frozen=True, kw_only=True):
        TOPIC = "draft.designer_chosen"

    class Committed(facts.Committed, frozen=True, kw_only=True):
        TOPIC = "draft.committed"

    class OptionsChosen(facts.OptionsChosen, frozen=True, kw_only=True):
        TOPIC = "draft.options_chosen"

    class CouponEntered(facts.CouponEntered, frozen=True, kw_only=True):
        TOPIC = "draft.coupon_entered"

    class CouponRemoved(facts.CouponRemoved, frozen=True, kw_only=True):
        TOPIC = "draft.coupon_removed"

    @classmethod
    def start(cls, draft_id: UUID, *, customer_id: UUID, method: Method, now: datetime) -> Draft:
        """A new draft with nothing in it but its method."""
        return cls.begin(cls.Started, id=draft_id, now=now, customer_id=customer_id, method=method)

    @property
    def state(self) -> Literal["open", "committed"]:
        return "open" if self.order_id is None else "committed"

    @property
    def missing(self) -> tuple[str, ...]:
        """What has to be there before the draft can be committed and is not."""
        pictured = self.designer_id if self.method == "artist" else self.artwork
        return missing_parts(
            self.method,
            book=self.book is not None,
            pictured=pictured is not None,
            card=self.card is not None or not self.card_wanted,
            addresses=self.addresses is not None,
        )

    def must_belong_to(self, customer_id: UUID) -> None:
        """Raises `NotFound`: that a draft is another's is never told."""
        if self.customer_id != customer_id:
            raise NotFound(kind="draft", id=self.id)

    def change_book(self, book: Book) -> None:
        """Say which book it is. Raises `TextMissing` and `DraftFrozen`."""
        self._must_be_open()
        _must_say(title=book.title, author=book.author)
        if book == self.book and book.message_card == self.card_wanted:
            return
        self._happens(
            Draft.BookDescribed,
            title=book.title,
            author=book.author,
            book_kind=book.kind,
            purpose=book.purpose,
            message_card=book.message_card,
        )

    def request_generation(self, generation_id: UUID, credits: int) -> None:
        """Begin a generation for this many credits; at most one at a time.

        Raises `GenerationUnderWay`, `DraftIncomplete`, `WrongMethod` and `DraftFrozen`.
        """
        if generation_id in self.asked_generations:
            return
        self._must_be_open()
        self._must_be("ai")
        if self.book is None:
            raise DraftIncomplete(missing="book")
        self._must_be_idle()
        self._happens(Draft.GenerationBegun, generation_id=generation_id, credits=credits)

    def receive_candidates(self, generation_id: UUID, candidates: tuple[Candidate, ...]) -> None:
        """Offer what a generation gave; ignored unless it is the one under way."""
        if self.open_generation != generation_id:
            return
        self._happens(Draft.CandidatesReceived, generation_id=generation_id, candidates=candidates)

    def miss_generation(self, generation_id: UUID, reason: str) -> None:
        """A generation ended without candidates; ignored unless it is the one under way."""
        if self.open_generation != generation_id:
            return
        self._happens(Draft.GenerationMissed, generation_id=generation_id, reason=reason)

    def select_candidate(self, generation_id: UUID, variant: int) -> None:
        """Take one of the candidates as the artwork. Raises `UnknownCandidate`, `DraftFrozen`."""
        self._must_be_open()
        candidate = self.candidates.get((generation_id, variant))
        if candidate is None:
            raise UnknownCandidate(generation_id=generation_id, variant=variant)
        if self.selected == (generation_id, variant):
            return
        self._happens(
            Draft.CandidateSelected,
            generation_id=generation_id,
            variant=variant,
            artwork=painted(generation_id, candidate),
        )

    def must_take_artwork(self) -> None:
        """Raises `WrongMethod` and `DraftFrozen` when no file can be attached."""
        self._must_be_open()
        self._must_be("upload")

    def attach_artwork(self, artwork: Artwork, *, warnings: tuple[str, ...] = ()) -> None:
        """Take an uploaded and inspected file as the artwork. Raises `WrongMethod`."""
        self.must_take_artwork()
        if artwork == self.artwork:
            return
        self._happens(Draft.ArtworkAttached, artwork=artwork, warnings=warnings)

    def add_message_card(self, card: MessageCard) -> None:
        """Send a card along, in place of an earlier one. Raises `TextMissing`."""
        self._must_be_open()
        _must_say(recipient=card.recipient, sender=card.sender, text=card.text)
        if card == self.card:
            return
        self._happens(
            Draft.MessageCardAdded,
            card_id=card.card_id,
            name=card.name,
            price=card.price,
            words=card.words,
        )

    def remove_message_card(self) -> None:
        """Send no card along, and no longer wish for one."""
        self._must_be_open()
        if self.card or self.card_wanted:
            self._happens(Draft.MessageCardRemoved)

    def give_addresses(self, addresses: Addresses) -> None:
        """Say where it goes and who gets the bill. Raises `TextMissing`."""
        self._must_be_open()
        for name in ("delivery", "billing"):
            for field in getattr(addresses, name).blank:
                raise TextMissing(f"/{name}/{field}", field=field)
        if addresses == self.addresses:
            return
        self._happens(Draft.AddressesGiven, addresses=addresses)

    def choose_designer(self, designer_id: UUID, fee: Money, *, wishes: str = "") -> None:
        """Have an artist make it for a fee; whether they are free is asked before.

        Raises `WrongMethod` and `DraftFrozen`.
        """
        self._must_be_open()
        self._must_be("artist")
        if (designer_id, fee, wishes) == (self.designer_id, self.designer_fee, self.wishes):
            return
        self._happens(Draft.DesignerChosen, designer_id=designer_id, fee=fee, wishes=wishes)

    def choose_options(self, options: Options) -> None:
        """Choose size and paper, which are on offer. Raises `DraftFrozen`."""
        self._must_be_open()
        if options != self.options:
            self._happens(Draft.OptionsChosen, size=options.size, paper=options.paper)

    def enter_coupon(self, code: str) -> None:
        """Use a coupon; whether it may be used is asked before, and at commit.

        Raises `TooManyCoupons`, `DraftFrozen`.
        """
        self._must_be_open()
        if code in self.coupons:
            return
        if len(self.coupons) >= MOST_COUPONS:
            raise TooManyCoupons(most=MOST_COUPONS)
        self._happens(Draft.CouponEntered, code=code)

    def remove_coupon(self, code: str) -> None:
        """Do not use a coupon. Raises `DraftFrozen`."""
        self._must_be_open()
        if code in self.coupons:
            self._happens(Draft.CouponRemoved, code=code)

    def commit(self, order_id: UUID) -> None:
        """Freeze the content for an order; ignored when it has been done, and `order_id` tells
        for which. Raises `DraftIncomplete` and `GenerationUnderWay`.
        """
        if self.order_id is not None:
            return
        if self.missing:
            raise DraftIncomplete(missing=", ".join(self.missing))
        self._must_be_idle()
        self._happens(Draft.Committed, order_id=order_id)

    def _happens(self, kind: type[Event], **facts: Any) -> None:
        self.emit(kind, customer_id=self.customer_id, **facts)

    def _must_be_open(self) -> None:
        if self.order_id is not None:
            raise DraftFrozen(order_id=self.order_id)

    def _must_be(self, method: Method) -> None:
        if self.method != method:
            raise WrongMethod(method=self.method, needed=method)

    def _must_be_idle(self) -> None:
        if self.open_generation is not None:
            raise GenerationUnderWay(generation_id=self.open_generation)

    @event(Started)
    def __init__(self, customer_id: UUID, method: Method) -> None:
        self.customer_id = customer_id
        self.method = method
        self.book: Book | None = None
        self.artwork: Artwork | None = None
        self.card: MessageCard | None = None
        self.card_wanted = False
        self.addresses: Addresses | None = None
        self.designer_id: UUID | None = None
        self.designer_fee: Money | None = None
        self.wishes = ""
        self.generations = 0
        self.asked_generations: set[UUID] = set()
        self.open_generation: UUID | None = None
        self.candidates: dict[tuple[UUID, int], Candidate] = {}
        self.selected: tuple[UUID, int] | None = None
        self.options: Options | None = None
        self.coupons: tuple[str, ...] = ()
        self.order_id: UUID | None = None

    @event(BookDescribed)
    def _book_described(
        self, title: str, author: str, book_kind: BookKind, purpose: Purpose, message_card: bool
    ) -> None:
        self.book = Book(
            title=title, author=author, kind=book_kind, purpose=purpose, message_card=message_card
        )
        self.card_wanted = message_card

    @event(GenerationBegun)
    def _generation_begun(self, generation_id: UUID) -> None:
        self.asked_generations.add(generation_id)
        self.open_generation = generation_id

    @event(CandidatesReceived)
    def _candidates_received(self, generation_id: UUID, candidates: tuple[Candidate, ...]) -> None:
        self.open_generation = None
        self.generations += 1
        self.candidates |= {(generation_id, each.variant): each for each in candidates}

    @event(GenerationMissed)
    def _generation_missed(self) -> None:
        self.open_generation = None

    @event(CandidateSelected)
    def _candidate_selected(self, generation_id: UUID, variant: int, artwork: Artwork) -> None:
        self.selected = (generation_id, variant)
        self.artwork = artwork

    @event(ArtworkAttached)
    def _artwork_attached(self, artwork: Artwork) -> None:
        self.artwork = artwork

    @event(MessageCardAdded)
    def _message_card_added(self, card_id: UUID, name: str, price: Money, words: CardWords) -> None:
        self.card = MessageCard(
            card_id=card_id,
            name=name,
            price=price,
            recipient=words.recipient,
            sender=words.sender,
            text=words.text,
        )

    @event(MessageCardRemoved)
    def _message_card_removed(self) -> None:
        self.card = None
        self.card_wanted = False

    @event(AddressesGiven)
    def _addresses_given(self, addresses: Addresses) -> None:
        self.addresses = addresses

    @event(DesignerChosen)
    def _designer_chosen(self, designer_id: UUID, fee: Money, wishes: str) -> None:
        self.designer_id = designer_id
        self.designer_fee = fee
        self.wishes = wishes

    @event(OptionsChosen)
    def _options_chosen(self, size: str, paper: str) -> None:
        self.options = Options(size=size, paper=paper)

    @event(CouponEntered)
    def _coupon_entered(self, code: str) -> None:
        self.coupons = (*self.coupons, code)

    @event(CouponRemoved)
    def _coupon_removed(self, code: str) -> None:
        self.coupons = tuple(each for each in self.coupons if each != code)

    @event(Committed)
    def _committed(self, order_id: UUID) -> None:
        self.order_id = order_id


def _must_say(**texts: str) -> None:
    for name, text in texts.items():
        if not text.strip():
            raise TextMissing(f"/{name}", field=name)
