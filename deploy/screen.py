"""What operators see: one console, and tables that hide nothing."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from domain.shared.card_numbers import scrub

PIPED_WIDTH = 240
"""Columns of a table that goes into a file or a pipe."""


class Screen(Console):
    """A console on which no card number is ever shown."""

    def print(self, *objects: Any, **options: Any) -> None:
        """As the library's."""
        super().print(*(_clean(each) for each in objects), **options)


class CleanTable(Table):
    """A table in which no card number is ever shown."""

    def add_row(self, *cells: Any, **options: Any) -> None:
        """As the library's."""
        super().add_row(*(_clean(each) for each in cells), **options)


# What is shown are texts of others (errors, notes, names), in which brackets mean nothing.
console = Screen(markup=False, highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def table(first: str, *columns: str) -> Table:
    """A table whose first column, by which a thing is named elsewhere, is never shortened; others
    are folded where there is no room.
    """
    return CleanTable(
        Column(first, no_wrap=True), *(Column(name, overflow="fold") for name in columns)
    )


def _clean(shown: Any) -> Any:
    return scrub(shown) if isinstance(shown, str) else shown
