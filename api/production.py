"""The workshop's list over HTTP."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from msgspec import Struct

from api.ask import Ask, Listed
from api.files import link_to
from application.file_links import FileLink, FileLinks
from domain.production import PrintState
from projections.production import PrintJobRow, print_job_list, print_jobs

Place = tuple[datetime, UUID]


class PrintJobAnswer(Struct, frozen=True, kw_only=True):
    """One cover to print. `file` opens the print file for 15 minutes, once it is made, and
    `artwork_ppi` is the resolution of the artwork on it; `reason` tells why it could not be made.
    """

    print_job_id: UUID
    order_id: UUID
    order_number: str
    requested_at: datetime
    changed_at: datetime
    state: PrintState
    file: str | None
    artwork_ppi: int | None
    reason: str | None


class ProductionController(Controller):
    path = "/print-jobs"
    tags = ("production",)

    @get(operation_id="PrintJobs", summary="Covers to print, newest first")
    async def all(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[PrintJobAnswer]]:
        """For admins: what is to be printed, how far it is, and what could not be."""
        ask.must_be("admin")
        page = ask.page(limit, cursor)
        await ask.fresh(print_jobs)
        before = msgspec.convert(page.after, Place) if page.after else None
        rows = await print_job_list(ask.reads, before=before, limit=page.limit + 1)
        links = ask.port(FileLinks)
        return ask.listed(
            [_answer(row, links) for row in rows],
            page,
            key=lambda item: [item.requested_at, item.print_job_id],
        )


def _answer(row: PrintJobRow, links: FileLinks) -> PrintJobAnswer:
    link = row.file and FileLink(row.file.digest, "application/pdf", f"{row.order_number}.pdf")
    return PrintJobAnswer(
        print_job_id=row.print_job_id,
        order_id=row.order_id,
        order_number=row.order_number,
        requested_at=row.requested_at,
        changed_at=row.changed_at,
        state=row.state,
        file=link_to(links, link) if link else None,
        artwork_ppi=row.file.artwork_ppi if row.file else None,
        reason=row.reason,
    )
