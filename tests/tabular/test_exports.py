"""Tables that are taken away: all rows, only what is asked for, only for those who may."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import openpyxl
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from application.tables import FORMATS, MEDIA_TYPES
from application.wallet import OpenWallet
from projections import exports
from projections.exports import EXPORTS
from tests.tabular.export_docs import DOCUMENT, document
from tests.tabular.office import Office

PEOPLE = 7


async def some_grants(office: Office) -> None:
    for number in range(1, PEOPLE + 1):
        await office.books.do(OpenWallet(customer_id=UUID(int=number)))
    await office.books.follow()


def amounts_in(form: str, content: bytes) -> list[Decimal]:
    match form:
        case "csv":
            rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
            return [Decimal(row["amount"]) for row in rows]
        case "jsonl":
            return [Decimal(json.loads(line)["amount"]) for line in content.splitlines()]
        case "parquet":
            told: list[Decimal] = pq.read_table(pa.BufferReader(content))["amount"].to_pylist()
            return told
        case _:
            sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
            cells = sheet.iter_rows(min_row=2, min_col=5, max_col=5, values_only=True)
            return [Decimal(str(value)) for (value,) in cells]


@pytest.mark.parametrize("form", FORMATS)
async def test_every_format_has_every_entry(
    office: Office, monkeypatch: pytest.MonkeyPatch, form: Any
) -> None:
    monkeypatch.setattr(exports, "BATCH", 3)
    await some_grants(office)
    answer = await office.take(f"ledger-entries?format={form}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(MEDIA_TYPES[form])
    assert f'filename="ledger-entries.{form}"' in answer.headers["content-disposition"]
    amounts = amounts_in(form, answer.content)
    assert len(amounts) == 2 * PEOPLE
    assert sum(amounts) == 0
    assert max(amounts) == 500


async def test_columns_are_those_that_are_told_of(office: Office) -> None:
    await some_grants(office)
    told = (await office.take("")).json()["exports"]
    assert sorted(each["name"] for each in told) == sorted(EXPORTS)
    for each in told:
        answer = await office.take(f"{each['name']}?format=csv")
        names = answer.content.decode("utf-8-sig").splitlines()[0].split(",")
        assert names == [column["name"] for column in each["columns"]]


async def test_months_and_accounts_sieve(office: Office) -> None:
    await some_grants(office)
    office.books.tamper("UPDATE read.ledger_entries SET period = '2026-02' WHERE position <= 4")
    everything = amounts_in("jsonl", (await office.take("ledger-entries?format=jsonl")).content)
    february = await office.take("ledger-entries?format=jsonl&since=2026-01&until=2026-02")
    later = await office.take("ledger-entries?format=jsonl&since=2026-03")
    account = await office.take("ledger-entries?format=jsonl&account=issued_promotional")
    assert len(amounts_in("jsonl", february.content)) == 4
    assert len(amounts_in("jsonl", later.content)) == len(everything) - 4
    assert amounts_in("jsonl", account.content) == [Decimal(500)] * PEOPLE


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("passwords", 404),
        ("ledger-entries?format=exe", 422),
        ("ledger-entries?since=2026-13", 422),
        ("ledger-entries?until=yesterday", 422),
        ("ledger-entries?account=" + "x" * 61, 422),
        ("ledger-entries?account=gold", 404),
        ("ledger-entries?since=2026-01%0A", 422),
        ("invoices?account=bank", 422),
    ],
)
async def test_what_is_not_there_is_refused(office: Office, path: str, status: int) -> None:
    await office.books.follow()
    answer = await office.take(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_only_finance_takes_tables_away(office: Office) -> None:
    await office.books.follow()
    for path in ("/finance/exports", "/finance/exports/invoices"):
        assert (await office.client.get(path)).status_code == 401
        for roles, status in ((("customer", "admin"), 403), (("finance",), 200)):
            answer = await office.client.get(path, headers=office.person(*roles))
            assert answer.status_code == status


async def test_a_third_export_at_once_is_put_off(
    office: Office, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    await some_grants(office)
    with psycopg.connect(database_url) as connection:
        connection.execute("LOCK TABLE read.ledger_months IN ACCESS EXCLUSIVE MODE")
        slow = [asyncio.create_task(office.take("ledger-months")) for _ in range(2)]
        answer = await office.take("ledger-entries")
        while answer.status_code == 200:
            answer = await office.take("ledger-entries")
        connection.rollback()
    assert (answer.status_code, answer.json()["code"]) == (503, "exports_busy")
    assert answer.headers["retry-after"] == "10"
    assert [(await each).status_code for each in slow] == [200, 200]
    assert (await office.take("ledger-entries")).status_code == 200


def test_the_page_about_tables_is_fresh() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document()
