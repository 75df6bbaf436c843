"""Invoices in UBL-TR: the revenue administration's own rules accept them, and they add up."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from efatura_kontrol.kontrol import kontrol_et
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from adapters.ubl import invoice_xml
from application.ports import Dispatch, InvoiceDocument, InvoiceLine, ReturnedFrom
from domain.shared.money import Money, split_gross
from tests.documents.examples import CARD, CARGO, COVER, INVOICE, SELLER, line

NAMES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
BOOK = replace(line("Basılı kitap", "100.00", "0"), exemption="335")
COMPANY = replace(
    INVOICE,
    tax_number="1234567890",
    tax_office="Fatih",
    buyer=replace(INVOICE.buyer, name="Işık Kitap Ltd. Şti."),
)
RETURNED = ReturnedFrom(
    kind="iade_invoice_received",
    invoice_number="PKC2026000000042",
    invoice_ettn=INVOICE.ettn,
    invoice_issued_at=INVOICE.issued_at,
)
CREDITS = replace(INVOICE, lines=(line("500 kredi", "349.90"),), goods=False)
NOBODY = replace(INVOICE.buyer, name="", line="", district="", province="", postcode="", phone="")

DOCUMENTS = {
    "a person without a number": INVOICE,
    "a person with a TCKN": replace(INVOICE, tax_number="12345678901"),
    "a company": COMPANY,
    "one rate each": replace(INVOICE, lines=(COVER, CARD, line("Dergi", "12.50", "1"))),
    "all exempt": replace(INVOICE, lines=(BOOK,)),
    "taxed and exempt": replace(INVOICE, lines=(COVER, CARGO, BOOK)),
    "no KDV and no law that says why": replace(INVOICE, lines=(COVER, line("x", "10.00", "0"))),
    "instalments": replace(
        INVOICE, lines=(replace(COVER, surcharge=Money.of("60.00")), CARGO), installments=6
    ),
    "discounts": replace(INVOICE, lines=(replace(COVER, discount=Money.of("140.00")), CARGO)),
    "a line that costs nothing": replace(
        INVOICE, lines=(COVER, replace(line("Kargo", "0.00"), discount=Money.of("30.00")))
    ),
    "one kuruş": replace(INVOICE, lines=(line("x", "0.01"),)),
    "credits": CREDITS,
    "a carrier": replace(
        INVOICE,
        dispatch=Dispatch(
            carrier="Örnek Kargo A.Ş.", tax_number="9876543210", on=date(2026, 11, 24)
        ),
    ),
    "a carrier without a number": replace(INVOICE, dispatch=Dispatch(carrier="Örnek Kargo")),
    "a bank transfer": replace(INVOICE, paid_with="transfer", payment_method="EFT/Havale"),
    "a card": replace(INVOICE, paid_with="card", intermediary="iyzico Ödeme Hizmetleri A.Ş."),
    "an invoice that counts": replace(INVOICE, sample=False),
    "three pieces": replace(INVOICE, lines=(replace(line("Kapak", "1000.00"), quantity=3),)),
    "a return": replace(COMPANY, number="PLI2026000000001", returned_from=RETURNED),
    "a return of something exempt": replace(COMPANY, lines=(COVER, BOOK), returned_from=RETURNED),
    "nearly nothing said": replace(INVOICE, buyer=NOBODY, email="", lines=(line("", "1.00"),)),
    "what no XML can hold": replace(INVOICE, lines=(line("a\x00b\ud800 <&>", "1.00"),)),
}

rates = st.sampled_from([Decimal(rate) for rate in ("20", "10", "1", "0")])
prices = st.decimals(min_value="0.01", max_value="99999.99", places=2)


@st.composite
def lines(draw: st.DrawFn) -> InvoiceLine:
    """A line with or without discount and surcharge, at any rate."""
    gross, rate = Money.of(draw(prices)), draw(rates)
    split = split_gross(gross, rate)
    part = st.none() | st.decimals(min_value="0.01", max_value=gross.amount, places=2)
    surcharge, discount = draw(part), draw(part)
    return InvoiceLine(
        description="Kapak",
        quantity=draw(st.integers(1, 7)),
        gross=gross,
        net=split.net,
        tax=split.tax,
        rate=rate,
        surcharge=Money.of(surcharge) if surcharge else None,
        discount=Money.of(discount) if discount else None,
        exemption="" if rate else "335",
    )


def faults_of(document: InvoiceDocument) -> list[str]:
    """What the administration's schema and rules say against it, and what does not add up."""
    report = kontrol_et(invoice_xml(document, SELLER))
    return [f"{each.kod}: {each.mesaj}" for each in report.bulgular if each.seviye != "bilgi"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_administrations_rules_accept(name: str) -> None:
    assert faults_of(DOCUMENTS[name]) == []


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (INVOICE, "SATIS"),
        (DOCUMENTS["all exempt"], "ISTISNA"),
        (DOCUMENTS["taxed and exempt"], "ISTISNA"),
        (DOCUMENTS["no KDV and no law that says why"], "SATIS"),
        (DOCUMENTS["a return of something exempt"], "IADE"),
    ],
)
def test_the_type_fits_the_lines(document: InvoiceDocument, kind: str) -> None:
    assert text(parsed(document), "cbc:InvoiceTypeCode") == kind


def test_a_broken_document_is_not_accepted() -> None:
    """The rules themselves can say no, so that their yes means something."""
    wrong = invoice_xml(INVOICE, SELLER).replace(b"PKC2026000000042", b"PKC202600000042")
    assert not kontrol_et(wrong).gecerli


@settings(deadline=None, max_examples=150)
@given(st.lists(lines(), min_size=1, max_size=6))
def test_what_is_read_back_adds_up_to_the_kurus(found: list[InvoiceLine]) -> None:
    document = replace(INVOICE, lines=tuple(found))
    root = parsed(document)
    paid = sum((each.gross.amount for each in found), Decimal(0))
    nets = [
        number(each, "cbc:LineExtensionAmount") for each in root.findall("cac:InvoiceLine", NAMES)
    ]
    taxes = [
        number(each, "cac:TaxTotal/cbc:TaxAmount")
        for each in root.findall("cac:InvoiceLine", NAMES)
    ]
    totals = "cac:LegalMonetaryTotal/cbc:"
    assert number(root, f"{totals}LineExtensionAmount") == sum(nets)
    assert number(root, f"{totals}TaxExclusiveAmount") == sum(nets)
    assert number(root, "cac:TaxTotal/cbc:TaxAmount") == sum(taxes)
    assert number(root, f"{totals}TaxInclusiveAmount") == sum(nets) + sum(taxes) == paid
    assert number(root, f"{totals}PayableAmount") == paid
    assert subtotals(root) == by_rate(found)
    for each in root.findall("cac:InvoiceLine", NAMES):
        assert price_of(each) == number(each, "cbc:LineExtensionAmount")


@settings(deadline=None, max_examples=40)
@given(st.lists(lines(), min_size=1, max_size=4), st.sampled_from(["", "1234567890"]))
def test_any_lines_are_accepted(found: list[InvoiceLine], tax_number: str) -> None:
    document = replace(INVOICE, lines=tuple(found), tax_number=tax_number)
    assert [each for each in faults_of(document) if not each.startswith("hesap-vergi:")] == []


@settings(deadline=None, max_examples=60)
@given(typed=st.text(max_size=60))
def test_whatever_people_type_is_xml(typed: str) -> None:
    buyer = replace(INVOICE.buyer, name=typed, line=typed, district=typed, province=typed)
    odd = replace(INVOICE, buyer=buyer, email=typed, lines=(line(typed, "1.00"),), tax_office=typed)
    assert invoice_xml(odd, SELLER) == invoice_xml(odd, SELLER)
    assert [each for each in faults_of(odd) if each.startswith("xsd")] == []


def test_an_internet_sale_says_where_how_and_when_it_was_paid() -> None:
    root = parsed(replace(DOCUMENTS["a card"], dispatch=DOCUMENTS["a carrier"].dispatch))
    means = "cac:PaymentMeans/cbc:"
    assert text(root, "cac:AccountingSupplierParty/cac:Party/cbc:WebsiteURI") == SELLER.web
    assert text(root, f"{means}PaymentMeansCode") == "48"
    assert text(root, f"{means}PaymentDueDate") == "2026-11-23"
    assert text(root, f"{means}InstructionNote").endswith("iyzico Ödeme Hizmetleri A.Ş.")
    assert text(root, "cac:Delivery/cac:CarrierParty/cac:PartyName/cbc:Name") == "Örnek Kargo A.Ş."
    notes = [each.text for each in root.findall("cbc:Note", NAMES)]
    assert "Bu satış internet üzerinden yapılmıştır." in notes
    assert "Bu belge mali mühür ile imzalanmamıştır." in notes
    assert "ÖRNEKTİR - mali değeri yoktur" in notes


def test_the_time_of_issue_is_istanbuls() -> None:
    root = parsed(INVOICE)
    assert (text(root, "cbc:IssueDate"), text(root, "cbc:IssueTime")) == ("2026-11-23", "00:30:05")


def test_a_return_is_invoiced_by_the_company_that_bought() -> None:
    root = parsed(DOCUMENTS["a return"])
    identity = "/cac:Party/cac:PartyIdentification/cbc:ID"
    assert text(root, f"cac:AccountingSupplierParty{identity}") == COMPANY.tax_number
    assert text(root, f"cac:AccountingCustomerParty{identity}") == SELLER.vkn
    reference = "cac:BillingReference/cac:InvoiceDocumentReference/cbc:"
    assert text(root, f"{reference}ID") == "PKC2026000000042"


@pytest.mark.parametrize("beside", ["-0.01", "0.01"])
def test_a_part_that_went_back_has_no_discount_of_a_kurus(beside: str) -> None:
    """All parts of a line have its net together; one of them may be a kuruş beside its rate."""
    part = replace(COVER, net=COVER.net + Money.of(beside), tax=COVER.tax - Money.of(beside))
    returned = replace(DOCUMENTS["a return"], lines=(part,))
    root = parsed(returned)
    assert root.findall(".//cac:AllowanceCharge", NAMES) == []
    assert price_of(root.findall("cac:InvoiceLine", NAMES)[0]) == part.net.amount
    assert faults_of(returned) == []


@pytest.mark.parametrize("kind", ["earsiv_return_part", "gider_pusulasi"])
def test_what_a_person_returns_has_no_form_in_ubl(kind: str) -> None:
    returned = replace(RETURNED, kind=kind)
    assert invoice_xml(replace(INVOICE, returned_from=returned), SELLER) == b""


def parsed(document: InvoiceDocument) -> etree._Element:
    """The document, read back from its bytes."""
    return etree.fromstring(invoice_xml(document, SELLER))


def text(node: etree._Element, path: str) -> str:
    """The text at a path."""
    return node.findtext(path, namespaces=NAMES) or ""


def number(node: etree._Element, path: str) -> Decimal:
    """The amount at a path."""
    return Decimal(text(node, path))


def price_of(node: etree._Element) -> Decimal:
    """What a line's price, surcharge and discount come to."""
    sum_ = number(node, "cac:Price/cbc:PriceAmount") * number(node, "cbc:InvoicedQuantity")
    for each in node.findall("cac:AllowanceCharge", NAMES):
        amount = number(each, "cbc:Amount")
        assert amount > 0
        sum_ += amount if text(each, "cbc:ChargeIndicator") == "true" else -amount
    return sum_.quantize(Decimal("0.01"))


def subtotals(root: etree._Element) -> dict[Decimal, tuple[Decimal, Decimal]]:
    """Base and KDV by rate, as the document tells them."""
    return {
        number(each, "cbc:Percent"): (
            number(each, "cbc:TaxableAmount"),
            number(each, "cbc:TaxAmount"),
        )
        for each in root.findall("cac:TaxTotal/cac:TaxSubtotal", NAMES)
    }


def by_rate(found: list[InvoiceLine]) -> dict[Decimal, tuple[Decimal, Decimal]]:
    """Base and KDV by rate, as the lines have them."""
    sums: defaultdict[Decimal, tuple[Decimal, Decimal]] = defaultdict(
        lambda: (Decimal(0), Decimal(0))
    )
    for each in found:
        net, tax = sums[each.rate]
        sums[each.rate] = (net + each.net.amount, tax + each.tax.amount)
    return dict(sums)
