"""Stand-ins for an integrator, where there is no contract with one."""

from __future__ import annotations

from application.ports import (
    InvoiceTaken,
    InvoiceTurnedDown,
    InvoiceUnknown,
    IssuedInvoice,
)

NO_INTEGRATOR = "no_integrator"


class LocalInvoiceIssuer:
    """Takes samples, which say of themselves that they have no force, and nothing else: no invoice
    counts before the law until somebody has signed and reported it.
    """

    async def hand_over(
        self, invoice: IssuedInvoice
    ) -> InvoiceTaken | InvoiceTurnedDown | InvoiceUnknown:
        if invoice.sample:
            return InvoiceTaken(reference=f"ÖRNEKTİR/{invoice.number}")
        return InvoiceTurnedDown(code=NO_INTEGRATOR)
