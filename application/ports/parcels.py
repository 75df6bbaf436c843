"""Parcels and who moves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from msgspec import Struct

from domain.shared.address import Address
from domain.shipments import ParcelStatus

CancelAnswer = Literal["cancelled", "unknown", "too_late"]


class ParcelSize(Struct, frozen=True, kw_only=True):
    """What a parcel weighs and measures, in grams and millimetres."""

    weight_grams: int = 400
    length_mm: int = 320
    width_mm: int = 240
    height_mm: int = 30


class ParcelRequest(Struct, frozen=True, kw_only=True):
    """A parcel for a carrier; `shipment_id` makes asking twice harmless."""

    shipment_id: UUID
    order_number: str
    recipient: Address
    webhook_url: str
    size: ParcelSize = ParcelSize()


class Parcel(Struct, frozen=True):
    """What the carrier answers. `carrier_reference` is what stands on the label as a barcode;
    `webhook_secret` signs what it tells about this parcel, and is empty where it tells nothing.
    """

    carrier_reference: str
    webhook_secret: str


class ParcelNews(Struct, frozen=True, kw_only=True):
    """What a carrier answers when it is asked. `status` is None where it says nothing that we know
    the meaning of; `codes` are those words of its answer that we do not know, as they came.
    """

    status: ParcelStatus | None = None
    occurred_at: datetime | None = None
    tracking_number: str = ""
    codes: tuple[str, ...] = ()


class ParcelRefused(Exception):
    """The carrier does not take the parcel as it was announced; trying again changes nothing.

    `code` is the carrier's own word for why; nothing in it is about a person.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Carrier(Protocol):
    """Moves parcels. All verbs may raise `Unavailable`: then it is not known what was done."""

    @property
    def tells(self) -> bool:
        """Whether it sends signed webhooks; one that does not has to be asked."""
        ...

    async def create_parcel(self, request: ParcelRequest) -> Parcel:
        """Announce a parcel; the same `shipment_id` gives the same parcel.

        Raises `ParcelRefused`.
        """
        ...

    async def cancel_parcel(self, shipment_id: UUID) -> CancelAnswer:
        """Stop a parcel that has not left: `cancelled`, also when it was before; `unknown` when no
        such parcel was announced; `too_late` when it has left.
        """
        ...

    async def ask(self, shipment_ids: Sequence[UUID]) -> Mapping[UUID, ParcelNews]:
        """How parcels stand, by their shipments; those that the carrier does not know are left out.

        At most 100 at once.
        """
        ...


class Carriers(Protocol):
    """The carriers that are set up, by name."""

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, the usual one first."""
        ...

    def named(self, name: str) -> Carrier:
        """The carrier of this name. Raises `Unavailable` when it is not set up any more."""
        ...


class Label(Struct, frozen=True, kw_only=True):
    """What stands on a parcel: `number` of `count` of its order, and the barcode's text."""

    shipment_id: UUID
    order_number: str
    recipient: Address
    carrier: str
    carrier_reference: str
    number: int
    count: int
    size: ParcelSize
    made_at: datetime


class LabelPrinter(Protocol):
    """Makes the label that is stuck on a parcel."""

    async def print_label(self, label: Label) -> bytes:
        """A PDF of one page, 100 by 150 millimetres; the same label gives the same bytes."""
        ...
