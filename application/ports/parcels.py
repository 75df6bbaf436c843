"""Parcels and who moves them."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from msgspec import Struct

from domain.shared.address import Address


class ParcelRequest(Struct, frozen=True, kw_only=True):
    """A parcel for a carrier; `shipment_id` makes asking twice harmless."""

    shipment_id: UUID
    order_number: str
    recipient: Address
    webhook_url: str


class Parcel(Struct, frozen=True):
    """What the carrier answers; `webhook_secret` signs what it tells about this parcel."""

    carrier_reference: str
    webhook_secret: str


class Carrier(Protocol):
    """Moves parcels."""

    async def create_parcel(self, request: ParcelRequest) -> Parcel:
        """Announce a parcel; the same `shipment_id` gives the same parcel. Raises `Unavailable`."""
        ...
