"""Why persons get no mail of some things that they are told where they are signed in."""

from __future__ import annotations

OWN_STEP = "the person does it themselves and reads the answer at once"
PAGE = "the person waits on the page where they pay"
PAINTING = "painting takes a minute, for which the person waits"
DOCUMENT = "the mail with the return document tells it, once for all parts"
NEXT_STEP = "the next step writes"
WALLET = "the wallet tells each line in plain words; what is bought, given or taken is mailed"

_GROUPS: dict[str, str] = {
    OWN_STEP: """
        cards.card_saved cards.card_removed
        designer.applied designer.applied_again designer.availability_changed designer.left
        designer.price_changed designer.profile_changed draft.addresses_given
        draft.artwork_attached draft.book_described draft.candidate_selected draft.committed
        draft.coupon_entered draft.coupon_removed draft.designer_chosen draft.generation_begun
        draft.message_card_added draft.message_card_removed draft.options_chosen draft.started
        generation.cancelled generation.requested return.cancelled return.picture_added
        review.changed review.withdrawn user.email_confirmed
    """,
    PAGE: """
        order.payment_ended payment.expired payment.failed payment.form_opened
        payment.outcome_unknown payment.went_into_review
    """,
    PAINTING: """
        draft.candidates_received draft.generation_missed generation.completed
        generation.expired generation.failed generation.previewed
    """,
    DOCUMENT: """
        order.money_returned order.money_settled payment.cancelled payment.line_refunded
        payment.refunded_outside return.refund_asked return_document.issued
    """,
    NEXT_STEP: """
        credit_purchase.granted design.fee_earned design.fee_reversed
        designer_account.payout_approved designer_account.payout_let_go
        designer_account.payout_taken invoice.issued order.design_started order.shipped
        payment.cancel_refused payment.cancel_requested payment.refund_pending
        payment.refund_requested payment.succeeded print_job.handed_over return.reprint_asked
        return.reprinted shipment.cancelled shipment.parcel_created
    """,
    WALLET: """
        wallet.capture_refunded wallet.credits_clawed_back wallet.credits_expired
        wallet.credits_granted wallet.credits_held wallet.hold_captured wallet.hold_expired
        wallet.hold_released wallet.opened
    """,
    "the mail of the order has said when it ends, and nothing was charged": "order.expired",
    "the return stands where it stood; what is decided next is mailed": "return.reprint_called_off",
    "finance looks at it, and the money goes another way or back": (
        "payment.refund_failed return.refund_refused"
    ),
    "estimates change with each report; the page of the parcel tells the latest": (
        "shipment.estimated"
    ),
    "approval and rejection of designers are mailed; staff hear of roles from each other": (
        "user.role_granted user.role_taken"
    ),
    "nothing was lost, and the page shows it again": "review.shown_again",
}

SILENT: dict[str, str] = {
    topic: reason for reason, topics in _GROUPS.items() for topic in topics.split()
}
"""Why there is no mail of an event, by its stored name."""
