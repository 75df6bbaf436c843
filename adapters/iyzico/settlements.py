"""iyzico's settlement file of a day: it ties what was paid out to the bank transfer it was in."""

from __future__ import annotations

import asyncio
import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import anyio
import httpx
from msgspec import Struct
from msgspec.structs import replace

from adapters.iyzico.answers import BrokenAnswer, signed_amount
from application.ports import ReportedPayout, ReportUnreadable, Unavailable
from domain.shared.money import Money

LARGEST_FILE = 256 * 1024 * 1024
TOTAL = "TOTAL"
NEEDED = {"settlementReferenceCode", "transactionType", "paymentTransactionId", "payoutAmount"}


class SettledLine(Struct, frozen=True):
    """One line of the file."""

    reference: str
    transaction_id: str
    amount: Decimal


class SettlementFiles(Protocol):
    """Where settlement files are got from."""

    async def of(self, day: date) -> tuple[SettledLine, ...]:
        """The lines of the day's file. Raises `Unavailable` while there is none, and
        `ReportUnreadable`.
        """
        ...


class FolderFiles:
    """Files that something else fetches into a folder; each is named after its day."""

    def __init__(self, folder: Path) -> None:
        self._folder = anyio.Path(folder)

    async def of(self, day: date) -> tuple[SettledLine, ...]:
        path = self._folder / f"{day}.csv"
        try:
            if (await path.stat()).st_size > LARGEST_FILE:
                raise ReportUnreadable(f"{path.name} is larger than {LARGEST_FILE} bytes")
            return await asyncio.to_thread(read_file, await path.read_bytes(), path.name)
        except OSError as error:
            raise Unavailable(f"{path.name} can't be read: {error.strerror}") from error


class ServedFiles:
    """Files that the emulator serves on this machine."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    async def of(self, day: date) -> tuple[SettledLine, ...]:
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=20) as browser:
                answer = await browser.get(f"{self._base_url}/{day}.csv")
        except httpx.HTTPError as error:
            raise Unavailable(f"{day}.csv can't be fetched") from error
        if answer.status_code != httpx.codes.OK:
            raise Unavailable(f"{day}.csv is not there")
        return await asyncio.to_thread(read_file, answer.content, f"{day}.csv")


def settlement_files(place: str) -> SettlementFiles:
    """The files of a folder, or of a loopback URL."""
    if place.startswith(("http://", "https://")):
        return ServedFiles(place)
    return FolderFiles(Path(place))


def read_file(content: bytes, name: str) -> tuple[SettledLine, ...]:
    """The lines of a file; its totals must be their sums. Raises `ReportUnreadable`."""
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True))
        lines = [_line(row) for row in rows if row.get("transactionType") != TOTAL]
        totals = [_line(row) for row in rows if row.get("transactionType") == TOTAL]
    except (UnicodeDecodeError, csv.Error, BrokenAnswer) as error:
        raise ReportUnreadable(f"{name}: {error}") from error
    if not content.strip():
        raise ReportUnreadable(f"{name} is empty")
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        sums[line.reference] += line.amount
    told = {total.reference: Money.of(total.amount) for total in totals}
    if told != {reference: Money.of(amount) for reference, amount in sums.items()}:
        raise ReportUnreadable(f"{name}: the totals are not the sums of the lines")
    return tuple(lines)


def with_references(
    payouts: Iterable[ReportedPayout], lines: Iterable[SettledLine]
) -> tuple[ReportedPayout, ...]:
    """The payouts with the transfers they were in. Raises `ReportUnreadable` when report and file
    differ in any line.
    """
    waiting: defaultdict[tuple[str, Decimal], list[str]] = defaultdict(list)
    for line in lines:
        waiting[line.transaction_id, line.amount].append(line.reference)
    named = []
    for payout in payouts:
        references = waiting[payout.transaction_id, payout.amount]
        if not references:
            raise ReportUnreadable(f"the settlement file does not have {payout.transaction_id}")
        named.append(replace(payout, reference=references.pop(0)))
    if left := next((key for key, references in waiting.items() if references), None):
        raise ReportUnreadable(f"only the settlement file has {left[0]}")
    return tuple(named)


def _line(row: dict[str, str]) -> SettledLine:
    if not row.keys() >= NEEDED or None in row or None in row.values():
        raise BrokenAnswer("a row does not have the columns of a settlement file")
    reference = row["settlementReferenceCode"]
    named = row["paymentTransactionId"] or row["transactionType"] == TOTAL
    if not (reference and named):
        raise BrokenAnswer("a row has no reference")
    return SettledLine(reference, row["paymentTransactionId"], signed_amount(row["payoutAmount"]))
