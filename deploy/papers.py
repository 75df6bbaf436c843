"""What is set in type: invoices, and labels of parcels."""

from __future__ import annotations

from pathlib import Path

from adapters.print import Seller, TypstInvoicePrinter
from adapters.print.labels import TypstLabelPrinter
from application.invoices import InvoicingRules
from deploy.settings import Settings
from domain.shared.address import Address


def invoice_printer(settings: Settings, fonts: Path) -> TypstInvoicePrinter:
    """Prints the seller's invoices."""
    seller = settings.invoicing.seller
    return TypstInvoicePrinter(
        Seller(
            name=seller.name,
            address=seller.address,
            district=seller.district,
            province=seller.province,
            tax_office=seller.tax_office,
            vkn=seller.tax_number,
            mersis="",
            web=seller.website,
            email=seller.email,
            phone=seller.phone,
        ),
        fonts,
    )


def label_printer(settings: Settings, fonts: Path) -> TypstLabelPrinter:
    """Prints labels with the seller as the sender."""
    seller = settings.invoicing.seller
    sender = Address(
        name=seller.name,
        line=seller.address,
        district=seller.district,
        province=seller.province,
        phone=seller.phone,
    )
    return TypstLabelPrinter(sender, fonts)


def invoicing_rules(settings: Settings) -> InvoicingRules:
    """How invoices are numbered, marked, and sent."""
    invoicing = settings.invoicing
    return InvoicingRules(
        series=invoicing.series,
        return_series=invoicing.return_series,
        sample=invoicing.sample,
        carrier=invoicing.carrier,
        carrier_tax_number=invoicing.carrier_tax_number,
    )
