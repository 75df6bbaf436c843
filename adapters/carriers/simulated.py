"""The simulated carrier as the application sees it: a client of the simulator."""

from __future__ import annotations

import httpx
import msgspec

from application.ports import Parcel, ParcelRequest, Unavailable
from application.tracing import SpanKind, span


class ParcelRefused(Exception):
    """The carrier does not take the parcel as it was announced."""


class SimulatedCarrier:
    """Announces parcels; `http` carries the simulator's base URL and the time-outs."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def create_parcel(self, request: ParcelRequest) -> Parcel:
        """The same `shipment_id` gives the same parcel. Raises `Unavailable`, `ParcelRefused`."""
        try:
            with span("carrier", kind=SpanKind.CLIENT):
                answer = await self._http.post("/parcels", content=msgspec.json.encode(request))
        except httpx.TransportError as error:
            raise Unavailable(f"carrier: {type(error).__name__}") from error
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
            raise Unavailable(f"carrier: {answer.status_code}")
        if not answer.is_success:
            raise ParcelRefused(f"carrier: {answer.status_code}")
        try:
            return msgspec.json.decode(answer.content, type=Parcel)
        except msgspec.DecodeError as error:
            raise Unavailable("carrier: unreadable answer") from error
