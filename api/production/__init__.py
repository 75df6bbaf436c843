"""Printing over HTTP: the workshop's list and its steps, and what print houses tell."""

from api.production.call_backs import PrintHouseController
from api.production.controller import ProductionController, ReprintsController

__all__ = ["PrintHouseController", "ProductionController", "ReprintsController"]
