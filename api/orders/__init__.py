"""Orders over HTTP: for their customers, and for those who work here."""

from api.orders.controller import OrdersController
from api.orders.staff import StaffOrdersController

__all__ = ["OrdersController", "StaffOrdersController"]
