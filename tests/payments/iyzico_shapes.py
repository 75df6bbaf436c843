"""What iyzico's answers about payments and cards may hold: its lists of fields and nothing else.

Prices are plain numbers, commissions and payouts have eight decimals.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_type_hints

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

Price = Annotated[Raw, "price"]
Share = Annotated[Raw, "share"]
Text = Annotated[str, msgspec.Meta(min_length=1)]
Digits = Annotated[str, msgspec.Meta(pattern=r"^\d+$")]
Moment = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")]
Flag = Literal[0, 1]
CardKind = Literal["CREDIT_CARD", "DEBIT_CARD", "PREPAID_CARD"]

FIGURES = {
    "price": re.compile(rb"-?\d+\.\d{1,2}"),
    "share": re.compile(rb"-?\d+\.\d{8}|0E-8"),
}


class Shape(Struct, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    """A part of an answer; figures are checked as they are written."""

    def __post_init__(self) -> None:
        for name, kind in _figures_of(type(self)).items():
            written = getattr(self, name)
            if written is not UNSET and not FIGURES[kind].fullmatch(bytes(written)):
                raise ValueError(f"{name} is written {bytes(written).decode()}")


def _figures_of(shape: type[Shape]) -> dict[str, str]:
    found = {}
    for name, hint in get_type_hints(shape, include_extras=True).items():
        options = getattr(hint, "__args__", ()) if "Union" in str(type(hint)) else (hint,)
        for option in options:
            for mark in getattr(option, "__metadata__", ()):
                if isinstance(mark, str):
                    found[name] = mark
    return found


class Answer(Shape, kw_only=True):
    """The envelope of every answer."""

    status: Literal["success"]
    locale: Literal["tr", "en"]
    system_time: int
    conversation_id: str | UnsetType = UNSET


class Failure(Shape, kw_only=True):
    """The envelope of every refusal."""

    status: Literal["failure"]
    locale: Literal["tr", "en"]
    system_time: int
    error_code: Digits
    error_message: Text
    conversation_id: str | UnsetType = UNSET
    error_group: str | UnsetType = UNSET
    retryable: bool | UnsetType = UNSET
    payment_id: Digits | UnsetType = UNSET
    payment_transaction_id: Digits | UnsetType = UNSET
    price: Price | UnsetType = UNSET


class Signed(Answer, kw_only=True):
    """An answer with a signature."""

    signature: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class OpenedPage(Signed, kw_only=True):
    token: Text
    token_expire_time: int
    payment_page_url: Text
    checkout_form_content: Text | UnsetType = UNSET
    pay_with_iyzico_page_url: Text | UnsetType = UNSET


class ConvertedPayout(Shape, kw_only=True):
    paid_price: Share
    iyzi_commission_rate_amount: Share
    iyzi_commission_fee: Share
    blockage_rate_amount_merchant: Share
    merchant_payout_amount: Share
    iyzi_conversion_rate: Share
    iyzi_conversion_rate_amount: Share
    currency: Text


class ItemTransaction(Shape, kw_only=True):
    item_id: Text
    payment_transaction_id: Digits
    transaction_status: Literal[-1, 0, 1, 2]
    price: Price
    paid_price: Price
    merchant_commission_rate: Share
    merchant_commission_rate_amount: Share
    iyzi_commission_rate_amount: Share
    iyzi_commission_fee: Share
    blockage_rate: Share
    blockage_rate_amount_merchant: Share
    blockage_resolved_date: Moment
    merchant_payout_amount: Share
    converted_payout: ConvertedPayout


class Paid(Signed, kw_only=True):
    payment_id: Digits
    price: Price
    paid_price: Price
    currency: Text
    basket_id: str
    installment: int
    fraud_status: Literal[-1, 0, 1]
    card_type: CardKind
    card_association: str
    card_family: str
    bin_number: Digits
    last_four_digits: Digits
    auth_code: Digits
    host_reference: Text
    phase: Literal["AUTH", "PRE_AUTH", "POST_AUTH"]
    md_status: int | None
    merchant_commission_rate: Share
    merchant_commission_rate_amount: Share
    iyzi_commission_rate_amount: Share
    iyzi_commission_fee: Share
    item_transactions: tuple[ItemTransaction, ...]
    card_user_key: Text | UnsetType = UNSET
    card_token: Text | UnsetType = UNSET


class PageResult(Paid, kw_only=True):
    payment_status: Literal["SUCCESS"]
    token: Text
    callback_url: Text
    member_email: str | UnsetType = UNSET
    member_gsm_number: str | UnsetType = UNSET


class OpenPageResult(Signed, kw_only=True):
    """A page that is not paid (yet)."""

    price: Price
    paid_price: Price
    basket_id: str
    currency: Text
    token: Text
    callback_url: Text
    payment_status: (
        Literal["FAILURE", "INIT_THREEDS", "CALLBACK_THREEDS", "BKM_POS_SELECTED"] | UnsetType
    ) = UNSET
    error_code: Digits | UnsetType = UNSET
    error_group: str | UnsetType = UNSET
    error_message: Text | UnsetType = UNSET


class ThreedsStarted(Signed, kw_only=True):
    payment_id: Digits
    three_d_s_html_content: Text = msgspec.field(name="threeDSHtmlContent")


class Cancelled(Answer, kw_only=True):
    payment_id: Digits
    price: Price
    currency: Text
    auth_code: Digits
    host_reference: Text
    cancel_host_reference: Text


class RefundMade(Answer, kw_only=True):
    payment_id: Digits
    price: Price
    currency: Text
    auth_code: Digits
    host_reference: Text
    refund_host_reference: Text
    retryable: bool
    payment_transaction_id: Digits | UnsetType = UNSET
    signature: str | UnsetType = UNSET


class Prefix(Answer, kw_only=True):
    bin_number: Digits
    card_type: CardKind
    card_association: Text
    card_family: str
    bank_name: Text
    bank_code: int
    commercial: Flag


class InstallmentPrice(Shape, kw_only=True):
    installment_number: int
    installment_price: Price
    total_price: Price


class InstallmentDetail(Shape, kw_only=True):
    bin_number: Digits | None
    price: Price
    card_type: CardKind
    card_association: Text
    card_family_name: str
    force3ds: Flag
    bank_code: int
    bank_name: Text
    force_cvc: Flag
    commercial: Flag
    dcc_enabled: Flag
    agriculture_enabled: Flag
    installment_prices: tuple[InstallmentPrice, ...]


class Installments(Answer, kw_only=True):
    installment_details: tuple[InstallmentDetail, ...]


class KeptCard(Shape, kw_only=True):
    card_token: Text
    card_alias: str
    bin_number: Digits
    last_four_digits: Digits
    card_type: CardKind
    card_association: Text
    card_family: str
    card_bank_code: int
    card_bank_name: Text


class StoredCard(Answer, kw_only=True):
    card_token: Text
    card_alias: str
    bin_number: Digits
    last_four_digits: Digits
    card_type: CardKind
    card_association: Text
    card_family: str
    card_bank_code: int
    card_bank_name: Text
    card_user_key: Text
    email: str
    external_id: str


class CardList(Answer, kw_only=True):
    card_user_key: Text
    card_details: tuple[KeptCard, ...]
