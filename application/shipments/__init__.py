"""Parcels: how they are asked for, what carriers tell of them, and what admins decide."""

from application.shipments.commands import (
    CancelAtCarrier,
    CreateParcel,
    HoldParcelBack,
    RecordCancelRefused,
    RecordParcelCancelled,
    RecordParcelCreated,
    RecordParcelNews,
    RecordParcelRefused,
    RecordParcelStatus,
    RequestShipment,
    ResumeShipment,
)
from application.shipments.decisions import (
    AddParcel,
    AnnounceAgain,
    CancelParcel,
    DecideParcel,
    DeclareParcelLost,
)
from application.shipments.labels import LabelDesk
from application.shipments.rules import (
    TRACKING,
    TRACKING_PAGE,
    WEBHOOK_PATH,
    ParcelSeals,
    ShippingRules,
    shipment_of,
)

__all__ = [
    "TRACKING",
    "TRACKING_PAGE",
    "WEBHOOK_PATH",
    "AddParcel",
    "AnnounceAgain",
    "CancelAtCarrier",
    "CancelParcel",
    "CreateParcel",
    "DecideParcel",
    "DeclareParcelLost",
    "HoldParcelBack",
    "LabelDesk",
    "ParcelSeals",
    "RecordCancelRefused",
    "RecordParcelCancelled",
    "RecordParcelCreated",
    "RecordParcelNews",
    "RecordParcelRefused",
    "RecordParcelStatus",
    "RequestShipment",
    "ResumeShipment",
    "ShippingRules",
    "shipment_of",
]
