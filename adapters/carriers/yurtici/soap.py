"""SOAP calls to the carrier's web service: what is no proper answer is no answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from lxml import etree
from zeep import AsyncClient, Settings
from zeep.exceptions import Error, Fault
from zeep.transports import AsyncTransport

from application.ports import Unavailable
from application.tracing import SpanKind, span

WSDL = Path(__file__).with_name("shipping_orders.wsdl")
NAMESPACE = "http://yurticikargo.com.tr/ShippingOrderDispatcherServices"
BINDING = f"{{{NAMESPACE}}}ShippingOrders"
LARGEST_ANSWER = 4 * 1024 * 1024


class _Wire(AsyncTransport):
    """Posts without logging what it posts, since a password and addresses are in it, and takes
    only whole XML: the library would mend an answer that was cut off, and read half a number.
    """

    async def post(self, address: str, message: bytes, headers: dict[str, str]) -> httpx.Response:
        answer: httpx.Response = await self.client.post(address, content=message, headers=headers)
        if answer.status_code != httpx.codes.OK and not _is_xml(answer):
            raise Unavailable(f"yurtici: {answer.status_code}")
        if not _is_xml(answer):
            raise Unavailable("yurtici: no XML")
        return answer


class SoapDesk:
    """Calls operations; `http` carries the time-outs, `url` is where the service is.

    The description of the service lies beside this file, so that nothing is fetched to begin with.
    """

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        # zeep's functions have no types
        transport = _Wire(client=http, wsdl_client=httpx.Client())  # type: ignore[no-untyped-call]
        settings = Settings(strict=False, forbid_dtd=True, forbid_external=True)
        client = AsyncClient(str(WSDL), transport=transport, settings=settings)  # type: ignore[no-untyped-call]
        transport.wsdl_client.close()
        self._service: Any = client.create_service(BINDING, url)  # type: ignore[no-untyped-call]

    async def call(self, operation: str, **content: Any) -> Any:
        """The answer to an operation. Raises `Unavailable` for everything that is none: then it is
        not known whether it was done.
        """
        try:
            with span("carrier", kind=SpanKind.CLIENT):
                answer = await self._service[operation](**content)
        except httpx.HTTPError as error:
            raise Unavailable(f"yurtici: {type(error).__name__}") from error
        except Fault as error:
            # Its text may repeat what was asked
            raise Unavailable("yurtici: SOAP fault") from error
        except (Error, etree.LxmlError, ValueError) as error:
            raise Unavailable(f"yurtici: {type(error).__name__}") from error
        if answer is None:
            raise Unavailable("yurtici: empty answer")
        return answer


def _is_xml(answer: httpx.Response) -> bool:
    if len(answer.content) > LARGEST_ANSWER:
        return False
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=False)
    try:
        root = etree.fromstring(answer.content, parser)
    except etree.XMLSyntaxError:
        return False
    return bool(etree.QName(root).localname == "Envelope")
