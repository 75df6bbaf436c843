"""The ledger over HTTP, for finance."""

from api.ledger.controller import LedgerController

__all__ = ["LedgerController"]
