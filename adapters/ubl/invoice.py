"""The document itself: an e-Arşiv invoice of a sale made over the internet, or of its return."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.ubl.elements import Part, root
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
    order = document.part("OrderReference")
    order.value("ID", invoice.order_number)
    order.value("IssueDate", _day(invoice.paid_at))
    if returned:
        _add_reference(document, returned)
    add_signatory(document, issuer, ettn=str(invoice.ettn).upper())
    add_party(document.part("AccountingSupplierParty"), issuer)
    add_party(document.part("AccountingCustomerParty"), receiver)
    if invoice.dispatch and invoice.dispatch.tax_number:
        _add_dispatch(document, invoice.dispatch, to=them)
    _add_payment(document, invoice)
    add_taxes(document, by_rate(invoice.lines))
    add_totals(document, invoice.lines)
    for number, line in enumerate(invoice.lines, start=1):
        add_line(document, number, line=line)
    return document.serialized()


def _add_head(document: Part, invoice: InvoiceDocument) -> None:
    issued = invoice.issued_at.astimezone(ISTANBUL)
    document.value("UBLVersionID", "2.1")
    document.value("CustomizationID", "TR1.2")
    document.value("ProfileID", "EARSIVFATURA")
    document.value("ID", invoice.number)
    document.value("CopyIndicator", "false")
    document.value("UUID", str(invoice.ettn).upper())
    document.value("IssueDate", f"{issued:%Y-%m-%d}")
    document.value("IssueTime", f"{issued:%H:%M:%S}")
    document.value("InvoiceTypeCode", type_of(invoice))
    for note in _notes(invoice):
        document.value("Note", note)
    document.value("DocumentCurrencyCode", invoice.lines[0].gross.currency)
    document.value("LineCountNumeric", len(invoice.lines))


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


def _add_reference(document: Part, returned: ReturnedFrom) -> None:
    reference = document.part("BillingReference").part("InvoiceDocumentReference")
    reference.value("ID", returned.invoice_number)
    reference.value("IssueDate", _day(returned.invoice_issued_at))
    reference.value("DocumentTypeCode", "IADE")
    reference.value(
        "DocumentType", f"İade edilen fatura, ETTN {str(returned.invoice_ettn).upper()}"
    )


def _add_dispatch(document: Part, dispatch: Dispatch, *, to: Side) -> None:
    delivery = document.part("Delivery")
    if dispatch.on:
        delivery.value("ActualDeliveryDate", f"{dispatch.on:%Y-%m-%d}")
    carrier = delivery.part("CarrierParty")
    number = dispatch.tax_number
    carrier.part("PartyIdentification").value("ID", number, schemeID=scheme_of(number))
    carrier.part("PartyName").value("Name", dispatch.carrier)
    address = carrier.part("PostalAddress")
    address.value("CitySubdivisionName", to.district or "-")
    address.value("CityName", to.province or "-")
    address.part("Country").value("Name", "Türkiye")


def _add_payment(document: Part, invoice: InvoiceDocument) -> None:
    means = document.part("PaymentMeans")
    means.value("PaymentMeansCode", MEANS[invoice.paid_with])
    means.value("PaymentDueDate", _day(invoice.paid_at))
    through = f" - {invoice.intermediary}" if invoice.intermediary else ""
    means.value("InstructionNote", f"{invoice.payment_method}{through}")


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(ISTANBUL):%Y-%m-%d}"
