"""A local server that speaks Yurtiçi Kargo's protocol, with a book, and with faults on demand."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Literal

from lxml import etree
from msgspec import Struct

from adapters.carriers.yurtici.soap import ENVELOPE, NAMESPACE, WSDL

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
LocalFault = Literal[
    "silent_before",
    "silent_after",
    "server_error",
    "html",
    "soap_fault",
    "cut_off",
    "not_xml",
    "unexpected",
]
Facts = Mapping[str, str]

SCHEMA = "{http://www.w3.org/2001/XMLSchema}schema"
PATH = "/KOPSWebServices/ShippingOrderDispatcherServices"
SHORTEST_ADDRESS, PHONE_DIGITS = 10, 10
CODES = {"NOP": "0", "IND": "1", "ISR": "2", "CNL": "3", "ISC": "4", "DLV": "5", "BI": "6"}


class Kept(Struct, kw_only=True):
    """A parcel in the book: what was announced, and where it stands."""

    order: dict[str, str]
    job_id: int
    status: str = "NOP"
    item: dict[str, str] = {}


class LocalYurtici:
    """An ASGI application. `book` has the parcels by their keys, `asked` the operations as they
    came; `faults` happen to the next requests, one each.
    """

    def __init__(self, user: str, password: str) -> None:
        self._account = (user, password)
        document = etree.parse(str(WSDL))
        schema = document.find(f".//{SCHEMA}")
        assert schema is not None
        self._schema = etree.XMLSchema(schema)
        self.book: dict[str, Kept] = {}
        self.asked: list[str] = []
        self.faults: deque[LocalFault] = deque()

    def move(self, key: str, status: str, **item: str) -> None:
        """Let a parcel stand somewhere else; `item` is told with it."""
        kept = self.book[key]
        kept.status = status
        kept.item |= {"docId": f"1003{kept.job_id:08d}", **item}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the description, or answer one operation."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            status, content = await self._answer(scope, receive)
            kind = b"text/html" if content.startswith(b"<html") else b"text/xml; charset=utf-8"
            start = {"type": "http.response.start", "status": status}
            await send({**start, "headers": [(b"content-type", kind)]})
            await send({"type": "http.response.body", "body": content})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        if scope["path"] != PATH:
            return 404, b"<html><body>404</body></html>"
        if scope["method"] == "GET":
            return 200, WSDL.read_bytes()
        body = await _body(receive)
        fault = self.faults.popleft() if self.faults else None
        if fault == "silent_before":
            await asyncio.Event().wait()
        if fault in {"server_error", "html", "not_xml", "soap_fault"}:
            return _broken(fault)
        done = self._done(body, unexpected=fault == "unexpected")
        if fault == "silent_after":
            await asyncio.Event().wait()
        return 200, done[: len(done) * 2 // 3] if fault == "cut_off" else done

    def _done(self, body: bytes, *, unexpected: bool) -> bytes:
        try:
            request = etree.fromstring(body).find(f"{{{ENVELOPE}}}Body/*")
            assert request is not None
            self._schema.assertValid(request)
        except (etree.LxmlError, AssertionError) as error:
            return _fault(str(error))
        operation = etree.QName(request).localname
        self.asked.append(operation)
        wrapper = "ShippingDeliveryVO" if operation == "queryShipment" else "ShippingOrderResultVO"
        given = (request.findtext("wsUserName"), request.findtext("wsPassword"))
        if given != self._account:
            refused = {"outFlag": "1", "outResult": "Kullanıcı adı veya şifre hatalı"}
            return _said(operation, wrapper, {**refused, "errCode": "80265"})
        if unexpected:
            return _said(operation, wrapper, {"outFlag": "2", "outResult": "Beklenmeyen hata"})
        answers: dict[str, Callable[[etree._Element], tuple[str, list[Facts]]]] = {
            "createShipment": self._create,
            "cancelShipment": self._cancel,
            "queryShipment": self._query,
        }
        name, details = answers[operation](request)
        good = any(each.get("errCode", "0") == "0" for each in details)
        head = {"outFlag": "0" if good else "1", "count": str(len(details))}
        return _said(operation, wrapper, head, name=name, details=details)

    def _create(self, request: etree._Element) -> tuple[str, list[Facts]]:
        details: list[Facts] = []
        for order in request.findall("ShippingOrderVO"):
            facts = {str(each.tag): each.text or "" for each in order}
            key, code = facts["cargoKey"], self._fault_of(facts)
            if code == "0":
                self.book[key] = Kept(order=facts, job_id=len(self.book) + 1)
            details.append({"cargoKey": key, "invoiceKey": facts["invoiceKey"], "errCode": code})
        return "shippingOrderDetailVO", details

    def _fault_of(self, facts: Facts) -> str:
        """The first thing that is wrong with an announcement, as a code."""
        phone = facts["receiverPhone1"]
        longest = (
            ("cargoKey", 20, "82500"),
            ("invoiceKey", 20, "82501"),
            ("receiverCustName", 100, "82503"),
            ("receiverAddress", 500, "82502"),
        )
        faults = (
            (facts["cargoKey"] in self.book, "60020"),
            *((len(facts[name]) > most, code) for name, most, code in longest),
            (not facts["receiverCustName"], "60018"),
            (len(facts["receiverAddress"]) < SHORTEST_ADDRESS, "82502"),
            (not phone.isdigit() or len(phone) != PHONE_DIGITS, "82516"),
        )
        return next((code for wrong, code in faults if wrong), "0")

    def _cancel(self, request: etree._Element) -> tuple[str, list[Facts]]:
        details: list[Facts] = []
        for key in _texts(request, "cargoKeys"):
            kept = self.book.get(key)
            if kept is None:
                details.append({"cargoKey": key, "errCode": "82519"})
            elif kept.status == "CNL":
                details.append({"cargoKey": key, "errCode": "82520"})
            else:
                if kept.status == "NOP":
                    kept.status = "CNL"
                details.append({"cargoKey": key, **_operation(kept)})
        return "shippingCancelDetailVO", details

    def _query(self, request: etree._Element) -> tuple[str, list[Facts]]:
        details: list[Facts] = []
        for key in _texts(request, "keys"):
            kept = self.book.get(key)
            if kept is None:
                details.append({"cargoKey": key, "errCode": "82519"})
            else:
                item = {f"item.{name}": text for name, text in kept.item.items()}
                details.append({"cargoKey": key, **_operation(kept), **item})
        return "shippingDeliveryDetailVO", details


def _operation(kept: Kept) -> Facts:
    return {
        "jobId": str(kept.job_id),
        "operationCode": CODES.get(kept.status, "99"),
        "operationMessage": "İşlem",
        "operationStatus": kept.status,
    }


def _said(
    operation: str,
    wrapper: str,
    head: Facts,
    *,
    name: str = "",
    details: Iterable[Facts] = (),
) -> bytes:
    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soap": ENVELOPE})
    body = etree.SubElement(envelope, f"{{{ENVELOPE}}}Body")
    response = etree.SubElement(body, f"{{{NAMESPACE}}}{operation}Response")
    answer = etree.SubElement(response, wrapper)
    _fill(answer, head)
    # Beside what we know the real service tells more, in places that nobody promises
    _fill(answer, {"senderCustId": "1010954", "notInOurDescription": "ü"})
    for facts in details:
        detail = etree.SubElement(answer, name)
        _fill(detail, {each: text for each, text in facts.items() if "." not in each})
        item = {each[5:]: text for each, text in facts.items() if each.startswith("item.")}
        if item:
            _fill(etree.SubElement(detail, "shippingDeliveryItemDetailVO"), item)
    return bytes(etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"))


def _fill(parent: etree._Element, facts: Facts) -> None:
    for name, text in facts.items():
        etree.SubElement(parent, name).text = text


def _fault(text: str) -> bytes:
    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soap": ENVELOPE})
    body = etree.SubElement(envelope, f"{{{ENVELOPE}}}Body")
    fault = etree.SubElement(body, f"{{{ENVELOPE}}}Fault")
    _fill(fault, {"faultcode": "soap:Server", "faultstring": text})
    return bytes(etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"))


def _broken(fault: LocalFault | None) -> tuple[int, bytes]:
    if fault == "server_error":
        return 500, b"<html><body>Internal Server Error</body></html>"
    if fault == "html":
        return 200, "<html><body>Bakım çalışması</body></html>".encode()
    if fault == "not_xml":
        return 200, b"\x00\xff not xml"
    return 500, _fault("Bir hata oluştu")


def _texts(request: etree._Element, name: str) -> list[str]:
    return [each.text or "" for each in request.findall(name)]


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        part = await receive()
        body += bytes(part.get("body", b""))
        if not part.get("more_body"):
            return body
