"""What can be asked of orders: of drafts, from commit to delivery, and of credits."""

from application.orders.commands import (
    AttachFinalArtwork,
    CancelOrder,
    CommitDraft,
    ExpireOrder,
    GiveUpOrder,
    RecordDelivered,
    RecordParcelGone,
    RecordShipped,
    StartDesign,
    StartProduction,
)
from application.orders.purchases import (
    BuyCredits,
    CreditsQuote,
    GiveCreditsBack,
    GrantCredits,
    RefundCredits,
    quote_credits,
)

__all__ = [
    "AttachFinalArtwork",
    "BuyCredits",
    "CancelOrder",
    "CommitDraft",
    "CreditsQuote",
    "ExpireOrder",
    "GiveCreditsBack",
    "GiveUpOrder",
    "GrantCredits",
    "RecordDelivered",
    "RecordParcelGone",
    "RecordShipped",
    "RefundCredits",
    "StartDesign",
    "StartProduction",
    "quote_credits",
]
