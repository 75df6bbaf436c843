"""Who may ask for what: reviewed by hand, so that a new operation fails until it is, too."""

from __future__ import annotations

from collections.abc import Sequence

from tests.security.town import Role


def names(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


OPEN = set(
    names("""
    ConfirmEmail CreditOffers Designer Designers ErasureCertificate LogIn MessageCards
    PaymentResult Prices QuoteCredits ReadFile ReceivePaymentWebhook RecordParcelStatus
    RecordPrintReport RefreshSession RegisterCustomer RequestPasswordReset ResetPassword
    ReturnFromPayment TrackParcel
    TransferInstructions
    """)
)
"""Everybody may ask."""

SIGNED_IN = set(
    names("""
    AddAddress AddMessageCard ApplyAsDesigner ApproveDesign AttachArtwork BuyCredits
    CancelDesign CancelGeneration CancelOrder ChangeAddress ChangeBilling ChangeBook ChangeDelivery
    ChangeDesignerPrice ChangeDesignerProfile ChangePassword ChooseAnotherDesigner ChooseDesigner
    ChooseOptions CommitDraft CreditPurchase CreditPurchases DesignJob DesignJobs Draft Drafts
    EndSession EnterCoupon EraseMe ExportMe QuoteDraft RemoveCoupon
    Generation GiveAddresses InstallmentOffers InvoiceOfOrder LiveEvents LogOut LogOutEverywhere
    MakeAddressDefault Order OrderCover OrderTimeline Orders OwnDesigner Payment Profile
    RecommendedDesigners RefundCredits RemoveAddress RemoveCard RemoveMessageCard RequestGeneration
    RequestRevision SavedAddresses SavedCards SelectCandidate Sessions ShipmentOfOrder StartDraft
    ShipmentsOfOrder StartPayment WalletBalance WalletLots WalletStatement WhyCharged
    """)
)
"""Everybody who is signed in may ask, about what is their own."""

ONLY: Sequence[tuple[set[Role], str]] = (
    (
        {"designer", "other_designer"},
        "AcceptDesignJob ChangeAvailability DeclineDesignJob SendPreview",
    ),
    (
        {"admin"},
        """
        ApproveDesigner DesignerApplications ErasePerson Erasures GrantRole MakeMessageCard
        CancelReprint MarkPrinted MarkSpoiled People PersonErasure PrintJob PrintJobs
        RequestReprint RetryPrintJob
        PublishMessageCard RefuseOrder RejectDesigner RepriceMessageCard RetireMessageCard Shipments
        TakeRole AddParcel AnnounceAgain CancelParcel DecideParcel DeclareParcelLost Shipment
        ShipmentLabel
        """,
    ),
    (
        {"finance"},
        """
        AssignBankLine BankLines BankReturnFile BankReturns ExplainBankLine ImportBankStatement
        PreviewBankStatement ReturnBankLine
        AccountStatement ApproveManualEntry ApproveReopening ChartOfAccounts CloseMonth
        CustomerAccounts CustomerStatement DeferredRevenue EventEntries Export Exports GapReport
        HoldAges InvoiceSeriesFaults Invoices LargestMovers LedgerAccount MakeManualEntry
        OpenHolds OrderEntries ProposeReopening RecordPaidOutside RejectManualEntry RejectReopening
        ResolveWorkItem
        RetryRefund RollForward TrialBalance WithdrawManualEntry WithdrawReopening
        """,
    ),
    (
        {"admin", "finance"},
        """
        AggregateSteps AggregateThen AllOrders AllPayments BankStatements ControlRuns Controls
        LineChanges ManualEntries ManualEntry ManualEntryReasons ManualEntryReport OrderMoney
        Coupons EndCoupon IssueCoupon PriceEntries ScheduleCardWeight ScheduleCargoPrice
        ScheduleCargoZone ScheduleCreditPrices ScheduleKdvClass ScheduleKdvRate
        ScheduleProductPrice WithdrawPrice
        Periods ReconciledDays ReconciledLines RefundCapture RefundOrder Reopenings Settlements
        HoldOrder NoteOrder ReleaseOrder StaffOrder StaffTimeline WorkItem WorkItems
        """,
    ),
)
BY_ROLE: dict[str, set[Role]] = {name: roles for roles, text in ONLY for name in names(text)}
"""Only these roles may ask."""

PUBLIC_BY_ID = {
    "Designer": "published profiles are for everybody",
    "PaymentResult": "a browser comes back without its session; it sees the order's number",
    "ReadFile": "the link itself is signed and ends after 15 minutes",
    "TransferInstructions": "its link is secret; nothing on it is about a person",
    "TrackParcel": "the token is secret; the answer has no names in it",
}
"""What may be read by its id alone, and why."""

OF_THE_ERASED = {"ErasureCertificate", "PersonErasure"}
"""About those who were erased, of whom there is none in this town; see tests/erasure."""

CHANGES_NOTHING = {
    "RemoveAddress": ("/addresses", "address_id"),
    "RemoveCard": ("/cards", "saved_card_id"),
}
"""Asked for what is not there they answer that it is not there any more, whoever's it was. What is
theirs is seen at the path."""


def is_allowed(name: str, role: Role) -> bool:
    """Whether somebody of this role may ask at all."""
    if name in OPEN:
        return True
    return role != "nobody" and (name in SIGNED_IN or role in BY_ROLE[name])


def who_may(name: str) -> Role:
    """Somebody who may ask."""
    return min(BY_ROLE.get(name, {"customer"}))
