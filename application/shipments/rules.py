"""Which carriers there are, how long they take, and how their messages and our links are known."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from application.links import Links, read_token, secret_hash
from application.ports import ParcelSize
from domain.shipments import DeliveryTimes, UnknownCarrier

TRACKING = "tracking"
"""The purpose of the secrets in tracking links."""

TRACKING_PAGE = "/tracking"
"""The page of our public address that tracking links lead to."""

WEBHOOK_PATH = "/api/v1/webhooks/carrier/{shipment_id}"


class ShippingRules(Struct, frozen=True, kw_only=True):
    """Who takes the parcels if nobody chooses, who else could, when parcels should arrive, and what
    they measure; names of carriers are shown to customers.
    """

    carrier: str = "simulated"
    others: tuple[str, ...] = ()
    times: DeliveryTimes = DeliveryTimes()
    size: ParcelSize = ParcelSize()

    def chosen(self, carrier: str | None) -> str:
        """The carrier that was chosen, or the usual one. Raises `UnknownCarrier`."""
        known = (self.carrier, *self.others)
        if carrier is not None and carrier not in known:
            raise UnknownCarrier("/carrier", carrier=carrier, known=", ".join(known))
        return carrier or self.carrier


class ParcelSeals(Protocol):
    """Tells whether a carrier's message is what it says it is."""

    def genuine(
        self, secret: str, headers: Mapping[str, str], *, body: bytes, now: datetime
    ) -> bool:
        """Whether `body` was signed, within minutes of `now`, with the parcel's own secret."""
        ...


def shipment_of(token: str, links: Links) -> UUID | None:
    """The shipment that a tracking token opens; None when the token is anything else."""
    shown = read_token(token)
    if shown is None:
        return None
    expected = secret_hash(links.secret(TRACKING, shown.subject_id))
    return shown.subject_id if hmac.compare_digest(shown.secret_hash, expected) else None
