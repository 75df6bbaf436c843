"""Who sells and who buys, as UBL-TR has them: a company by its VKN, a person by a TCKN."""

from __future__ import annotations

from msgspec import Struct

from adapters.ubl.elements import Node, part, value
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


def add_party(above: Node, side: Side) -> None:
    """The party with exactly one number, its address, tax office, and how to reach it."""
    party, company = part(above, "Party"), len(side.number) == COMPANY_DIGITS
    if side.web:
        value(party, "WebsiteURI", side.web)
    value(part(party, "PartyIdentification"), "ID", side.number, schemeID=scheme_of(side.number))
    if side.mersis:
        value(part(party, "PartyIdentification"), "ID", side.mersis, schemeID="MERSISNO")
    if company:
        value(part(party, "PartyName"), "Name", side.name)
    _add_address(party, side)
    if side.tax_office:
        value(part(part(party, "PartyTaxScheme"), "TaxScheme"), "Name", side.tax_office)
    contact = part(party, "Contact")
    if side.phone:
        value(contact, "Telephone", side.phone)
    if side.email:
        value(contact, "ElectronicMail", side.email)
    if not company:
        first, family = names_of(side.name)
        person = part(party, "Person")
        value(person, "FirstName", first)
        value(person, "FamilyName", family)


def add_signatory(above: Node, side: Side, *, ettn: str) -> None:
    """Whose signature the document waits for; the signature itself is the integrator's."""
    signature = part(above, "Signature")
    value(signature, "ID", side.number, schemeID="VKN_TCKN")
    party = part(signature, "SignatoryParty")
    value(part(party, "PartyIdentification"), "ID", side.number, schemeID=scheme_of(side.number))
    _add_address(party, side)
    reference = part(part(signature, "DigitalSignatureAttachment"), "ExternalReference")
    value(reference, "URI", f"#Signature_{ettn}")


def scheme_of(number: str) -> str:
    """How a tax number is called: that of a company, or that of a person."""
    return "VKN" if len(number) == COMPANY_DIGITS else "TCKN"


def names_of(name: str) -> tuple[str, str]:
    """First names and family name; both are asked for, also of somebody who has one name only."""
    *first, family = name.split() or ["-"]
    return " ".join(first) or "-", family


def _add_address(party: Node, side: Side) -> None:
    address = part(party, "PostalAddress")
    value(address, "StreetName", side.street or "-")
    value(address, "CitySubdivisionName", side.district or "-")
    value(address, "CityName", side.province or "-")
    if side.postcode:
        value(address, "PostalZone", side.postcode)
    value(part(address, "Country"), "Name", "Türkiye")
