"""What an invoice adds up to, and which type the revenue administration takes it for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from application.ports import InvoiceDocument, InvoiceLine
from domain.shared.money import Money, split_gross, total

# What may be said of a line without KDV that no law exempts
NOT_EXEMPT = "351"
EXEMPTIONS = {
    "335": "KDVK 13/n Basılı kitap ve süreli yayınların teslimleri",
    "350": "Diğerleri",
    NOT_EXEMPT: "KDV - istisna olmayan diğer",
}


class RateSum(Struct, frozen=True):
    """All lines of one rate and one reason together."""

    rate: Decimal
    exemption: str
    net: Money
    tax: Money


class LineParts(Struct, frozen=True):
    """A line's net amount taken apart: `price + surcharge - discount` is the net, to the kuruş."""

    price: Money
    surcharge: Money
    discount: Money


def by_rate(lines: Iterable[InvoiceLine]) -> list[RateSum]:
    """What the lines come to by rate, the highest first; what has no KDV tells why, also where
    there is too little, or nothing, to take any of.
    """
    groups: defaultdict[tuple[Decimal, str], list[InvoiceLine]] = defaultdict(list)
    for line in lines:
        groups[line.rate, "" if line.rate else line.exemption].append(line)
    return [
        RateSum(rate, "" if tax.amount else reason or NOT_EXEMPT, net, tax)
        for (rate, reason), group in sorted(groups.items(), key=_highest_first)
        for net in [total(line.net for line in group)]
        for tax in [total(line.tax for line in group)]
    ]


def parts_of(line: InvoiceLine) -> LineParts:
    """Take the line's net amount apart at its rate. That of a line of which only a part went back
    may be a kuruş beside its rate, so that a price with nothing added or taken off is the net.
    """
    charged = price = line.net
    if line.discount:
        charged = price = split_gross(line.gross + line.discount, line.rate).net
    if line.surcharge:
        gross = line.gross - line.surcharge
        gross += line.discount or line.gross * 0
        price = split_gross(gross, line.rate).net
    return LineParts(price, charged - price, charged - line.net)


def type_of(invoice: InvoiceDocument) -> str:
    """`IADE`, `ISTISNA` or `SATIS`. A line that the law exempts is accepted on the second only,
    also when taxed ones stand beside it.
    """
    if invoice.returned_from:
        return "IADE"
    exempt = {each.exemption for each in by_rate(invoice.lines)} - {"", NOT_EXEMPT}
    return "ISTISNA" if exempt else "SATIS"


def _highest_first(group: tuple[tuple[Decimal, str], list[InvoiceLine]]) -> tuple[Decimal, str]:
    (rate, reason), _ = group
    return -rate, reason
