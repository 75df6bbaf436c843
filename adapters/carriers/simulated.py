"""The simulated carrier as the application sees it: a client of the simulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import httpx
import msgspec
from msgspec import Struct

from application.ports import (
    CancelAnswer,
    Parcel,
    ParcelNews,
    ParcelRefused,
    ParcelRequest,
    Unavailable,
)
from application.tracing import SpanKind, span

A = TypeVar("A")


class Cancelled(Struct, frozen=True, kw_only=True):
    """What the simulator answers to a wish to stop a parcel."""

    outcome: CancelAnswer


class SimulatedCarrier:
    """Announces parcels; `http` carries the simulator's base URL and the time-outs."""

    tells = True

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def create_parcel(self, request: ParcelRequest) -> Parcel:
        """The same `shipment_id` gives the same parcel. Raises `Unavailable`, `ParcelRefused`."""
        return await self._post("/parcels", request, answer=Parcel)

    async def cancel_parcel(self, shipment_id: UUID) -> CancelAnswer:
        """Stop a parcel that has not left. Raises `Unavailable`."""
        answer = await self._post(f"/parcels/{shipment_id}/cancel", None, answer=Cancelled)
        return answer.outcome

    async def ask(self, shipment_ids: Sequence[UUID]) -> Mapping[UUID, ParcelNews]:
        """How parcels stand. Raises `Unavailable`."""
        return await self._post("/news", list(shipment_ids), answer=dict[UUID, ParcelNews])

    async def _post(self, path: str, content: Any, *, answer: type[A]) -> A:
        try:
            with span("carrier", kind=SpanKind.CLIENT):
                response = await self._http.post(path, content=msgspec.json.encode(content))
        except httpx.TransportError as error:
            raise Unavailable(f"carrier: {type(error).__name__}") from error
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            raise Unavailable(f"carrier: {response.status_code}")
        if not response.is_success:
            raise ParcelRefused(str(response.status_code))
        try:
            return msgspec.json.decode(response.content, type=answer)
        except msgspec.DecodeError as error:
            raise Unavailable("carrier: unreadable answer") from error
