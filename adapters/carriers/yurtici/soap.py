"""SOAP calls to the carrier's web service: what is no proper answer is no answer.

The envelopes are made and read by lxml, and read by names in any order. A SOAP library reads by the
service's description, in its order; ours is not the carrier's own, and where that tells more, or in
another order, the library would lose what comes after without a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
from lxml import etree

from application.ports import Unavailable
from application.tracing import SpanKind, span

WSDL = Path(__file__).with_name("shipping_orders.wsdl")
NAMESPACE = "http://yurticikargo.com.tr/ShippingOrderDispatcherServices"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
LARGEST_ANSWER = 4 * 1024 * 1024
HEADERS = {"content-type": "text/xml; charset=utf-8", "SOAPAction": '""'}

Content = Mapping[str, Any]
"""Elements by their names, in order: texts, elements inside, or lists of either."""


class Said:
    """An element of an answer. Namespaces are not looked at."""

    def __init__(self, element: Any) -> None:
        self._element = element

    def text(self, name: str) -> str:
        """The text of the first element of this name, without white space around it; or none."""
        for element in self._named(name):
            return (element.text or "").strip()
        return ""

    def all(self, name: str) -> list[Said]:
        """The elements of this name that are directly in it."""
        return [Said(element) for element in self._named(name)]

    def one(self, name: str) -> Said:
        """The first of them; an empty one if there is none."""
        return next(iter(self.all(name)), Said(()))

    def _named(self, name: str) -> Iterable[Any]:
        return (
            each
            for each in self._element
            if isinstance(each.tag, str) and etree.QName(each).localname == name
        )


class SoapDesk:
    """Calls operations; `http` carries the time-outs, `url` is where the service is."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    async def call(self, operation: str, answer: str, content: Content) -> Said:
        """What stands in the element `answer` of an operation's response. Raises `Unavailable` for
        everything that is no response: then it is not known whether it was done.
        """
        try:
            with span("carrier", kind=SpanKind.CLIENT):
                response = await self._http.post(
                    self._url, content=_envelope(operation, content), headers=HEADERS
                )
        except httpx.HTTPError as error:
            raise Unavailable(f"yurtici: {type(error).__name__}") from error
        if response.status_code != httpx.codes.OK:
            raise Unavailable(f"yurtici: {response.status_code}")
        root = _parsed(response.content)
        found = root.find(f"{{{ENVELOPE}}}Body/{{*}}{operation}Response/{{*}}{answer}")
        if found is None:
            # A fault's own text is not told on: it may repeat what was asked
            raise Unavailable("yurtici: no response")
        return Said(found)


def _envelope(operation: str, content: Content) -> bytes:
    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soap": ENVELOPE, "ship": NAMESPACE})
    body = etree.SubElement(envelope, f"{{{ENVELOPE}}}Body")
    _fill(etree.SubElement(body, f"{{{NAMESPACE}}}{operation}"), content)
    return bytes(etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"))


def _fill(parent: Any, content: Content) -> None:
    for name, given in content.items():
        for each in given if isinstance(given, list) else [given]:
            element = etree.SubElement(parent, name)
            if isinstance(each, Mapping):
                _fill(element, each)
            else:
                element.text = _without_controls(str(each))


def _without_controls(text: str) -> str:
    """XML can't hold control characters, however they are written."""
    return "".join(letter for letter in text if letter >= " " and letter not in "\ufffe\uffff")


def _parsed(content: bytes) -> Any:
    """Only whole XML: of an answer that was cut off, half a number might be read."""
    if len(content) > LARGEST_ANSWER:
        raise Unavailable("yurtici: too long an answer")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Unavailable("yurtici: no XML") from error
