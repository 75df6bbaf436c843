"""Yurtiçi Kargo: its web service for outgoing parcels, and a local server that speaks it."""

from adapters.carriers.yurtici.carrier import YurticiAccount, YurticiCarrier, cargo_key

__all__ = ["YurticiAccount", "YurticiCarrier", "cargo_key"]
