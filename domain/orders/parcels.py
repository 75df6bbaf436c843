"""The parcels of an order: it is shipped with the first that leaves, delivered with the last."""

from __future__ import annotations

from uuid import UUID

from domain.orders import facts
from domain.orders.parts import OrderCannotMove, ParcelEnd, Particulars
from domain.orders.steps import Steps

ENDS: dict[ParcelEnd | None, int] = {
    None: 0,
    "cancelled": 1,
    "lost": 2,
    "returned": 3,
    "arrived": 4,
}
"""Which end of a parcel stays, whatever is told first; None is a parcel that is awaited."""


class Parcels(Steps):
    """The part of an order that counts its parcels.

    What the carrier has is shipped, also while the order is held: a hold keeps parcels from being
    announced, and does not bring back what has left.
    """

    parcels: dict[UUID, ParcelEnd | None]
    particulars: Particulars

    @property
    def takes_parcels(self) -> bool:
        """Whether further parcels of it may be sent; credits go nowhere."""
        goes_to = self.particulars.delivery
        return goes_to is not None and self.state in {"in_production", "shipped", "delivered"}

    def add_parcel(self, shipment_id: UUID, parcel: int, *, lines: tuple[UUID, ...]) -> None:
        """Await a further parcel; one that is added after delivery takes nothing back."""
        if shipment_id not in self.parcels:
            self._say(facts.ParcelAdded, shipment_id=shipment_id, parcel=parcel, lines=lines)

    def ship(self, shipment_id: UUID) -> None:
        """The carrier has the first parcel. Raises `OrderCannotMove`."""
        if self.state in {"shipped", "delivered"}:
            return
        if not self.has_edge_to("shipped"):
            raise OrderCannotMove(state=self.state, to="shipped")
        self._say(facts.Shipped, number=self.number, shipment_id=shipment_id)
        self._deliver_when_complete()

    def end_parcel(self, shipment_id: UUID, end: ParcelEnd) -> None:
        """The parcel's journey is over. What has arrived stays so, and what was lost may still come
        back or arrive.
        """
        if ENDS[end] > ENDS[self.parcels.get(shipment_id)]:
            self._say(facts.ParcelEnded, shipment_id=shipment_id, end=end)
            self._deliver_when_complete()

    def _deliver_when_complete(self) -> None:
        ends = self.parcels.values()
        if self.state == "shipped" and None not in ends and "arrived" in ends:
            self.deliver()
