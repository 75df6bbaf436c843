"""Why events were not exported or imported."""

from __future__ import annotations


class TransferRefused(Exception):
    """The message is one sentence; nothing was changed."""
