"""What iyzico's reports for finance may hold: its lists of fields and nothing else."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from tests.payments.iyzico_shapes import (
    Answer,
    Digits,
    Flag,
    ItemTransaction,
    Moment,
    Price,
    Shape,
    Share,
    Text,
)


class ReportedRefund(Shape, kw_only=True):
    refund_tx_id: int
    refund_conversation_id: str
    refund_price: Price
    refund_status: Literal[0, 1, 2]
    is_after_settlement: bool
    currency_code: Text
    auth_code: Digits
    host_reference: Text
    created_date: Moment


class ReportedCancel(Shape, kw_only=True):
    cancel_conversation_id: str
    cancel_price: Price
    cancel_status: int
    currency_code: Text
    auth_code: Digits
    host_reference: Text
    created_date: Moment


class ReportedItem(ItemTransaction, kw_only=True):
    refunds: tuple[ReportedRefund, ...]


class ReportedPayment(Shape, kw_only=True):
    payment_id: int
    payment_conversation_id: str
    payment_status: Literal[0, 1, 2, 3]
    payment_refund_status: Literal["NOT_REFUNDED", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED"]
    price: Price
    paid_price: Price
    currency: Text
    installment: int
    iyzi_commission_rate_amount: Share
    iyzi_commission_fee: Share
    fraud_status: Literal[-1, 0, 1]
    three_ds: Flag = msgspec.field(name="threeDS")
    phase: Literal["AUTH", "PRE_AUTH", "POST_AUTH"]
    acquirer_bank_name: str
    connector_name: Text
    auth_code: Digits
    host_reference: Text
    basket_id: str
    created_date: Moment
    cancels: tuple[ReportedCancel, ...]
    item_transactions: tuple[ReportedItem, ...]


class PaymentReport(Answer, kw_only=True):
    payments: tuple[ReportedPayment, ...]


class Transaction(Shape, kw_only=True):
    transaction_type: Literal["PAYMENT", "REFUND", "CANCEL"]
    transaction_date: Moment
    transaction_id: int
    transaction_status: Literal[-1, 0, 1]
    after_settlement: Flag
    payment_tx_id: int
    payment_id: int
    conversation_id: str
    payment_phase: Literal["AUTH", "PRE_AUTH", "POST_AUTH"]
    price: Price
    paid_price: Price
    transaction_currency: Text
    installment: int
    three_ds: Flag = msgspec.field(name="threeDS")
    iyzico_commission: Share
    iyzico_fee: Share
    parity: Share
    iyzico_conversion_amount: Share
    settlement_currency: Text
    merchant_payout_amount: Share
    connector_type: Text
    pos_order_id: Text
    pos_name: str
    auth_code: Digits
    host_reference: Text
    basket_id: str


class Transactions(Answer, kw_only=True):
    transactions: tuple[Transaction, ...]
    current_page: int | UnsetType = UNSET
    total_page_count: int | UnsetType = UNSET


class PaidOut(Shape, kw_only=True):
    payment_transaction_id: Digits
    payout_amount: Share
    payout_type: Literal["MERCHANT", "SUB_MERCHANT"]
    sub_merchant_key: str | None
    currency: Text


class Payouts(Answer, kw_only=True):
    payout_completed_transactions: tuple[PaidOut, ...]


class BouncedTransfer(Shape, kw_only=True):
    """The one list whose fields are not published: these are the emulator's own."""

    settlement_reference_code: Text
    payout_amount: Price
    currency: Text
    iban: Text
    legal_company_title: Text
    reason: Text
    bounced_date: Moment


class Bounced(Answer, kw_only=True):
    bank_transfers: tuple[BouncedTransfer, ...]
