"""Papers about money that went back: one for each set of refunds, numbered without a gap."""

from __future__ import annotations

from uuid import UUID

import pytest
from msgspec.structs import replace

from application.bus import Command
from domain.invoices import (
    Invoice,
    InvoiceBook,
    NothingReturned,
    RefundDocumented,
    ReturnDocument,
    kind_of_return,
)
from domain.shared.money import Money, split_gross, total
from tests.given import given
from tests.invoices.returning import ReturnInPaper, a_returned_order, refund_of
from tests.invoices.test_invoices import BUYER, an_invoice
from tests.production.examples import ORDER, Workshop, a_workshop, keep

FIRST, SECOND, OTHER = (UUID(int=number) for number in (1, 2, 3))


@pytest.fixture
def workshop(monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return a_workshop(monkeypatch)


def in_paper(*numbers: int) -> Command:
    order, _ = a_returned_order()
    return ReturnInPaper(
        order_id=ORDER, refund_ids=tuple(refund_of(order, number) for number in numbers)
    )


async def documented(workshop: Workshop, *numbers: int) -> ReturnDocument:
    """The document about these refunds, after it was asked for."""
    asked = await workshop.do(in_paper(*numbers))
    return await workshop.now_is(ReturnDocument, UUID(asked.answer["document_id"]))


async def test_what_went_back_is_documented_line_by_line(workshop: Workshop) -> None:
    order, attempt = a_returned_order()
    await keep(workshop.log, order, attempt)
    document = await documented(workshop, 0, 1)
    assert document.issued.number == "PLI2026000000001"
    assert document.kind == "iade_invoice_received"
    back = document.given_back
    assert [(line.description, str(line.gross)) for line in back.lines] == [
        ("Kalem: cover", "420.01 TRY"),
        ("Kalem: cargo", "30.00 TRY"),
    ]
    assert back.returned == Money.of("450.01")
    assert back.invoice.number == "PLK2026000000001"
    assert document.buyer == (await workshop.now_is(Invoice, Invoice.id_of(ORDER))).buyer


async def test_the_same_refunds_have_the_same_document(workshop: Workshop) -> None:
    await keep(workshop.log, *a_returned_order())
    asked = [await workshop.do(in_paper(*numbers)) for numbers in ((0, 1), (1, 0), (0,), (1,))]
    assert len({each.answer["document_id"] for each in asked}) == 1
    assert workshop.happened().count(ReturnDocument.Issued) == 1


async def test_a_later_refund_has_a_document_of_its_own(workshop: Workshop) -> None:
    await keep(workshop.log, *a_returned_order())
    await workshop.do(in_paper(0))
    document = await documented(workshop, 0, 1)
    assert document.issued.number == "PLI2026000000002"
    assert [line.gross for line in document.given_back.lines] == [Money.of("30.00")]
    assert workshop.happened().count(Invoice.Issued) == 1


async def test_parts_of_a_line_have_its_net_and_kdv_to_the_kurus(workshop: Workshop) -> None:
    order, attempt = a_returned_order(
        parts=(("cover", "0.07"), ("cover", "419.96"), ("cover", "839.97"))
    )
    await keep(workshop.log, order, attempt)
    documents = [await documented(workshop, number) for number in (0, 1, 2)]
    lines = [line for each in documents for line in each.given_back.lines]
    whole = split_gross(Money.of("1260.00"), lines[0].rate)
    assert total(line.net for line in lines) == whole.net
    assert total(line.tax for line in lines) == whole.tax


async def test_money_that_has_not_gone_is_not_documented(workshop: Workshop) -> None:
    await keep(workshop.log, *a_returned_order())
    with pytest.raises(NothingReturned):
        await workshop.do(in_paper(7))
    assert ReturnDocument.Issued not in workshop.happened()
    assert InvoiceBook.InvoiceIssued not in workshop.happened()


def test_a_refund_stands_on_one_document_only() -> None:
    def write(invoice: Invoice) -> None:
        invoice.document_return(FIRST, (SECOND,))

    given(an_invoice()).when(write).then(Invoice.ReturnDocumented)
    given(an_invoice(), write).when(write).ignored()
    given(an_invoice(), write).when(
        lambda invoice: invoice.document_return(OTHER, (SECOND,))
    ).refused(RefundDocumented, refund_id=SECOND, document_id=FIRST)


@pytest.mark.parametrize(
    ("tax_number", "goods", "kind"),
    [
        ("1234567890", True, "iade_invoice_received"),
        ("1234567890", False, "iade_invoice_received"),
        ("12345678901", True, "earsiv_return_part"),
        ("", True, "earsiv_return_part"),
        ("", False, "gider_pusulasi"),
    ],
)
def test_the_paper_fits_the_buyer(tax_number: str, goods: bool, kind: str) -> None:
    buyer = replace(BUYER, tax_number=tax_number)
    assert kind_of_return(buyer, goods=goods) == kind
