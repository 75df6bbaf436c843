"""The document itself: an e-Arşiv invoice of a sale made over the internet, or of its return."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.ubl.elements import Node, part, root, serialized, value
from adapters.ubl.lines import add_line, add_taxes, add_totals
from adapters.ubl.parties import Side, add_party, add_signatory, buying, scheme_of, selling
from adapters.ubl.seller import Seller
from adapters.ubl.sums import by_rate, type_of
from adapters.words import amount_in_words
from application.ports import Dispatch, InvoiceDocument, ReturnedFrom
from domain.shared.money import total

ISTANBUL = ZoneInfo("Europe/Istanbul")
MEANS = {"card": "48", "transfer": "42", "": "ZZZ"}
SAMPLE = "ÖRNEKTİR - mali değeri yoktur"
UNSIGNED = "Bu belge mali mühür ile imzalanmamıştır."


def invoice_xml(invoice: InvoiceDocument, seller: Seller) -> bytes:
    """The document in UBL-TR 1.2; empty for a return that has no form in it.

    The same document gives the same bytes. It is not signed: that is the integrator's part.
    """
    returned = invoice.returned_from
    if returned and returned.kind != "iade_invoice_received":
        return b""
    us, them = selling(seller), buying(invoice)
    issuer, receiver = (them, us) if returned else (us, them)
    document = root()
    _add_head(document, invoice)
    order = part(document, "OrderReference")
    value(order, "ID", invoice.order_number)
    value(order, "IssueDate", _day(invoice.paid_at))
    if returned:
        _add_reference(document, returned)
    add_signatory(document, issuer, ettn=str(invoice.ettn).upper())
    add_party(part(document, "AccountingSupplierParty"), issuer)
    add_party(part(document, "AccountingCustomerParty"), receiver)
    if invoice.dispatch and invoice.dispatch.tax_number:
        _add_dispatch(document, invoice.dispatch, to=them)
    _add_payment(document, invoice)
    add_taxes(document, by_rate(invoice.lines))
    add_totals(document, invoice.lines)
    for number, line in enumerate(invoice.lines, start=1):
        add_line(document, number, line=line)
    return serialized(document)


def _add_head(document: Node, invoice: InvoiceDocument) -> None:
    issued = invoice.issued_at.astimezone(ISTANBUL)
    value(document, "UBLVersionID", "2.1")
    value(document, "CustomizationID", "TR1.2")
    value(document, "ProfileID", "EARSIVFATURA")
    value(document, "ID", invoice.number)
    value(document, "CopyIndicator", "false")
    value(document, "UUID", str(invoice.ettn).upper())
    value(document, "IssueDate", f"{issued:%Y-%m-%d}")
    value(document, "IssueTime", f"{issued:%H:%M:%S}")
    value(document, "InvoiceTypeCode", type_of(invoice))
    for note in _notes(invoice):
        value(document, "Note", note)
    value(document, "DocumentCurrencyCode", invoice.lines[0].gross.currency)
    value(document, "LineCountNumeric", len(invoice.lines))


def _notes(invoice: InvoiceDocument) -> list[str]:
    gross = total(line.gross for line in invoice.lines)
    notes = [f"Yalnız: {amount_in_words(gross)}"]
    if invoice.returned_from is None:
        notes += ["Bu satış internet üzerinden yapılmıştır.", f"Ödeme: {invoice.payment_method}"]
    if invoice.installments > 1:
        notes.append(f"{invoice.installments} taksitle ödenmiştir.")
    surcharge = total(line.surcharge for line in invoice.lines if line.surcharge)
    if surcharge.amount:
        notes.append(f"Toplam taksit farkı: {surcharge.written('tr')}")
    if invoice.dispatch:
        notes.append(f"Taşıyan: {invoice.dispatch.carrier}")
    return [*notes, UNSIGNED, SAMPLE] if invoice.sample else [*notes, UNSIGNED]


def _add_reference(document: Node, returned: ReturnedFrom) -> None:
    reference = part(part(document, "BillingReference"), "InvoiceDocumentReference")
    value(reference, "ID", returned.invoice_number)
    value(reference, "IssueDate", _day(returned.invoice_issued_at))
    value(reference, "DocumentTypeCode", "IADE")
    value(
        reference, "DocumentType", f"İade edilen fatura, ETTN {str(returned.invoice_ettn).upper()}"
    )


def _add_dispatch(document: Node, dispatch: Dispatch, *, to: Side) -> None:
    delivery = part(document, "Delivery")
    if dispatch.on:
        value(delivery, "ActualDeliveryDate", f"{dispatch.on:%Y-%m-%d}")
    carrier = part(delivery, "CarrierParty")
    number = dispatch.tax_number
    value(part(carrier, "PartyIdentification"), "ID", number, schemeID=scheme_of(number))
    value(part(carrier, "PartyName"), "Name", dispatch.carrier)
    address = part(carrier, "PostalAddress")
    value(address, "CitySubdivisionName", to.district or "-")
    value(address, "CityName", to.province or "-")
    value(part(address, "Country"), "Name", "Türkiye")


def _add_payment(document: Node, invoice: InvoiceDocument) -> None:
    means = part(document, "PaymentMeans")
    value(means, "PaymentMeansCode", MEANS[invoice.paid_with])
    value(means, "PaymentDueDate", _day(invoice.paid_at))
    through = f" - {invoice.intermediary}" if invoice.intermediary else ""
    value(means, "InstructionNote", f"{invoice.payment_method}{through}")


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(ISTANBUL):%Y-%m-%d}"
