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

Node = Any
"""An element of lxml, which has no types."""


def root() -> Node:
    """An empty invoice, with a place for the signature as its first part."""
    document = etree.Element(f"{{{INVOICE}}}Invoice", nsmap=NAMESPACES)
    above = document
    for name in ("UBLExtensions", "UBLExtension", "ExtensionContent"):
        above = etree.SubElement(above, f"{{{EXT}}}{name}")
    # The schema wants something there; the integrator puts the signature in its place
    etree.SubElement(above, f"{{{UNSIGNED}}}Unsigned", nsmap={None: UNSIGNED})
    return document


def part(above: Node, name: str) -> Node:
    """A new part below another; parts hold parts and values."""
    return etree.SubElement(above, f"{{{CAC}}}{name}")


def value(above: Node, name: str, text: object, **attributes: str) -> Node:
    """A new value below a part. What XML can't hold becomes a question mark."""
    node = etree.SubElement(above, f"{{{CBC}}}{name}", attributes)
    node.text = NOT_IN_XML.sub("?", unicodedata.normalize("NFC", str(text)))
    return node


def amount(above: Node, name: str, money: Money) -> Node:
    """A new amount with its currency, in two decimals."""
    return value(above, name, f"{money.amount:.2f}", currencyID=money.currency)


def serialized(document: Node) -> bytes:
    """The document's bytes: the same document gives the same."""
    etree.indent(document)
    content: bytes = etree.tostring(document, xml_declaration=True, encoding="UTF-8")
    return content
