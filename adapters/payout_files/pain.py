"""Payments as ISO 20022 pain.001.001.09: one instruction of all payments of a run."""

from __future__ import annotations

from lxml import etree
from lxml.etree import _Element

from application.ports import PayoutBook, PayoutLine
from domain.bank import printed
from domain.shared.days import TURKEY
from domain.shared.money import total

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
LONGEST_NAME = 70


def pain_of(book: PayoutBook) -> bytes:
    """The file. The message has the run's reference as its id, by which the bank knows a file that
    it is given twice.
    """
    document = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})
    initiation = _add(document, "CstmrCdtTrfInitn")
    header = _add(initiation, "GrpHdr")
    _add(header, "MsgId", book.reference)
    _add(header, "CreDtTm", book.made_at.astimezone(TURKEY).isoformat(timespec="seconds"))
    _sums(header, book)
    _name(_add(header, "InitgPty"), book.payer)
    payment = _add(initiation, "PmtInf")
    _add(payment, "PmtInfId", book.reference)
    _add(payment, "PmtMtd", "TRF")
    _add(payment, "BtchBookg", "false")
    _sums(payment, book)
    _add(_add(payment, "ReqdExctnDt"), "Dt", book.pay_on.isoformat())
    _name(_add(payment, "Dbtr"), book.payer)
    _add(_add(_add(payment, "DbtrAcct"), "Id"), "IBAN", book.iban)
    institution = _add(_add(payment, "DbtrAgt"), "FinInstnId")
    _add(_add(institution, "Othr"), "Id", "NOTPROVIDED")
    _add(payment, "ChrgBr", "SLEV")
    for line in book.lines:
        _transfer(payment, line, run=book.reference)
    content: bytes = etree.tostring(
        document, xml_declaration=True, encoding="UTF-8", pretty_print=True
    )
    return content


def _transfer(payment: _Element, line: PayoutLine, *, run: str) -> None:
    transfer = _add(payment, "CdtTrfTxInf")
    _add(_add(transfer, "PmtId"), "EndToEndId", line.reference)
    amount = _add(_add(transfer, "Amt"), "InstdAmt", f"{line.amount.amount:.2f}")
    amount.set("Ccy", line.amount.currency)
    _name(_add(transfer, "Cdtr"), line.holder)
    _add(_add(_add(transfer, "CdtrAcct"), "Id"), "IBAN", line.iban)
    text = f"{printed(run)} {printed(line.reference)}"
    _add(_add(transfer, "RmtInf"), "Ustrd", text)


def _sums(parent: _Element, book: PayoutBook) -> None:
    _add(parent, "NbOfTxs", str(len(book.lines)))
    _add(parent, "CtrlSum", f"{total(line.amount for line in book.lines).amount:.2f}")


def _name(parent: _Element, name: str) -> None:
    _add(parent, "Nm", name[:LONGEST_NAME])


def _add(parent: _Element, name: str, text: str | None = None) -> _Element:
    added = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    added.text = text
    return added
