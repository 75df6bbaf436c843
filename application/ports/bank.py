"""Statements of banks: what is needed to read their files."""

from __future__ import annotations

from typing import Protocol

from domain.bank import Statement


class StatementFiles(Protocol):
    """Reads statement files in the formats that it knows."""

    def read(self, content: bytes) -> Statement:
        """What the bank says, checked for its form only. Raises `StatementUnreadable`."""
        ...
