"""Drafts over HTTP: from the choice of a method to everything an order needs."""

from api.drafts.controller import DraftsController

__all__ = ["DraftsController"]
