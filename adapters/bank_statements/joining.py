"""Several statements in one file are one, if each begins where the one before has ended."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec.structs import replace

from adapters.bank_statements.texts import unreadable
from domain.bank import Statement


def joined(statements: Sequence[Statement]) -> Statement:
    """One statement of all. Raises `StatementUnreadable` if they do not follow on each other."""
    for before, each in pairwise(statements):
        if each.iban != before.iban:
            raise unreadable("several_accounts")
        if each.opening != before.closing:
            raise unreadable("does_not_follow")
    return replace(
        statements[0],
        since=min(each.since for each in statements),
        until=max(each.until for each in statements),
        closing=statements[-1].closing,
        lines=tuple(line for each in statements for line in each.lines),
    )
