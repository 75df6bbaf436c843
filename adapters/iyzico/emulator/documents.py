"""The shapes of the provider's answers about payments."""

from __future__ import annotations

from decimal import Decimal

from adapters.iyzico.emulator.book import Page, PaidItem, Payment
from adapters.iyzico.emulator.figures import figure, minute, share
from adapters.iyzico.emulator.refusals import message_of
from adapters.iyzico.emulator.settlement import due_at
from adapters.iyzico.emulator.wire import Document


def payment_document(payment: Payment) -> Document:
    """A payment as the hosted page's result and the payment query tell it."""
    commission = sum((item.commission for item in payment.items), Decimal(0))
    fee = sum((item.fee for item in payment.items), Decimal(0))
    surcharge = payment.paid_price - payment.price
    kept: Document = {}
    if payment.card_token:
        kept = {"cardUserKey": payment.card_user_key, "cardToken": payment.card_token}
    return kept | {
        "price": figure(payment.price),
        "paidPrice": figure(payment.paid_price),
        "installment": payment.installments,
        "paymentId": str(payment.payment_id),
        "fraudStatus": payment.fraud_status,
        "merchantCommissionRate": share(surcharge * 100 / payment.price),
        "merchantCommissionRateAmount": share(surcharge),
        "iyziCommissionRateAmount": share(commission),
        "iyziCommissionFee": share(fee),
        "cardType": payment.card.card_type,
        "cardAssociation": payment.card.association,
        "cardFamily": payment.card.family,
        "binNumber": payment.card.bin_number,
        "lastFourDigits": payment.card.last_four,
        "basketId": payment.basket_id,
        "currency": payment.currency,
        "itemTransactions": [item_document(payment, item) for item in payment.items],
        "authCode": payment.auth_code,
        "phase": payment.phase,
        "hostReference": payment.host_reference,
        "mdStatus": payment.md_status,
    }


def declined_document(page: Page, language: str) -> Document:
    """What is told of a page whose last card was refused, or that nobody has paid yet."""
    about_page: Document = {
        "price": figure(page.price),
        "paidPrice": figure(page.paid_price),
        "basketId": page.basket_id,
        "currency": page.currency,
        "token": page.token,
        "callbackUrl": page.callback_url,
    }
    if page.bank_check is not None:
        return about_page | {"paymentStatus": "INIT_THREEDS"}
    if page.decline is None:
        return about_page
    return about_page | {
        "paymentStatus": "FAILURE",
        "errorCode": page.decline.code,
        "errorGroup": page.decline.group,
        "errorMessage": message_of(page.decline.code, language),
    }


def item_document(payment: Payment, item: PaidItem) -> Document:
    """One line of a payment."""
    surcharge = item.paid_price - item.price
    return {
        "itemId": item.item_id,
        "paymentTransactionId": str(item.transaction_id),
        "transactionStatus": {1: 2, 0: 0}.get(payment.fraud_status, -1),
        "price": figure(item.price),
        "paidPrice": figure(item.paid_price),
        "merchantCommissionRate": share(surcharge * 100 / item.price),
        "merchantCommissionRateAmount": share(surcharge),
        "iyziCommissionRateAmount": share(item.commission),
        "iyziCommissionFee": share(item.fee),
        "blockageRate": share(Decimal(0)),
        "blockageRateAmountMerchant": share(Decimal(0)),
        "blockageResolvedDate": minute(due_at(payment)),
        "merchantPayoutAmount": share(item.payout),
        "convertedPayout": {
            "paidPrice": share(item.paid_price),
            "iyziCommissionRateAmount": share(item.commission),
            "iyziCommissionFee": share(item.fee),
            "blockageRateAmountMerchant": share(Decimal(0)),
            "merchantPayoutAmount": share(item.payout),
            "iyziConversionRate": share(Decimal(0)),
            "iyziConversionRateAmount": share(Decimal(0)),
            "currency": payment.currency,
        },
    }
