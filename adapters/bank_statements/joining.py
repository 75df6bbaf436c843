"""Several statements in one file are one, if each begins where the one before has ended."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from adapters.bank_statements.texts import unreadable
from domain.bank import Statement


def joined(statements: Sequence[Statement]) -> Statement:
    """One statement of all. Raises `StatementUnreadable` if they do not follow on each other."""
    whole = statements[0]
    for each in statements[1:]:
        if each.iban != whole.iban:
            raise unreadable("several_accounts")
        if each.opening != whole.closing:
            raise unreadable("does_not_follow")
        whole = replace(
            whole,
            since=min(whole.since, each.since),
            until=max(whole.until, each.until),
            closing=each.closing,
            lines=(*whole.lines, *each.lines),
        )
    return whole
