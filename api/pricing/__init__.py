"""Prices over HTTP: what things cost, what a draft's order costs, and how both are changed."""

from api.pricing.coupons import CouponsController
from api.pricing.drafts import DraftPricesController
from api.pricing.prices import PriceBookController, PricesController

__all__ = ["CouponsController", "DraftPricesController", "PriceBookController", "PricesController"]
