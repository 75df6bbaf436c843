"""Parcels on their way: what carriers tell of them, and when they should arrive."""

from domain.shipments.estimates import (
    Closed,
    DeliveryTimes,
    Estimate,
    Span,
    working_day_after,
)
from domain.shipments.shipment import Shipment
from domain.shipments.statuses import (
    RANKS,
    CancelTooLate,
    Consignment,
    NothingToDecide,
    ParcelDecided,
    ParcelDecision,
    ParcelStatus,
    ParcelUnknown,
    ShipmentStatus,
    StatusReport,
    UnknownCarrier,
    standing,
)

__all__ = [
    "RANKS",
    "CancelTooLate",
    "Closed",
    "Consignment",
    "DeliveryTimes",
    "Estimate",
    "NothingToDecide",
    "ParcelDecided",
    "ParcelDecision",
    "ParcelStatus",
    "ParcelUnknown",
    "Shipment",
    "ShipmentStatus",
    "Span",
    "StatusReport",
    "UnknownCarrier",
    "standing",
    "working_day_after",
]
