"""Files for the bank: the same bytes for the same run, sums that fit, and nothing that is run."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree
from msgspec.structs import replace

from adapters.payout_files import BankPayoutFiles
from application.ports import PayoutBook, PayoutLine
from domain.bank import code_of, codes_in, is_iban
from domain.shared.money import Money
from tests.bank.files import OURS
from tests.earnings.examples import IBAN, OTHER_PAYOUT, REFERENCE, RUN_REFERENCE
from tests.given import NOW

OTHER_REFERENCE = code_of("payout", OTHER_PAYOUT)
BOOK = PayoutBook(
    reference=RUN_REFERENCE,
    payer="Polikrami Örnek Ticaret A.Ş.",
    iban=OURS,
    made_at=NOW,
    pay_on=date(2026, 3, 2),
    lines=(
        PayoutLine(
            reference=REFERENCE, holder="Işıl <Çınar> & Oğlu", iban=IBAN, amount=Money.of("300.10")
        ),
        PayoutLine(reference=OTHER_REFERENCE, holder="=1+1", iban=OURS, amount=Money.of("1250.95")),
    ),
)
FILES = BankPayoutFiles()


def texts(name: str) -> list[str]:
    """The texts of all elements of this name."""
    root = etree.fromstring(FILES.write(BOOK, "pain.001"))
    return [str(each.text) for each in root.iter(f"{{*}}{name}")]


def test_the_xml_counts_and_adds_up_what_it_pays() -> None:
    amounts = [Decimal(each) for each in texts("InstdAmt")]
    assert amounts == [Decimal("300.10"), Decimal("1250.95")]
    assert texts("CtrlSum") == ["1551.05"] * 2
    assert texts("NbOfTxs") == ["2", "2"]
    assert texts("IBAN") == [OURS, IBAN, OURS]
    assert all(map(is_iban, texts("IBAN")))
    assert texts("Nm")[2:] == ["Işıl <Çınar> & Oğlu", "=1+1"]


def test_the_xml_names_the_run_and_each_payout_as_statements_will() -> None:
    assert texts("MsgId") == texts("PmtInfId") == [RUN_REFERENCE]
    assert texts("EndToEndId") == [REFERENCE, OTHER_REFERENCE]
    assert [codes_in(each) for each in texts("Ustrd")] == [
        (RUN_REFERENCE, REFERENCE),
        (RUN_REFERENCE, OTHER_REFERENCE),
    ]


def test_elements_stand_in_the_order_of_the_schema() -> None:
    root = etree.fromstring(FILES.write(BOOK, "pain.001"))
    [payment] = root.iter("{*}PmtInf")
    names = [etree.QName(each).localname for each in payment]
    assert names == [
        "PmtInfId",
        "PmtMtd",
        "BtchBookg",
        "NbOfTxs",
        "CtrlSum",
        "ReqdExctnDt",
        "Dbtr",
        "DbtrAcct",
        "DbtrAgt",
        "ChrgBr",
        "CdtTrfTxInf",
        "CdtTrfTxInf",
    ]
    transfer = [etree.QName(each).localname for each in payment[-1]]
    assert transfer == ["PmtId", "Amt", "Cdtr", "CdtrAcct", "RmtInf"]


def test_csv_has_a_line_for_each_payment_and_no_formula() -> None:
    text = FILES.write(BOOK, "csv").decode("utf-8-sig")
    first, second = csv.DictReader(io.StringIO(text), delimiter=";")
    assert (first["iban"], first["amount"], first["currency"]) == (IBAN, "300.10", "TRY")
    assert second["name"] == "1+1"
    assert codes_in(first["text"]) == (RUN_REFERENCE, REFERENCE)


@pytest.mark.parametrize("form", ["pain.001", "csv"])
def test_the_same_book_is_the_same_file(form: str) -> None:
    assert form in {"pain.001", "csv"}
    first = FILES.write(BOOK, form)  # type: ignore[arg-type]  # both are forms
    assert first == FILES.write(replace(BOOK), form)  # type: ignore[arg-type]  # both are forms
