"""Returns over HTTP: what customers ask, and what the desk decides."""

from api.returns.desk import ReturnsDeskController
from api.returns.own import ReturnsController

__all__ = ["ReturnsController", "ReturnsDeskController"]
