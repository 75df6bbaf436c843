"""The local painter: covers drawn by rules, with no network and no weights."""

from adapters.painters.local.painter import LocalPainter

__all__ = ["LocalPainter"]
