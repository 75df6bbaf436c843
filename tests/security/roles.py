"""Who may ask for what: reviewed by hand, so that a new operation fails until it is, too."""

from __future__ import annotations

from tests.security.town import Role

OPEN = set(
    """ConfirmEmail Designer Designers LogIn MessageCards PaymentResult ReadFile
    ReceivePaymentWebhook RecordParcelStatus RefreshSession RegisterCustomer RequestPasswordReset
    ResetPassword ReturnFromPayment TrackParcel""".split()
)
"""Everybody may ask."""

SIGNED_IN = set(
    """AddAddress AddMessageCard ApplyAsDesigner ApproveDesign AttachArtwork CancelDesign
    CancelGeneration CancelOrder ChangeAddress ChangeBook ChangeDesignerPrice ChangeDesignerProfile
    ChangePassword ChooseAnotherDesigner ChooseDesigner CommitDraft DesignJob DesignJobs Draft
    Drafts EndSession Generation GiveAddresses InvoiceOfOrder LiveEvents LogOut LogOutEverywhere
    MakeAddressDefault Order OrderCover OrderTimeline Orders OwnDesigner Payment Profile
    RecommendedDesigners RemoveAddress RemoveMessageCard RequestGeneration RequestRevision
    SavedAddresses SelectCandidate Sessions ShipmentOfOrder StartDraft StartPayment WalletBalance
    WalletStatement""".split()
)
"""Everybody who is signed in may ask, about what is their own."""

BY_ROLE: dict[str, set[Role]] = {
    **dict.fromkeys(
        "AcceptDesignJob ChangeAvailability DeclineDesignJob SendPreview".split(),
        {"designer", "other_designer"},
    ),
    **dict.fromkeys(
        """ApproveDesigner DesignerApplications GrantRole MakeMessageCard People PrintJobs
        PublishMessageCard RejectDesigner RepriceMessageCard RetireMessageCard Shipments
        TakeRole""".split(),
        {"admin"},
    ),
    **dict.fromkeys("InvoiceSeriesFaults Invoices".split(), {"finance"}),
    **dict.fromkeys("AllOrders AllPayments OrderMoney RefundOrder".split(), {"admin", "finance"}),
}
"""Only these roles may ask."""

PUBLIC_BY_ID = {
    "Designer": "published profiles are for everybody",
    "PaymentResult": "a browser comes back without its session; it sees the order's number",
    "ReadFile": "the link itself is signed and ends after 15 minutes",
    "TrackParcel": "the token is secret; the answer has no names in it",
}
"""What may be read by its id alone, and why."""


def is_allowed(name: str, role: Role) -> bool:
    """Whether somebody of this role may ask at all."""
    if name in OPEN:
        return True
    return role != "nobody" and (name in SIGNED_IN or role in BY_ROLE[name])


def who_may(name: str) -> Role:
    """Somebody who may ask."""
    return min(BY_ROLE.get(name, {"customer"}))
