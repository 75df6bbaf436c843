"""Who sells and who buys, as UBL-TR has them: a company by its VKN, a person by a TCKN."""

from __future__ import annotations

from msgspec import Struct

from adapters.ubl.elements import Part
from adapters.ubl.seller import Seller
from application.ports import InvoiceDocument

# What the revenue administration wants for a buyer who gave no number
ANONYMOUS_BUYER = "11111111111"
COMPANY_DIGITS = 10


class Side(Struct, frozen=True, kw_only=True):
    """One side of a sale, whoever it is."""

    number: str
    name: str
    street: str
    district: str
    province: str
    postcode: str = ""
    tax_office: str = ""
    phone: str = ""
    email: str = ""
    web: str = ""
    mersis: str = ""


def selling(seller: Seller) -> Side:
    """Us."""
    return Side(
        number=seller.vkn,
        name=seller.name,
        street=seller.address,
        district=seller.district,
        province=seller.province,
        postcode=seller.postcode,
        tax_office=seller.tax_office,
        phone=seller.phone,
        email=seller.email,
        web=seller.web,
        mersis=seller.mersis,
    )


def buying(invoice: InvoiceDocument) -> Side:
    """The buyer; one without a number is anybody."""
    buyer = invoice.buyer
    return Side(
        number=invoice.tax_number or ANONYMOUS_BUYER,
        name=buyer.name,
        street=buyer.line,
        district=buyer.district,
        province=buyer.province,
        postcode=buyer.postcode,
        tax_office=invoice.tax_office,
        phone=buyer.phone,
        email=invoice.email,
    )


def add_party(above: Part, side: Side) -> None:
    """The party with exactly one number, its address, tax office, and how to reach it."""
    party, company = above.part("Party"), len(side.number) == COMPANY_DIGITS
    if side.web:
        party.value("WebsiteURI", side.web)
    party.part("PartyIdentification").value("ID", side.number, schemeID=scheme_of(side.number))
    if side.mersis:
        party.part("PartyIdentification").value("ID", side.mersis, schemeID="MERSISNO")
    if company:
        party.part("PartyName").value("Name", side.name)
    _add_address(party, side)
    if side.tax_office:
        party.part("PartyTaxScheme").part("TaxScheme").value("Name", side.tax_office)
    contact = party.part("Contact")
    if side.phone:
        contact.value("Telephone", side.phone)
    if side.email:
        contact.value("ElectronicMail", side.email)
    if not company:
        first, family = names_of(side.name)
        person = party.part("Person")
        person.value("FirstName", first)
        person.value("FamilyName", family)


def add_signatory(above: Part, side: Side, *, ettn: str) -> None:
    """Whose signature the document waits for; the signature itself is the integrator's."""
    signature = above.part("Signature")
    signature.value("ID", side.number, schemeID="VKN_TCKN")
    party = signature.part("SignatoryParty")
    party.part("PartyIdentification").value("ID", side.number, schemeID=scheme_of(side.number))
    _add_address(party, side)
    reference = signature.part("DigitalSignatureAttachment").part("ExternalReference")
    reference.value("URI", f"#Signature_{ettn}")


def scheme_of(number: str) -> str:
    """How a tax number is called: that of a company, or that of a person."""
    return "VKN" if len(number) == COMPANY_DIGITS else "TCKN"


def names_of(name: str) -> tuple[str, str]:
    """First names and family name; both are asked for, also of somebody who has one name only."""
    *first, family = name.split() or ["-"]
    return " ".join(first) or "-", family


def _add_address(party: Part, side: Side) -> None:
    address = party.part("PostalAddress")
    address.value("StreetName", side.street or "-")
    address.value("CitySubdivisionName", side.district or "-")
    address.value("CityName", side.province or "-")
    if side.postcode:
        address.value("PostalZone", side.postcode)
    address.part("Country").value("Name", "Türkiye")
