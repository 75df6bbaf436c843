"""The workshop's list over HTTP, and what admins do about a print job."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.ask import Ask, Done, Listed
from api.files import link_to
from application.file_links import FileLink, FileLinks
from application.production import (
    CancelReprint,
    MarkPrinted,
    MarkSpoiled,
    RequestReprint,
    RetryPrintJob,
)
from domain.production import PrintState, ReprintReason
from domain.shared.errors import NotFound
from projections.production import (
    PrintJobFilter,
    PrintJobRow,
    PrintStep,
    print_job,
    print_job_list,
    print_jobs,
)

Place = tuple[datetime, UUID]
InState = Annotated[PrintState | None, QueryParameter(name="state")]


class PrintJobAnswer(Struct, frozen=True, kw_only=True):
    """One copy of a cover to print. `copy` is 0 for the order's own and counts what is printed
    anew; `attempt` counts how often the copy was handed over. `file` opens the print file for 15
    minutes, once it is made, and `artwork_ppi` is the resolution of the artwork on it; `reason`
    tells why it could not be made, or was spoiled or rejected.
    """

    print_job_id: UUID
    version: int
    order_id: UUID
    order_number: str
    copy: int
    reprint_reason: ReprintReason | None
    requested_at: datetime
    changed_at: datetime
    state: PrintState
    attempt: int
    reference: str
    file: str | None
    artwork_ppi: int | None
    reason: str | None


class PrintJobWithSteps(Struct, frozen=True, kw_only=True):
    """A print job, and all that happened to it, the first first."""

    job: PrintJobAnswer
    steps: tuple[PrintStep, ...]


class SpoiledBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which attempt was spoiled, and why, as a code such as `colour` or `cut`."""

    attempt: Annotated[int, Meta(ge=1, le=1000)]
    reason: Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,40}$(?!\n)", examples=["colour"])]


class ReprintBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a cover is printed anew."""

    reason: ReprintReason


class PrintJobDone(Done, frozen=True, kw_only=True):
    """The print job, and how it stands."""

    print_job_id: UUID
    state: PrintState
    attempt: int


class ReprintDone(Done, frozen=True, kw_only=True):
    """The print job of the new copy."""

    print_job_id: UUID
    copy: int


class ProductionController(Controller):
    path = "/print-jobs"
    tags = ("production",)

    @get("/", operation_id="PrintJobs", summary="Covers to print, newest first")
    async def all(
        self,
        ask: Ask,
        *,
        only: InState = None,
        order_id: UUID | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[PrintJobAnswer]]:
        """For admins: what is to be printed, how far it is, and what could not be. All filters
        given must fit.
        """
        ask.must_be("admin")
        page = ask.page(limit, cursor)
        await ask.fresh(print_jobs)
        wanted = PrintJobFilter(state=only, order_id=order_id)
        before = msgspec.convert(page.after, Place) if page.after else None
        rows = await print_job_list(ask.reads, wanted, before=before, limit=page.limit + 1)
        links = ask.port(FileLinks)
        return ask.listed(
            [_answer(row, links) for row in rows],
            page,
            key=lambda item: [item.requested_at, item.print_job_id],
        )

    @get("/{print_job_id:uuid}", operation_id="PrintJob", summary="A print job with its history")
    async def one(self, ask: Ask, print_job_id: UUID) -> Response[PrintJobWithSteps]:
        """For admins; the ETag is for `If-Match`. 404 if there is no such job."""
        ask.must_be("admin")
        await ask.fresh(print_jobs)
        row = await print_job(ask.reads, print_job_id)
        if row is None:
            raise NotFound
        answer = PrintJobWithSteps(job=_answer(row, ask.port(FileLinks)), steps=row.steps)
        return ask.answer(answer, row.version)

    @post(
        "/{print_job_id:uuid}/printed",
        operation_id="MarkPrinted",
        summary="Say that a cover is printed",
        status_code=200,
    )
    async def mark_printed(self, ask: Ask, print_job_id: UUID) -> Response[PrintJobDone]:
        """For admins, where the house does not tell. 409 where it is not at the house."""
        ask.must_be("admin")
        return await ask.run(
            MarkPrinted(print_job_id=print_job_id, by=ask.person, expected_version=ask.if_match)
        )

    @post(
        "/{print_job_id:uuid}/spoiled",
        operation_id="MarkSpoiled",
        summary="Say that an attempt was spoiled",
        status_code=200,
    )
    async def mark_spoiled(
        self, ask: Ask, print_job_id: UUID, data: SpoiledBody
    ) -> Response[PrintJobDone]:
        """For admins: the same copy is printed again. 409 once its parcel has left: then ask for a
        reprint.
        """
        ask.must_be("admin")
        command = MarkSpoiled(
            print_job_id=print_job_id,
            attempt=data.attempt,
            reason=data.reason,
            by=ask.person,
            expected_version=ask.if_match,
        )
        return await ask.run(command)

    @post(
        "/{print_job_id:uuid}/retry",
        operation_id="RetryPrintJob",
        summary="Make a refused file again, or hand over a rejected copy again",
        status_code=200,
    )
    async def retry(self, ask: Ask, print_job_id: UUID) -> Response[PrintJobDone]:
        """For admins. 409 where nothing was refused."""
        ask.must_be("admin")
        return await ask.run(
            RetryPrintJob(print_job_id=print_job_id, by=ask.person, expected_version=ask.if_match)
        )

    @post(
        "/{print_job_id:uuid}/cancel",
        operation_id="CancelReprint",
        summary="Give a reprint up",
        status_code=200,
    )
    async def cancel(self, ask: Ask, print_job_id: UUID) -> Response[PrintJobDone]:
        """For admins; one that is at the house is called back. 409 for the order's own cover, and
        for what is printed.
        """
        ask.must_be("admin")
        return await ask.run(
            CancelReprint(print_job_id=print_job_id, by=ask.person, expected_version=ask.if_match)
        )


class ReprintsController(Controller):
    path = "/orders/{order_id:uuid}/reprints"
    tags = ("production",)

    @post("/", operation_id="RequestReprint", summary="Have a cover printed anew", status_code=201)
    async def request(self, ask: Ask, order_id: UUID, data: ReprintBody) -> Response[ReprintDone]:
        """For admins; it becomes a parcel of its own. Needs an `Idempotency-Key`. 409 before the
        order's own cover was printed.
        """
        ask.must_be("admin")
        command = RequestReprint(
            order_id=order_id, request_id=ask.new_id(), reason=data.reason, by=ask.person
        )
        answer: Response[Any] = await ask.run(command, status=201, required_key=True)
        return answer


def _answer(row: PrintJobRow, links: FileLinks) -> PrintJobAnswer:
    name = f"{row.order_number}-{row.copy}.pdf" if row.copy else f"{row.order_number}.pdf"
    link = row.file and FileLink(row.file.digest, "application/pdf", name)
    return PrintJobAnswer(
        print_job_id=row.print_job_id,
        version=row.version,
        order_id=row.order_id,
        order_number=row.order_number,
        copy=row.copy,
        reprint_reason=row.reprint_reason,
        requested_at=row.requested_at,
        changed_at=row.changed_at,
        state=row.state,
        attempt=row.attempt,
        reference=row.reference,
        file=link_to(links, link) if link else None,
        artwork_ppi=row.file.artwork_ppi if row.file else None,
        reason=row.reason,
    )
