"""The bank over HTTP: statements, their lines, money to send back, and what customers transfer."""

from api.bank.lines import BankLinesController
from api.bank.page import TransferPageController
from api.bank.returns import BankReturnsController
from api.bank.statements import BankStatementsController

__all__ = [
    "BankLinesController",
    "BankReturnsController",
    "BankStatementsController",
    "TransferPageController",
]
