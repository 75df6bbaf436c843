"""Parcels over HTTP: for customers, holders of links and carriers, and for admins."""

from api.shipments.customers import ShipmentsController
from api.shipments.staff import ParcelsController

__all__ = ["ParcelsController", "ShipmentsController"]
