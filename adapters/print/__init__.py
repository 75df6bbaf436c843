"""Documents on paper: invoices set in type, and files for the print house."""

from adapters.print.invoices import TypstInvoicePrinter
from adapters.print.preflight import preflight
from adapters.print.prepress import PdfPrepress, PrintFileRefused
from adapters.ubl import Seller

__all__ = ["PdfPrepress", "PrintFileRefused", "Seller", "TypstInvoicePrinter", "preflight"]
