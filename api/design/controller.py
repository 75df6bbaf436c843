"""The routes of design jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.params import HeaderParameter
from msgspec import Meta, Struct

from api.ask import Ask, Listed, Rate
from api.design.upload import SAID_LENGTH, preview_from
from api.files import link_to
from api.uploads import MOST_UPLOADED, FileUpload
from application.design import (
    AcceptDesignJob,
    ApproveDesign,
    CancelDesign,
    ChooseAnotherDesigner,
    DeclineDesignJob,
    RequestRevision,
)
from application.file_links import FileLink, FileLinks
from domain.design import JobState, Party
from domain.shared.artwork import Artwork
from domain.shared.errors import NotFound
from domain.shared.money import Money
from projections.design import (
    DesignJobRow,
    DesignStep,
    design_job,
    design_jobs,
    design_jobs_of,
    design_steps,
    steps_of,
)

UPLOADS = {"rate": Rate("uploads", 30)}

Said = Annotated[str, Meta(max_length=SAID_LENGTH)]
Tab = Literal["pending", "active", "completed"]

TABS: dict[Tab, tuple[JobState, ...]] = {
    "pending": ("awaiting_designer", "declined"),
    "active": ("in_progress", "preview_sent", "revision_requested"),
    "completed": ("approved", "cancelled"),
}


class WordsBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said with a step; it may be left out."""

    said: Said = ""


class RevisionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be changed."""

    said: Annotated[str, Meta(min_length=1, max_length=SAID_LENGTH, pattern=r"\S")]


class AnotherDesignerBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is to be asked instead."""

    designer_id: UUID


class DesignJobItem(Struct, frozen=True, kw_only=True):
    """A job in a list. `part` is what the caller is in it."""

    job_id: UUID
    order_id: UUID
    number: str
    part: Literal["customer", "designer"]
    state: JobState
    title: str
    author: str
    book_kind: str
    fee: Money
    previews: int
    revisions: int
    revisions_allowed: int
    offered_at: datetime | None
    answer_by: datetime | None
    approves_at: datetime | None
    ended_at: datetime | None


class DesignStepItem(Struct, frozen=True, kw_only=True):
    """Who did what, when, and what they said; `preview` numbers the previews."""

    at: datetime
    step: str
    by: Party
    said: str
    preview: int | None


class DesignJobAnswer(Struct, frozen=True, kw_only=True):
    """A job with the customer's wishes and all its steps, the first one first. The link to the
    last preview works for 15 minutes.
    """

    job: DesignJobItem
    designer_id: UUID | None
    wishes: str
    preview_url: str | None
    steps: tuple[DesignStepItem, ...]


class DesignController(Controller):
    """Design jobs; another's are not found."""

    path = "/design-jobs"
    tags = ("design",)

    @get("/", operation_id="DesignJobs", summary="Jobs that one makes or ordered")
    async def inbox(
        self, ask: Ask, tab: Tab | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[DesignJobItem]]:
        """A designer's inbox, and a customer's commissions, newest first; `tab` narrows it."""
        page = ask.page(limit, cursor)
        await ask.fresh(design_jobs)
        rows = await design_jobs_of(
            ask.reads,
            ask.person,
            states=TABS[tab] if tab else sum(TABS.values(), ()),
            before=page.after[0] if page.after else None,
            limit=page.limit + 1,
        )
        positions = {row.job_id: row.position for row in rows}
        items = [_item(row, ask.person) for row in rows]
        return ask.listed(items, page, key=lambda item: [positions[item.job_id]])

    @get("/{job_id:uuid}", operation_id="DesignJob", summary="A job with all its steps")
    async def one(self, ask: Ask, job_id: UUID) -> Response[DesignJobAnswer]:
        """For its customer and its designer; the ETag is for `If-Match`."""
        row = await _own_job(ask, job_id)
        steps = await steps_of(ask.reads, row, person_id=ask.person)
        answer = DesignJobAnswer(
            job=_item(row, ask.person),
            designer_id=row.designer_id,
            wishes=row.wishes,
            preview_url=_preview(ask, row.artwork) if row.artwork else None,
            steps=tuple(_step(step) for step in steps),
        )
        return ask.answer(answer, row.version)

    @post(
        "/{job_id:uuid}/accept",
        operation_id="AcceptDesignJob",
        summary="Take a job on",
        status_code=200,
    )
    async def accept(self, ask: Ask, job_id: UUID) -> Response[Any]:
        """The designer's answer to an offer."""
        ask.must_be("designer")
        command = AcceptDesignJob(
            job_id=job_id, person_id=ask.person, expected_version=ask.if_match
        )
        return await ask.run(command)

    @post(
        "/{job_id:uuid}/decline",
        operation_id="DeclineDesignJob",
        summary="Decline a job",
        status_code=200,
    )
    async def decline(self, ask: Ask, job_id: UUID, data: WordsBody) -> Response[Any]:
        """The customer then chooses somebody else, or cancels and has the money back."""
        ask.must_be("designer")
        command = DeclineDesignJob(
            job_id=job_id, person_id=ask.person, said=data.said, expected_version=ask.if_match
        )
        return await ask.run(command)

    @post(
        "/{job_id:uuid}/previews",
        operation_id="SendPreview",
        summary="Send a preview",
        status_code=201,
        opt=UPLOADS,
        request_max_body_size=MOST_UPLOADED,
        operation_class=FileUpload,
    )
    async def send_preview(
        self,
        ask: Ask,
        job_id: UUID,
        request: Request[Any, Any, Any],
        said: Annotated[str, HeaderParameter(name="Message")] = "",
    ) -> Response[Any]:
        """The body is the file that is printed once it is approved: png, jpeg, webp, tiff or a
        one-page pdf of at most 40 MiB. The header `Message`, percent-encoded UTF-8, says something
        with it. What can't be printed is refused with a reason (422 `artwork_refused`).
        """
        ask.must_be("designer")
        command = await preview_from(ask, request, job_id=job_id, said=said)
        return await ask.run(command, status=201, preview_url=_preview(ask, command.artwork))

    @post(
        "/{job_id:uuid}/request-revision",
        operation_id="RequestRevision",
        summary="Have a preview changed",
        status_code=200,
    )
    async def request_revision(self, ask: Ask, job_id: UUID, data: RevisionBody) -> Response[Any]:
        """The customer says what; the fee covers as many revisions as the job tells."""
        command = RequestRevision(
            job_id=job_id, customer_id=ask.person, said=data.said, expected_version=ask.if_match
        )
        return await ask.run(command)

    @post(
        "/{job_id:uuid}/approve",
        operation_id="ApproveDesign",
        summary="Approve a preview",
        status_code=200,
    )
    async def approve(self, ask: Ask, job_id: UUID) -> Response[Any]:
        """The file goes to production and the fee to the designer."""
        command = ApproveDesign(
            job_id=job_id, customer_id=ask.person, expected_version=ask.if_match
        )
        return await ask.run(command)

    @post(
        "/{job_id:uuid}/cancel",
        operation_id="CancelDesign",
        summary="Call a job off",
        status_code=200,
    )
    async def cancel(self, ask: Ask, job_id: UUID, data: WordsBody) -> Response[Any]:
        """By its customer, or by the designer who took it on. The order is cancelled with it, and
        what was paid goes back.
        """
        command = CancelDesign(
            job_id=job_id, person_id=ask.person, said=data.said, expected_version=ask.if_match
        )
        return await ask.run(command, required_key=True)

    @post(
        "/{job_id:uuid}/choose-another",
        operation_id="ChooseAnotherDesigner",
        summary="Ask another designer",
        status_code=200,
    )
    async def choose_another(
        self, ask: Ask, job_id: UUID, data: AnotherDesignerBody
    ) -> Response[Any]:
        """After a refusal; the fee stays, so their price may not be above it."""
        command = ChooseAnotherDesigner(
            job_id=job_id,
            customer_id=ask.person,
            designer_id=data.designer_id,
            expected_version=ask.if_match,
        )
        return await ask.run(command)


async def _own_job(ask: Ask, job_id: UUID) -> DesignJobRow:
    await ask.fresh(design_jobs, design_steps)
    row = await design_job(ask.reads, job_id, person_id=ask.person)
    if row is None:
        raise NotFound
    return row


def _preview(ask: Ask, artwork: Artwork) -> str:
    links: FileLinks = ask.port(FileLinks)
    return link_to(links, FileLink(artwork.preview_digest, "image/webp", "onizleme.webp"))


def _item(row: DesignJobRow, person_id: UUID) -> DesignJobItem:
    part: Literal["customer", "designer"] = (
        "customer" if row.customer_id == person_id else "designer"
    )
    names = [name for name in DesignJobItem.__struct_fields__ if name != "part"]
    return DesignJobItem(part=part, **{name: getattr(row, name) for name in names})


def _step(step: DesignStep) -> DesignStepItem:
    return DesignStepItem(
        at=step.at, step=step.step, by=step.by, said=step.said, preview=step.preview
    )
