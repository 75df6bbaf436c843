"""Money by bank transfer: awaiting it, what statements tell of it, and sending it back."""

from application.bank.commands import (
    AssignBankLine,
    BankRules,
    ExpectTransfer,
    ExplainBankLine,
    ImportBankStatement,
    LineNoteMissing,
    MatchBankLine,
    OrderBankReturn,
    ReturnBankLine,
)
from application.bank.preview import PreviewedLine, StatementPreview, preview

__all__ = [
    "AssignBankLine",
    "BankRules",
    "ExpectTransfer",
    "ExplainBankLine",
    "ImportBankStatement",
    "LineNoteMissing",
    "MatchBankLine",
    "OrderBankReturn",
    "PreviewedLine",
    "ReturnBankLine",
    "StatementPreview",
    "preview",
]
