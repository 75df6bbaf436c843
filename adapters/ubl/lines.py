"""Lines of an invoice, its taxes and its totals, in UBL-TR."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from adapters.ubl.elements import Part
from adapters.ubl.sums import EXEMPTIONS, RateSum, by_rate, parts_of
from application.ports import InvoiceLine
from domain.shared.money import KURUS, Money, total

PIECE = "C62"
DISCOUNT, SURCHARGE = "İndirim", "Taksit farkı"


def add_line(invoice: Part, number: int, *, line: InvoiceLine) -> None:
    """One line: its net amount, what was added to and taken off its price, and its KDV."""
    parts = parts_of(line)
    node = invoice.part("InvoiceLine")
    node.value("ID", number)
    node.value("InvoicedQuantity", line.quantity, unitCode=PIECE)
    node.amount("LineExtensionAmount", line.net)
    if parts.discount.amount:
        _add_adjustment(node, parts.discount, price=parts.price, kind=DISCOUNT)
    if parts.surcharge.amount:
        _add_adjustment(node, parts.surcharge, price=parts.price, kind=SURCHARGE)
    add_taxes(node, by_rate([line]))
    node.part("Item").value("Name", line.description.strip() or "-")
    _add_price(node.part("Price"), parts.price, quantity=line.quantity)


def add_taxes(above: Part, sums: Sequence[RateSum]) -> None:
    """The KDV by rate; where there is none, why."""
    taxes = above.part("TaxTotal")
    taxes.amount("TaxAmount", total(each.tax for each in sums))
    for each in sums:
        subtotal = taxes.part("TaxSubtotal")
        subtotal.amount("TaxableAmount", each.net)
        subtotal.amount("TaxAmount", each.tax)
        subtotal.value("Percent", f"{each.rate.normalize():f}")
        category = subtotal.part("TaxCategory")
        if each.exemption:
            category.value("TaxExemptionReasonCode", each.exemption)
            reason = EXEMPTIONS.get(each.exemption, each.exemption)
            category.value("TaxExemptionReason", reason)
        scheme = category.part("TaxScheme")
        scheme.value("Name", "KDV")
        scheme.value("TaxTypeCode", "0015")


def add_totals(invoice: Part, lines: Sequence[InvoiceLine]) -> None:
    """What all lines come to. Discounts stand on the lines, so none is left for the whole."""
    net, gross = total(line.net for line in lines), total(line.gross for line in lines)
    totals = invoice.part("LegalMonetaryTotal")
    totals.amount("LineExtensionAmount", net)
    totals.amount("TaxExclusiveAmount", net)
    totals.amount("TaxInclusiveAmount", gross)
    totals.amount("AllowanceTotalAmount", gross * 0)
    totals.amount("PayableAmount", gross)


def _add_adjustment(line: Part, money: Money, *, price: Money, kind: str) -> None:
    adjustment = line.part("AllowanceCharge")
    adjustment.value("ChargeIndicator", "true" if kind == SURCHARGE else "false")
    adjustment.value("AllowanceChargeReason", kind)
    adjustment.amount("Amount", money)
    if price.amount:
        adjustment.amount("BaseAmount", price)


def _add_price(above: Part, price: Money, *, quantity: int) -> None:
    each = price.amount / Decimal(quantity)
    # A price that does not divide to the kuruş is told with as many decimals as are allowed
    exact = each == each.quantize(KURUS)
    written = f"{each:.2f}" if exact else f"{each:.8f}"
    above.value("PriceAmount", written, currencyID=price.currency)
