"""The sandbox's test cards: what each of them does. Numbers are compared here and never kept."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from adapters.iyzico.emulator.refusals import Decline

CardType = Literal["CREDIT_CARD", "DEBIT_CARD"]

BANK_CODES = {
    "Halkbank": 12,
    "Vakıfbank": 15,
    "Akbank": 46,
    "Garanti": 62,
    "İş Bankası": 64,
    "Yapı Kredi": 67,
    "QNB": 111,
    "HSBC": 123,
    "Denizbank": 134,
}


class SandboxCard(Struct, frozen=True, kw_only=True):
    """A card of the sandbox. With an `md_status` other than 1 the bank's page fails."""

    number: str
    bank: str
    association: str
    card_type: CardType = "CREDIT_CARD"
    family: str = ""
    decline: Decline | None = None
    needs_bank_page: bool = False
    md_status: int = 1
    refundable: bool = True

    @property
    def bank_code(self) -> int:
        """The bank's number among Turkish banks; 0 for others."""
        return BANK_CODES.get(self.bank, 0)


class ShownCard(Struct, frozen=True, kw_only=True):
    """What may be kept and told of a card."""

    bin_number: str
    last_four: str
    card_type: CardType
    association: str
    family: str
    bank: str
    refundable: bool

    @property
    def bank_code(self) -> int:
        """The bank's number among Turkish banks; 0 for others."""
        return BANK_CODES.get(self.bank, 0)


def _pays(number: str, bank: str, *, association: str, family: str = "") -> SandboxCard:
    return SandboxCard(number=number, bank=bank, association=association, family=family)


def _debit(number: str, bank: str, *, association: str) -> SandboxCard:
    return SandboxCard(
        number=number,
        bank=bank,
        association=association,
        card_type="DEBIT_CARD",
        needs_bank_page=True,
    )


def _declines(number: str, code: str, *, group: str) -> SandboxCard:
    return SandboxCard(number=number, bank="Test", association="VISA", decline=Decline(code, group))


CARDS = (
    _pays("5526080000000006", "Akbank", association="MASTER_CARD", family="Axess"),
    _pays("9792072000017956", "Akbank", association="TROY", family="Axess"),
    _pays("4603450000000000", "Denizbank", association="VISA"),
    _pays("4729150000000005", "Denizbank", association="VISA", family="Bonus"),
    _pays("4987490000000002", "QNB", association="VISA"),
    _pays("5311570000000005", "QNB", association="MASTER_CARD"),
    _pays("5400360000000003", "Garanti", association="MASTER_CARD", family="Bonus"),
    _pays("374427000000003", "Garanti", association="AMERICAN_EXPRESS", family="Bonus"),
    _pays("5528790000000008", "Halkbank", association="MASTER_CARD", family="Paraf"),
    _pays("4059030000000009", "HSBC", association="VISA", family="Advantage"),
    _pays("5504720000000003", "HSBC", association="MASTER_CARD", family="Advantage"),
    _pays("4543590000000006", "İş Bankası", association="VISA", family="Maximum"),
    _pays("4157920000000002", "Vakıfbank", association="VISA", family="World"),
    _pays("5451030000000000", "Yapı Kredi", association="MASTER_CARD", family="World"),
    _pays("5400010000000004", "Foreign", association="MASTER_CARD"),
    _debit("5890040000000016", "Akbank", association="MASTER_CARD"),
    _debit("4766620000000001", "Denizbank", association="VISA"),
    _debit("5170410000000004", "Garanti", association="MASTER_CARD"),
    _debit("4475050000000003", "Halkbank", association="VISA"),
    _debit("5892830000000000", "İş Bankası", association="MASTER_CARD"),
    _debit("4910050000000006", "Vakıfbank", association="VISA"),
    _debit("5168880000000002", "Yapı Kredi", association="MASTER_CARD"),
    _debit("4054180000000007", "Foreign", association="VISA"),
    SandboxCard(
        number="5406670000000009", bank="Test", association="MASTER_CARD", refundable=False
    ),
    _declines("4111111111111129", "10051", group="NOT_SUFFICIENT_FUNDS"),
    _declines("4129111111111111", "10005", group="DO_NOT_HONOUR"),
    _declines("4128111111111112", "10012", group="INVALID_TRANSACTION"),
    _declines("4127111111111113", "10041", group="LOST_CARD"),
    _declines("4126111111111114", "10043", group="STOLEN_CARD"),
    _declines("4125111111111115", "10054", group="EXPIRED_CARD"),
    _declines("4124111111111116", "10084", group="INVALID_CVC2"),
    _declines("4123111111111117", "10057", group="NOT_PERMITTED_TO_CARDHOLDER"),
    _declines("4122111111111118", "10058", group="NOT_PERMITTED_TO_TERMINAL"),
    _declines("4121111111111119", "10034", group="FRAUD_SUSPECT"),
    _declines("4120111111111110", "10201", group="PICKUP_CARD"),
    _declines("4130111111111118", "10000", group="GENERAL_ERROR"),
    _declines("4151111111111112", "10215", group="THREEDS_NOT_STARTED"),
    _declines("4151111111111393", "10093", group="RESTRICTED_BY_LAW"),
    SandboxCard(
        number="4131111111111117",
        bank="Test",
        association="VISA",
        needs_bank_page=True,
        md_status=0,
    ),
    SandboxCard(
        number="4141111111111115",
        bank="Test",
        association="VISA",
        needs_bank_page=True,
        md_status=4,
    ),
)

_BY_NUMBER = {card.number: card for card in CARDS}


def card_for(number: str) -> SandboxCard:
    """The card with this number; one nobody has issued is declined as such."""
    unknown = SandboxCard(
        number=number, bank="", association="", decline=Decline("10213", "BIN_NOT_FOUND")
    )
    return _BY_NUMBER.get(number, unknown)


def card_beginning(prefix: str) -> SandboxCard | None:
    """The first card whose number begins so."""
    return next((card for card in CARDS if card.number.startswith(prefix)), None)


def card_behind(shown_card: ShownCard) -> SandboxCard:
    """The card that what is kept of it belongs to, so that a stored card acts like a typed one."""
    ends = (shown_card.bin_number, shown_card.last_four)
    return next(card for card in CARDS if (card.number[:8], card.number[-4:]) == ends)


def shown(card: SandboxCard) -> ShownCard:
    """The part of a card that may be kept."""
    return ShownCard(
        bin_number=card.number[:8],
        last_four=card.number[-4:],
        card_type=card.card_type,
        association=card.association,
        family=card.family,
        bank=card.bank,
        refundable=card.refundable,
    )


def is_plausible(number: str) -> bool:
    """Whether the digits could be a card number (length and Luhn's check digit)."""
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):
        return False
    doubled = [int(digit) * (2 if at % 2 else 1) for at, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
