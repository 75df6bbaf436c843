"""The sandbox's test cards in groups, by what happens to whoever pays with them."""

from __future__ import annotations

from msgspec import Struct

from adapters.iyzico.emulator.cards import CARDS, SandboxCard
from adapters.iyzico.emulator.refusals import message_of
from adapters.iyzico.emulator.texts import word

AMEX_LENGTH = 15


class Fill(Struct, frozen=True):
    """A test card on offer; `at` is its place in the table."""

    at: int
    card: SandboxCard

    @property
    def grouped(self) -> str:
        """The number in groups of four digits."""
        number = self.card.number
        return " ".join(number[at : at + 4] for at in range(0, len(number), 4))

    @property
    def cvc(self) -> str:
        """A security code of the right length."""
        return "1234" if len(self.card.number) == AMEX_LENGTH else "123"

    def label(self, language: str) -> str:
        """What the button says: the reason of a refusal, or whose card it is."""
        if self.card.decline is not None:
            return message_of(self.card.decline.code, language)
        if self.card.md_status != 1:
            return f"mdStatus {self.card.md_status}"
        kind = word("credit" if self.card.card_type == "CREDIT_CARD" else "debit", language)
        return f"{self.card.bank} {self.card.family or kind}"


def group_of(card: SandboxCard) -> str:
    """The key of the words over a card's group."""
    if card.decline is not None:
        return "fills_declined"
    if not card.refundable:
        return "fills_kept"
    if card.md_status != 1:
        return "fills_bank_fails"
    return "fills_bank" if card.needs_bank_page else "fills_pay"


FILLS = tuple(Fill(at, card) for at, card in enumerate(CARDS))

GROUPS: tuple[tuple[str, tuple[Fill, ...]], ...] = tuple(
    (key, tuple(fill for fill in FILLS if group_of(fill.card) == key))
    for key in ("fills_pay", "fills_bank", "fills_kept", "fills_bank_fails", "fills_declined")
)


def fill_at(at: int | None) -> Fill | None:
    """The test card at a place of the table; None where there is none."""
    return FILLS[at] if at is not None and 0 <= at < len(FILLS) else None
