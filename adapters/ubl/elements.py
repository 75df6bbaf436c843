"""Elements of UBL with their namespaces; texts hold nothing that XML can't."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from lxml import etree

from domain.shared.money import Money

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
INVOICE = f"{UBL}Invoice-2"
CAC = f"{UBL}CommonAggregateComponents-2"
CBC = f"{UBL}CommonBasicComponents-2"
EXT = f"{UBL}CommonExtensionComponents-2"
UNSIGNED = "urn:polikrami:unsigned"
NAMESPACES = {None: INVOICE, "cac": CAC, "cbc": CBC, "ext": EXT}
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Part:
    """An element that holds others: parts, and values at the ends."""

    def __init__(self, node: Any) -> None:
        self.node = node

    def part(self, name: str) -> Part:
        """A new part below this one."""
        return Part(etree.SubElement(self.node, f"{{{CAC}}}{name}"))

    def value(self, name: str, text: object, **attributes: str) -> None:
        """A new value below this part. What XML can't hold becomes a question mark."""
        node = etree.SubElement(self.node, f"{{{CBC}}}{name}", attributes)
        node.text = NOT_IN_XML.sub("?", unicodedata.normalize("NFC", str(text)))

    def amount(self, name: str, money: Money) -> None:
        """A new amount with its currency, in two decimals."""
        self.value(name, f"{money.amount:.2f}", currencyID=money.currency)

    def serialized(self) -> bytes:
        """The bytes of a whole document: the same document gives the same."""
        etree.indent(self.node)
        content: bytes = etree.tostring(self.node, xml_declaration=True, encoding="UTF-8")
        return content


def root() -> Part:
    """An empty invoice, with a place for the signature as its first part."""
    document = etree.Element(f"{{{INVOICE}}}Invoice", nsmap=NAMESPACES)
    above = document
    for name in ("UBLExtensions", "UBLExtension", "ExtensionContent"):
        above = etree.SubElement(above, f"{{{EXT}}}{name}")
    # The schema wants something there; the integrator puts the signature in its place
    etree.SubElement(above, f"{{{UNSIGNED}}}Unsigned", nsmap={None: UNSIGNED})
    return Part(document)
