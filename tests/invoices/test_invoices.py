"""What an invoice says, when there is one, and who hears of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given as generated
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.print import TypstInvoicePrinter
from api.wording import all_words
from application.invoices import IssueInvoice, PrintInvoice, RecordInvoicePrinted
from application.notifications import SendMail
from application.work import Job
from domain.invoices import (
    BookIsFull,
    Invoice,
    InvoiceBook,
    InvoiceBuyer,
    InvoicedLine,
    InvoiceSeries,
    LinesDoNotAddUp,
    PaymentFacts,
    Sale,
    SeriesName,
)
from domain.orders import Order
from domain.payments import Due, PaymentAttempt, PaymentProvider
from domain.shared.money import Money, total
from projections.invoices import invoices as invoice_rows
from tests.documents.examples import SELLER
from tests.given import NOW, given
from tests.production.examples import (
    ATTEMPT,
    CUSTOMER,
    ORDER,
    Workshop,
    a_customer,
    a_paid_order,
    a_workshop,
    an_order,
    keep,
)
from workers.invoices import print_invoice

NAME = SeriesName("PLK", "sale", 2026)
INVOICE = Invoice.id_of(ORDER)
BUYER = InvoiceBuyer(
    name="Işık Kitap Ltd.",
    line="Han 3",
    district="Fatih",
    province="İstanbul",
    postcode="",
    phone="",
    email="ayse@example.com",
    tax_number="1234567890",
    tax_office="Fatih",
)
ISSUE = IssueInvoice(order_id=ORDER, paid_at=NOW)


def a_sale(*prices: str) -> Sale:
    lines = tuple(InvoicedLine.of("Kapak", Money.of(price), rate=Decimal(20)) for price in prices)
    return Sale(
        order_id=ORDER,
        order_number="PK-1",
        customer_id=CUSTOMER,
        lines=lines,
        paid=total(line.gross for line in lines),
        payment=PaymentFacts(method="Kart", attempt_id=ATTEMPT, paid_at=NOW),
        language="tr",
        sample=True,
    )


def a_book() -> InvoiceBook:
    return InvoiceSeries.open(NAME, NOW).first_book()


def an_invoice() -> Invoice:
    return Invoice.issue(a_sale("1260.00", "30.00"), BUYER, book=a_book())


def print_it(invoice: Invoice) -> None:
    invoice.record_document("ab" * 32, 4_000)


@pytest.fixture
def workshop(monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return a_workshop(monkeypatch)


@generated(
    prices=st.lists(
        st.decimals(min_value="0.01", max_value="99999.99", places=2), min_size=1, max_size=8
    ),
    rate=st.sampled_from(["0", "1", "10", "20"]),
)
def test_lines_add_up_to_what_was_paid(prices: list[Decimal], rate: str) -> None:
    lines = [InvoicedLine.of("x", Money.of(price), rate=Decimal(rate)) for price in prices]
    net, tax = total(line.net for line in lines), total(line.tax for line in lines)
    assert net + tax == total(line.gross for line in lines) == Money.of(sum(prices, Decimal(0)))
    assert all(line.net + line.tax == line.gross for line in lines)


def test_lines_that_do_not_add_up_are_never_invoiced() -> None:
    wrong = replace(a_sale("10.00"), paid=Money.of("10.01"))
    given(a_book()).when(lambda book: Invoice.issue(wrong, BUYER, book=book)).refused(
        LinesDoNotAddUp, lines=Money.of("10.00"), paid=Money.of("10.01")
    )


def test_the_first_document_stays() -> None:
    given(an_invoice()).when(print_it).then(Invoice.DocumentMade)
    given(an_invoice(), print_it).when(
        lambda invoice: invoice.record_document("cd" * 32, 1)
    ).ignored()


def test_refusals_have_words_in_both_languages() -> None:
    assert {BookIsFull.code, LinesDoNotAddUp.code} <= all_words().keys()


async def test_a_paid_order_is_invoiced_printed_and_mailed(workshop: Workshop) -> None:
    await keep(workshop.log, a_customer(), a_paid_order(picture=None))
    jobs = await workshop.settle()
    invoice = await workshop.now_is(Invoice, INVOICE)
    assert invoice.issued.number == "PLK2026000000001"
    assert invoice.sale.language == "en"
    assert (invoice.buyer.name, invoice.buyer.email) == ("Işık Kitap Ltd.", "ayse@example.com")
    assert invoice.buyer.tax_number == "1234567890"
    assert invoice.document is not None
    (mail,) = [job for job in jobs if isinstance(job, SendMail)]
    assert (mail.person_id, mail.template) == (CUSTOMER, "invoice")
    (attached,) = mail.attachments
    assert attached.name == "PLK2026000000001.pdf"
    assert (await workshop.files.get(attached.digest)).startswith(b"%PDF")


async def test_an_order_is_invoiced_once(workshop: Workshop) -> None:
    await keep(workshop.log, a_paid_order())
    await workshop.do(ISSUE)
    await workshop.do(ISSUE)
    assert workshop.happened().count(Invoice.Issued) == 1


async def test_an_order_that_nobody_paid_is_not_invoiced(workshop: Workshop) -> None:
    await keep(workshop.log, an_order())
    await workshop.do(ISSUE)
    assert workshop.happened() == [Order.Placed]


async def test_a_buyer_without_an_account_gets_a_turkish_invoice(workshop: Workshop) -> None:
    await keep(workshop.log, a_paid_order())
    await workshop.do(ISSUE)
    invoice = await workshop.now_is(Invoice, INVOICE)
    assert (invoice.sale.language, invoice.buyer.email) == ("tr", "")


@pytest.mark.parametrize(
    ("provider", "turkish", "english"),
    [
        ("iyzico", "Banka/kredi kartı (iyzico)", "Card (iyzico)"),
        ("bank_transfer", "EFT/Havale", "Bank transfer"),
    ],
)
async def test_an_invoice_says_how_it_was_paid(
    provider: PaymentProvider, turkish: str, english: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for people, told in (((), turkish), ((a_customer(),), english)):
        workshop, order = a_workshop(monkeypatch), a_paid_order()
        assert order.paid_attempt
        due = Due(order_id=ORDER, customer_id=CUSTOMER, amount=order.total, provider=provider)
        attempt = PaymentAttempt.open(order.paid_attempt, due, now=NOW)
        await keep(workshop.log, *people, order, attempt)
        await workshop.do(ISSUE)
        assert (await workshop.now_is(Invoice, INVOICE)).sale.payment.method == told


async def test_the_next_book_is_opened_when_one_is_full(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.invoices.series.BOOK_LENGTH", 1)
    orders = [a_paid_order(draft, picture=None) for draft in (CUSTOMER, ATTEMPT, ORDER)]
    await keep(workshop.log, *orders)
    await workshop.settle()
    numbers = [(await workshop.now_is(Invoice, Invoice.id_of(o.id))).issued.number for o in orders]
    assert numbers == [NAME.number(1), NAME.number(2), NAME.number(3)]
    assert workshop.happened().count(InvoiceSeries.BookOpened) == 2


async def test_the_legal_snapshot_outlives_the_customers_key(workshop: Workshop) -> None:
    await keep(workshop.log, a_paid_order())
    await workshop.do(ISSUE)
    recorded = next(e for e in workshop.log.recorded if isinstance(e.event, Invoice.Issued))
    assert getattr(recorded.event, recorded.event.SUBJECT) == INVOICE


async def test_a_printed_invoice_is_not_printed_again(workshop: Workshop) -> None:
    await keep(workshop.log, a_paid_order())
    await workshop.do(ISSUE)
    job = PrintInvoice(invoice_id=INVOICE)
    assert await workshop.work(job)
    assert await workshop.work(job) is None


async def test_the_real_printer_sets_what_was_issued(workshop: Workshop, fonts: Path) -> None:
    await keep(workshop.log, a_paid_order())
    await workshop.do(ISSUE)
    printer = TypstInvoicePrinter(SELLER, fonts)
    recorded = await print_invoice(
        PrintInvoice(invoice_id=INVOICE), workshop.log, printer=printer, files=workshop.files
    )
    printer.close()
    assert isinstance(recorded, RecordInvoicePrinted)
    with pypdfium2.PdfDocument(await workshop.files.get(recorded.digest)) as document:
        text = document[0].get_textpage().get_text_range()
    for expected in ("PLK2026000000001", "Işık Kitap Ltd.", "1.290,00 ₺", "1234567890"):
        assert expected in text


async def test_rows_follow_the_events(workshop: Workshop) -> None:
    await keep(workshop.log, a_paid_order(picture=None))
    jobs: list[Job] = list(await workshop.settle())
    assert jobs
    row = None
    for recorded in workshop.log.recorded:
        if invoice_rows.wants(recorded):
            row = invoice_rows.evolve(row, recorded)
    assert row
    assert (row.number, row.sequence, row.order_id) == ("PLK2026000000001", 1, ORDER)
    assert (row.net, row.tax, row.gross) == (
        Money.of("1075.00"),
        Money.of("215.00"),
        Money.of("1290.00"),
    )
    assert row.digest
    assert row.digest in workshop.files.contents
