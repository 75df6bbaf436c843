"""A customer, their drafts, and what they put into them."""

from __future__ import annotations

from uuid import UUID

from application.catalog import MakeMessageCard
from application.drafts import AddMessageCard, ChangeBook, GiveAddresses, StartDraft
from domain.catalog.message_card import CardDesign
from domain.drafts import (
    Address,
    Addresses,
    Artwork,
    Book,
    Candidate,
    CardWords,
    Draft,
    MessageCard,
    Method,
)
from domain.shared.money import Money
from tests.given import NOW

CUSTOMER, STRANGER, DRAFT, GENERATION, OTHER_GENERATION, CARD, DESIGNER, ORDER = (
    UUID(int=number) for number in range(101, 109)
)
BOOK = Book(title="Kürk Mantolu Madonna", author="Sabahattin Ali")
GIFT = Book(
    title="Şeker Portakalı", author="J. M. de Vasconcelos", purpose="gift", message_card=True
)
HOME = Address(
    name="Ayşe Yılmaz",
    line="Çınar Sk. 4/2",
    district="Kadıköy",
    province="İstanbul",
    postcode="34710",
    phone="+905321112233",
)
ADDRESSES = Addresses(delivery=HOME, billing=HOME)
WORDS = CardWords(recipient="Ece", sender="Deniz", text="Nice yıllara!")
PRICE = Money.of("45.00")
CARD_WITH_WORDS = MessageCard(
    card_id=CARD, name="Nar", price=PRICE, recipient="Ece", sender="Deniz", text="Nice yıllara!"
)
UPLOADED = Artwork(
    digest="a" * 64, media_type="image/png", width=1666, height=2552, preview_digest="b" * 64
)
DESIGN = CardDesign(
    name_tr="Nar", name_en="Pomegranate", motif="pomegranate", paper="#fff4e6", ink="#8c1c13"
)


def candidates(painter: str = "memory-1") -> tuple[Candidate, ...]:
    """Three candidates as a painter makes them."""
    return tuple(
        Candidate(
            variant=variant,
            original_digest=f"{variant}" * 64,
            preview_digest=f"{variant}f" * 32,
            painter_version=painter,
            width=1600,
            height=2560,
        )
        for variant in range(3)
    )


def a_draft(method: Method = "ai") -> Draft:
    """A draft with nothing in it but its method."""
    return Draft.start(DRAFT, customer_id=CUSTOMER, method=method, now=NOW)


def with_book(draft: Draft) -> None:
    """The book is known."""
    draft.change_book(BOOK)


def with_addresses(draft: Draft) -> None:
    """The addresses are known."""
    draft.give_addresses(ADDRESSES)


def with_candidates(draft: Draft) -> None:
    """A generation gave three candidates."""
    draft.request_generation(GENERATION, 100)
    draft.receive_candidates(GENERATION, candidates())


def with_selection(draft: Draft) -> None:
    """The second candidate was chosen."""
    draft.select_candidate(GENERATION, 1)


def committed(draft: Draft) -> None:
    """The draft became an order."""
    draft.commit(ORDER)


COMPLETE = (with_book, with_addresses, with_candidates, with_selection)

START = StartDraft(draft_id=DRAFT, customer_id=CUSTOMER, method="ai")
DESCRIBE = ChangeBook(draft_id=DRAFT, customer_id=CUSTOMER, book=BOOK)
ADDRESS = GiveAddresses(draft_id=DRAFT, customer_id=CUSTOMER, addresses=ADDRESSES)
ADD_CARD = AddMessageCard(draft_id=DRAFT, customer_id=CUSTOMER, card_id=CARD, words=WORDS)
MAKE_CARD = MakeMessageCard(card_id=CARD, design=DESIGN, price=PRICE)
