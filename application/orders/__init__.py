"""What can be asked of orders: of drafts, from commit to delivery, and of credits."""

from application.orders.beside import (
    ChangeBilling,
    ChangeDelivery,
    HoldOrder,
    NoteOrder,
    ReleaseOrder,
)
from application.orders.commands import (
    AttachFinalArtwork,
    CancelOrder,
    CommitDraft,
    ExpireOrder,
    GiveUpOrder,
    RecordDelivered,
    RecordParcelGone,
    RecordShipped,
    RefuseOrder,
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
    "ChangeBilling",
    "ChangeDelivery",
    "CommitDraft",
    "CreditsQuote",
    "ExpireOrder",
    "GiveCreditsBack",
    "GiveUpOrder",
    "GrantCredits",
    "HoldOrder",
    "NoteOrder",
    "RecordDelivered",
    "RecordParcelGone",
    "RecordShipped",
    "RefundCredits",
    "RefuseOrder",
    "ReleaseOrder",
    "StartDesign",
    "StartProduction",
    "quote_credits",
]
