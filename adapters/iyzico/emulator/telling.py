"""The book as the control API tells it: without tokens of cards, and money as text."""

from __future__ import annotations

from adapters.iyzico.emulator.book import Page, Payment, Payout, StoredCard


def told_payment(payment: Payment) -> dict[str, object]:
    """A payment with its lines and what was given back on them."""
    return {
        "payment_id": str(payment.payment_id),
        "conversation_id": payment.conversation_id,
        "basket_id": payment.basket_id,
        "token": payment.token,
        "kind": payment.kind,
        "phase": payment.phase,
        "price": str(payment.price),
        "paid_price": str(payment.paid_price),
        "refunded": str(payment.refunded),
        "currency": payment.currency,
        "installments": payment.installments,
        "fraud_status": payment.fraud_status,
        "cancelled": payment.cancelled_at is not None,
        "created_at": payment.created_at,
        "items": [
            {
                "item_id": item.item_id,
                "transaction_id": str(item.transaction_id),
                "paid_price": str(item.paid_price),
                "commission": str(item.commission),
                "fee": str(item.fee),
                "refunds": [
                    {
                        "conversation_id": refund.conversation_id,
                        "price": str(refund.price),
                        "state": refund.state,
                    }
                    for refund in item.refunds
                ],
            }
            for item in payment.items
        ],
    }


def told_page(page: Page, state: str) -> dict[str, object]:
    """A page and what can be done with it."""
    return {
        "token": page.token,
        "state": state,
        "kind": page.kind,
        "conversation_id": page.conversation_id,
        "basket_id": page.basket_id,
        "paid_price": str(page.paid_price),
        "currency": page.currency,
        "opened_at": page.opened_at,
        "expires_at": page.expires_at,
        "payment_id": None if page.payment_id is None else str(page.payment_id),
        "declined": None if page.decline is None else page.decline.group or page.decline.code,
    }


def told_card(card: StoredCard) -> dict[str, object]:
    """A stored card, without what it could be paid with."""
    return {
        "alias": card.alias,
        "last_four": card.card.last_four,
        "association": card.card.association,
        "bank": card.card.bank,
        "created_at": card.created_at,
    }


def told_payout(payout: Payout) -> dict[str, object]:
    """One line's part of a transfer."""
    return {
        "reference": payout.reference,
        "transaction_id": str(payout.transaction_id),
        "kind": payout.kind,
        "amount": str(payout.amount),
        "currency": payout.currency,
        "paid_at": payout.paid_at,
    }
