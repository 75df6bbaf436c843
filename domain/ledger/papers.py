"""What papers about returns mean for the books: nothing, because the returns are booked."""

from __future__ import annotations

from domain.invoices import ReturnDocument
from domain.ledger.booking import posts_nothing

posts_nothing(
    ReturnDocument.Issued,
    ReturnDocument.DocumentMade,
    because="It is the paper about money that went back; the order's own event books the money.",
)
