"""Invoices in UBL-TR, the form in which the revenue administration takes them."""

from adapters.ubl.invoice import invoice_xml
from adapters.ubl.seller import Seller
from adapters.ubl.sums import by_rate, type_of

__all__ = ["Seller", "by_rate", "invoice_xml", "type_of"]
