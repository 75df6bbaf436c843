"""Invoices over HTTP: the customer's own, and all for finance."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.bus import Call
from application.invoices import IssueInvoice, RecordInvoicePrinted
from domain.invoices import Invoice
from projections.invoices import series_faults
from tests.given import NOW
from tests.production.examples import ATTEMPT, CUSTOMER, DRAFT, ORDER, a_paid_order, keep
from tests.production.front import Front, open_front

ORDERS = [a_paid_order(draft).id for draft in (DRAFT, CUSTOMER, ATTEMPT)]


@pytest.fixture
async def front(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Front]:
    async with open_front(pool, event_log, database_url=database_url) as front:
        await keep(event_log, *(a_paid_order(draft) for draft in (DRAFT, CUSTOMER, ATTEMPT)))
        for order_id in ORDERS:
            await front.bus.execute(IssueInvoice(order_id=order_id, paid_at=NOW))
        await front.catch_up()
        yield front


async def test_a_customer_reads_the_invoice_of_their_order(front: Front) -> None:
    seen = (await front.client.get(f"/orders/{ORDER}/invoice", headers=front.customer)).json()
    assert (seen["number"], seen["pdf"]) == ("PLK2026000000001", None)
    assert (seen["net"]["amount"], seen["tax"]["amount"]) == ("1075.00", "215.00")
    assert seen["gross"] == {"amount": "1290.00", "currency": "TRY"}


async def test_the_pdf_opens_by_a_signed_link(front: Front) -> None:
    digest = await front.files.put(b"%PDF-1.7 made")
    printed = RecordInvoicePrinted(invoice_id=Invoice.id_of(ORDER), digest=digest, size_bytes=13)
    await front.bus.execute(printed, Call(key="printed"))
    await front.catch_up()
    seen = (await front.client.get(f"/orders/{ORDER}/invoice", headers=front.customer)).json()
    pdf = await front.client.get(seen["pdf"].removeprefix("/api/v1"))
    assert (pdf.status_code, pdf.content) == (200, b"%PDF-1.7 made")
    assert "PLK2026000000001.pdf" in pdf.headers["content-disposition"]


async def test_an_invoice_is_its_customers_own(front: Front) -> None:
    path = f"/orders/{ORDER}/invoice"
    assert (await front.client.get(path)).status_code == 401
    assert (await front.client.get(path, headers=front.person("customer"))).status_code == 404
    nowhere = f"/orders/{CUSTOMER}/invoice"
    assert (await front.client.get(nowhere, headers=front.customer)).status_code == 404


async def test_finance_reads_all_invoices_page_by_page(front: Front) -> None:
    finance = front.person("finance")
    first = (await front.client.get("/invoices?limit=2", headers=finance)).json()
    rest = await front.client.get(
        "/invoices", params={"limit": 2, "cursor": first["next"]}, headers=finance
    )
    seen = [item["number"] for item in first["items"] + rest.json()["items"]]
    assert sorted(seen) == [f"PLK202600000000{number}" for number in (1, 2, 3)]
    assert rest.json()["next"] is None


async def test_finance_finds_an_invoice_by_its_number(front: Front) -> None:
    finance = front.person("finance")
    found = await front.client.get("/invoices?number=PLK2026000000002", headers=finance)
    assert [item["order_id"] for item in found.json()["items"]] == [str(ORDERS[1])]
    none = await front.client.get("/invoices?number=PLK2026000000009", headers=finance)
    assert none.json()["items"] == []


@pytest.mark.parametrize("path", ["/invoices", "/invoices/series"])
async def test_only_finance_reads_all_invoices(front: Front, path: str) -> None:
    assert (await front.client.get(path, headers=front.person("admin"))).status_code == 403


async def test_finance_sees_that_no_number_is_missing(front: Front) -> None:
    report = await front.client.get("/invoices/series", headers=front.person("finance"))
    assert report.json() == {"faults": []}


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("DELETE FROM %s WHERE sequence = 2", ("gap", 3)),
        ("DELETE FROM %s WHERE sequence = 1", ("gap", 2)),
        ("UPDATE %s SET sequence = 1 WHERE sequence = 2", ("gap", 1)),
        ("UPDATE %s SET issued_at = issued_at - interval '1 day' WHERE sequence = 3", ("date", 3)),
    ],
)
async def test_a_series_that_is_not_in_order_is_found(
    front: Front, pool: Pool, damage: str, fault: tuple[str, int]
) -> None:
    async with pool.connection() as connection:
        await connection.execute((damage % "read.invoices_v2").encode())
    found = await series_faults(front.backend.reads)
    assert fault in [(each.fault, each.sequence) for each in found]
