"""What operators see: one console, and tables that hide nothing."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Column, Table

PIPED_WIDTH = 240
"""Columns of a table that goes into a file or a pipe."""

# What is shown are texts of others (errors, notes, names), in which brackets mean nothing.
console = Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def table(first: str, *columns: str) -> Table:
    """A table whose first column, by which a thing is named elsewhere, is never shortened; others
    are folded where there is no room.
    """
    return Table(Column(first, no_wrap=True), *(Column(name, overflow="fold") for name in columns))
