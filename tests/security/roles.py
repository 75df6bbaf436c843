"""Who may ask for what: reviewed by hand, so that a new operation fails until it is, too."""

from __future__ import annotations

from collections.abc import Sequence

from tests.security.town import Role


def names(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


OPEN = set(
    names("""
    ConfirmEmail CreditOffers Designer DesignerRating DesignerReviews Designers ErasureCertificate
    LogIn MessageCards PaymentResult Prices QuoteCredits ReadFile ReceivePaymentWebhook
    RecordParcelStatus RecordPrintReport RefreshSession RegisterCustomer RequestPasswordReset
    ResetPassword ReturnFromPayment TrackParcel TransferInstructions
    """)
)
"""Everybody may ask."""

SIGNED_IN = set(
    names("""
    AddAddress AddMessageCard AddReturnPicture ApplyAsDesigner ApproveDesign AttachArtwork
    BuyCredits CancelDesign CancelGeneration CancelOrder CancelReturn ChangeAddress ChangeBilling
    ChangeBook ChangeDelivery ChangeDesignerPrice ChangeDesignerProfile ChangePassword ChangeReview
    ChooseAnotherDesigner ChooseDesigner ChooseOptions CommitDraft CreditPurchase CreditPurchases
    DesignJob DesignJobs Draft Drafts EndSession EnterCoupon EraseMe ExportMe Generation
    GiveAddresses InstallmentOffers InvoiceOfOrder LiveEvents LogOut LogOutEverywhere
    MakeAddressDefault Order OrderCover OrderTimeline Orders OwnDesigner Payment Profile QuoteDraft
    ReceivedReviews RecommendedDesigners RefundCredits RemoveAddress RemoveCard RemoveCoupon
    RemoveMessageCard ReportReview RequestGeneration RequestReturn RequestRevision Return
    ReturnDocumentsOfOrder ReturnReasons ReturnsOfOrder ReviewOfOrder SavedAddresses SavedCards
    SelectCandidate Sessions ShipmentOfOrder ShipmentsOfOrder StartDraft StartPayment WalletBalance
    WalletLots WalletStatement WhyCharged WithdrawReview WriteReview
    """)
)
"""Everybody who is signed in may ask, about what is their own."""

ONLY: Sequence[tuple[set[Role], str]] = (
    (
        {"designer", "other_designer"},
        """
        AcceptDesignJob AnswerReview ChangeAvailability DeclineDesignJob GiveIban OwnEarnings
        OwnEarningsFile OwnEarningsStatement OwnPayouts RequestPayout SendPreview WithdrawPayout
        """,
    ),
    (
        {"admin"},
        """
        AddParcel AnnounceAgain ApproveDesigner CancelParcel CancelReprint DecideParcel
        DeclareParcelLost DesignerApplications ErasePerson Erasures GrantRole HideReview
        MakeMessageCard MarkPrinted MarkSpoiled ModeratedReview ModeratedReviews People
        PersonErasure PrintJob PrintJobs PublishMessageCard RefuseOrder RejectDesigner
        RepriceMessageCard RequestReprint RetireMessageCard RetryPrintJob SetCommission Shipment
        ShipmentLabel Shipments ShowReview TakeRole
        """,
    ),
    (
        {"finance"},
        """
        AccountStatement ApproveManualEntry ApprovePayoutRun ApproveReopening AssignBankLine
        BankLines BankReturnFile BankReturns CallOffPayoutRun ChartOfAccounts CloseMonth
        CustomerAccounts CustomerStatement DeferredRevenue DesignerAccounts DesignerStatement
        DesignerStatementFile EventEntries ExplainBankLine Export Exports GapReport HoldAges
        ImportBankStatement InvoiceSeriesFaults Invoices LargestMovers LedgerAccount MakeManualEntry
        MarkPayoutRunSent OpenHolds OrderEntries PayoutRun PayoutRuns Payouts PreviewBankStatement
        ProposePayoutRun ProposeReopening RecordPaidOutside RefusePayout RejectManualEntry
        RejectPayoutRun RejectReopening ResolveWorkItem RetryRefund ReturnBankLine ReturnDocuments
        RollForward TakePayoutFile TrialBalance WithdrawManualEntry WithdrawPayoutRun
        WithdrawReopening
        """,
    ),
    (
        {"admin", "finance"},
        """
        AggregateSteps AggregateThen AllOrders AllPayments AllReturns ApproveReturn BankStatements
        Commission ControlRuns Controls Coupons EndCoupon HoldOrder IssueCoupon LineChanges
        ManualEntries ManualEntry ManualEntryReasons ManualEntryReport NoteOrder OrderMoney Periods
        PriceEntries ReceiveReturn ReconciledDays ReconciledLines RefundCapture RefundOrder
        RefundReturn RejectReturn ReleaseOrder Reopenings ReprintReturn ReturnForStaff
        ScheduleCardWeight ScheduleCargoPrice ScheduleCargoZone ScheduleCreditPrices
        ScheduleKdvClass ScheduleKdvRate ScheduleProductPrice Settlements StaffOrder StaffTimeline
        WithdrawPrice WorkItem WorkItems
        """,
    ),
)
BY_ROLE: dict[str, set[Role]] = {name: roles for roles, text in ONLY for name in names(text)}
"""Only these roles may ask."""

PUBLIC_BY_ID = {
    "Designer": "published profiles are for everybody",
    "DesignerRating": "what is shown of a published designer's reviews, in figures",
    "DesignerReviews": "shown reviews of published designers are for everybody",
    "PaymentResult": "a browser comes back without its session; it sees the order's number",
    "ReadFile": "the link itself is signed and ends after 15 minutes",
    "TransferInstructions": "its link is secret; nothing on it is about a person",
    "TrackParcel": "the token is secret; the answer has no names in it",
}
"""What may be read by its id alone, and why."""

ABOUT_WHAT_IS_PUBLIC = {"ReportReview"}
"""Asked by persons who are signed in about what everybody may read anyway."""

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
