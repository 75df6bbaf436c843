"""Lines of an invoice, its taxes and its totals, in UBL-TR."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from adapters.ubl.elements import Node, amount, part, value
from adapters.ubl.sums import EXEMPTIONS, RateSum, by_rate, parts_of
from application.ports import InvoiceLine
from domain.shared.money import Money, total

PIECE = "C62"
DISCOUNT, SURCHARGE = "İndirim", "Taksit farkı"


def add_line(invoice: Node, number: int, *, line: InvoiceLine) -> None:
    """One line: its net amount, what was added to and taken off its price, and its KDV."""
    parts = parts_of(line)
    node = part(invoice, "InvoiceLine")
    value(node, "ID", number)
    value(node, "InvoicedQuantity", line.quantity, unitCode=PIECE)
    amount(node, "LineExtensionAmount", line.net)
    if parts.discount.amount:
        _add_adjustment(node, parts.discount, price=parts.price, kind=DISCOUNT)
    if parts.surcharge.amount:
        _add_adjustment(node, parts.surcharge, price=parts.price, kind=SURCHARGE)
    add_taxes(node, by_rate([line]))
    value(part(node, "Item"), "Name", line.description.strip() or "-")
    amount(part(node, "Price"), "PriceAmount", _each(parts.price, line.quantity))


def add_taxes(above: Node, sums: Sequence[RateSum]) -> None:
    """The KDV by rate; where there is none, why."""
    taxes = part(above, "TaxTotal")
    amount(taxes, "TaxAmount", total(each.tax for each in sums))
    for each in sums:
        subtotal = part(taxes, "TaxSubtotal")
        amount(subtotal, "TaxableAmount", each.net)
        amount(subtotal, "TaxAmount", each.tax)
        value(subtotal, "Percent", f"{each.rate.normalize():f}")
        category = part(subtotal, "TaxCategory")
        if each.exemption:
            value(category, "TaxExemptionReasonCode", each.exemption)
            reason = EXEMPTIONS.get(each.exemption, each.exemption)
            value(category, "TaxExemptionReason", reason)
        scheme = part(category, "TaxScheme")
        value(scheme, "Name", "KDV")
        value(scheme, "TaxTypeCode", "0015")


def add_totals(invoice: Node, lines: Sequence[InvoiceLine]) -> None:
    """What all lines come to. Discounts stand on the lines, so none is left for the whole."""
    net, gross = total(line.net for line in lines), total(line.gross for line in lines)
    totals = part(invoice, "LegalMonetaryTotal")
    amount(totals, "LineExtensionAmount", net)
    amount(totals, "TaxExclusiveAmount", net)
    amount(totals, "TaxInclusiveAmount", gross)
    amount(totals, "AllowanceTotalAmount", gross * 0)
    amount(totals, "PayableAmount", gross)


def _add_adjustment(line: Node, money: Money, *, price: Money, kind: str) -> None:
    adjustment = part(line, "AllowanceCharge")
    value(adjustment, "ChargeIndicator", "true" if kind == SURCHARGE else "false")
    value(adjustment, "AllowanceChargeReason", kind)
    amount(adjustment, "Amount", money)
    if price.amount:
        amount(adjustment, "BaseAmount", price)


def _each(price: Money, quantity: int) -> Money:
    # Eight decimals are allowed; a price that does not divide is told as exactly as that
    return Money(price.amount / Decimal(quantity), price.currency) if quantity > 1 else price
