"""What follows when a return document is issued: it is set in type."""

from __future__ import annotations

from collections.abc import Iterator

from application.invoices import PrintReturnDocument
from application.work import Intent, when
from domain.invoices import ReturnDocument


@when(ReturnDocument.Issued)
def set_return_document(event: ReturnDocument.Issued) -> Iterator[Intent]:
    """An issued return document is set in type."""
    yield PrintReturnDocument(document_id=event.originator_id)
