"""The settings of our account at the bank, as customers are told of it."""

from __future__ import annotations

from application.bank import BankRules
from deploy.environment import Environment
from domain.bank import is_iban, plain_iban

BANK_SAMPLE = ("BANK_IBAN", "BANK_RECIPIENT", "BANK_NAME")
BANK_MEANINGS = {
    "BANK_IBAN": "our account, to which customers transfer money; statements are of this one",
    "BANK_RECIPIENT": "whom customers name as the recipient of a transfer",
    "BANK_NAME": "the bank that keeps our account",
    "TRANSFER_DAYS": "how many days customers have for a transfer (3); its statement has one more",
}


def read_bank(variables: Environment) -> BankRules:
    """Our account; locally a sample that no bank keeps."""
    usual = BankRules()
    iban = plain_iban(variables.text("BANK_IBAN", usual.iban))
    if not is_iban(iban):
        variables.fault("BANK_IBAN", "is no IBAN", fix="copy it from the bank's papers")
    return BankRules(
        iban=iban,
        recipient=variables.text("BANK_RECIPIENT", usual.recipient),
        bank_name=variables.text("BANK_NAME", usual.bank_name),
        days=variables.number("TRANSFER_DAYS", usual.days, low=1, high=14),
    )


def refuse_sample_account(variables: Environment) -> None:
    """Nobody is to be told to send real money to the account that no bank keeps."""
    sample = BankRules().iban
    if plain_iban(variables.text("BANK_IBAN", "")) == sample:
        variables.fault("BANK_IBAN", "is that of the sample", fix="give the IBAN of your account")
