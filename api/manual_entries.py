"""Manual entries over HTTP: credits that people in finance give and take."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.ask import Ask, Done, Listed
from application.four_eyes import Hand
from application.manual_entries import (
    ApproveManualEntry,
    MakeManualEntry,
    RejectManualEntry,
    WithdrawManualEntry,
)
from application.terms import Terms
from domain.manual_entries import REASONS, EntryReason
from domain.shared.days import beginning_of, ending_of
from domain.shared.errors import NotFound
from domain.shared.four_eyes import CHECKING_ROLE, ProposalState
from projections.entry_report import EntryReport, entry_report
from projections.manual_entries import (
    EntryFilter,
    EntryRow,
    manual_entries,
    manual_entry,
    manual_entry_list,
)

STAFF = ("admin", "finance")
"""Who reads: admins too, so that those who make entries are not the only ones to see them."""

Place = tuple[datetime, UUID]
Note = Annotated[str, Meta(min_length=3, max_length=1_000)]
InState = Annotated[ProposalState | None, QueryParameter(name="state")]
ForReason = Annotated[str | None, QueryParameter(name="reason", max_length=40)]
FirstDay = Annotated[date | None, QueryParameter(name="since", description="The first day")]
LastDay = Annotated[date | None, QueryParameter(name="until", description="The last day")]


class EntryBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose credits, how many (negative: taken), a reason of the list, and why in one's own words.

    `effective_on` is the day that it is about, if that is not today. In a closed month it is
    refused, unless `posts_late` makes it a correction that is posted to the open month.
    """

    customer_id: UUID
    credits: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
    reason: Annotated[str, Meta(pattern=r"^[a-z_]{1,40}$(?!\n)", examples=["goodwill"])]
    note: Note
    effective_on: date | None = None
    posts_late: bool = False


class NoteBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, in one's own words."""

    note: Note


class EntryDone(Done, frozen=True, kw_only=True):
    """The entry, and how it stands: `approved` is booked, `open` waits for a second person."""

    entry_id: UUID
    state: ProposalState
    needs_second: bool


class ReasonAnswer(Struct, frozen=True, kw_only=True):
    """A reason: its code, how customers read it, and whether it is for giving or for taking."""

    code: str
    tr: str
    en: str
    gives: bool
    takes: bool


class EntryTerms(Struct, frozen=True, kw_only=True):
    """The reasons, how many credits one person may book alone within a day for one customer, and
    the most that one entry may be about.
    """

    reasons: list[ReasonAnswer]
    alone: int
    most: int


class ManualEntriesController(Controller):
    path = "/finance/manual-entries"
    tags = ("finance",)

    @post(
        "/",
        operation_id="MakeManualEntry",
        summary="Give or take credits of a customer",
        status_code=201,
    )
    async def make(self, ask: Ask, data: EntryBody) -> Response[EntryDone]:
        """For finance. What is above the limit for one person waits for a second one, and so does
        what goes above it with the maker's other entries for this customer within 24 hours.

        Needs an `Idempotency-Key`. 403 where the maker would benefit, by whatever account. 404 if
        there is no such customer, or they have no wallet.
        """
        command = MakeManualEntry(
            entry_id=ask.new_id(),
            customer_id=data.customer_id,
            by=_hand(ask),
            credits=data.credits,
            reason=data.reason,
            note=data.note,
            effective_on=data.effective_on,
            posts_late=data.posts_late,
        )
        return await ask.run(command, status=201, required_key=True)

    @post(
        "/{entry_id:uuid}/approve",
        operation_id="ApproveManualEntry",
        summary="Approve another person's entry",
        status_code=200,
    )
    async def approve(self, ask: Ask, entry_id: UUID) -> Response[EntryDone]:
        """For finance. It is booked at once. Needs an `Idempotency-Key`. 403 for the maker, by
        whatever account and role, and for the one who would benefit. 404 if there is no such entry.
        """
        command = ApproveManualEntry(entry_id=entry_id, by=_hand(ask))
        return await ask.run(command, required_key=True)

    @post(
        "/{entry_id:uuid}/reject",
        operation_id="RejectManualEntry",
        summary="Say no to another person's entry",
        status_code=200,
    )
    async def reject(self, ask: Ask, entry_id: UUID, data: NoteBody) -> Response[EntryDone]:
        """For finance, with a note. 404 if there is no such entry."""
        command = RejectManualEntry(entry_id=entry_id, by=_hand(ask), note=data.note)
        return await ask.run(command)

    @post(
        "/{entry_id:uuid}/withdraw",
        operation_id="WithdrawManualEntry",
        summary="Take back an entry that waits",
        status_code=200,
    )
    async def withdraw(self, ask: Ask, entry_id: UUID) -> Response[EntryDone]:
        """For finance, of one's own. 404 if there is no such entry."""
        return await ask.run(WithdrawManualEntry(entry_id=entry_id, by=_hand(ask)))

    @get("/", operation_id="ManualEntries", summary="Manual entries, newest first")
    async def all(
        self,
        ask: Ask,
        *,
        only: InState = None,
        made_by: UUID | None = None,
        decided_by: UUID | None = None,
        customer_id: UUID | None = None,
        reason: ForReason = None,
        since: FirstDay = None,
        until: LastDay = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[EntryRow]]:
        """For finance and admins. All filters given must fit; days are days in Turkey."""
        ask.must_be(*STAFF)
        page = ask.page(limit, cursor)
        await ask.fresh(manual_entries)
        wanted = EntryFilter(
            state=only,
            made_by=made_by,
            decided_by=decided_by,
            customer_id=customer_id,
            reason=reason,
            since=beginning_of(since),
            until=ending_of(until),
        )
        before = msgspec.convert(page.after, Place) if page.after else None
        rows = await manual_entry_list(ask.reads, wanted, before=before, limit=page.limit + 1)
        return ask.listed(rows, page, key=lambda row: [row.made_at, row.entry_id])

    @get(
        "/report",
        operation_id="ManualEntryReport",
        summary="Who made and approved which entries, and what looks odd",
    )
    async def report(
        self, ask: Ask, since: FirstDay = None, until: LastDay = None
    ) -> Response[EntryReport]:
        """For finance and admins: sums by person and reason; entries that were split below the
        limit; makers whom always the same person approves; and persons of one entry who share a
        device, a network, a phone or a tax number.
        """
        ask.must_be(*STAFF)
        await ask.fresh(manual_entries)
        found = await entry_report(
            ask.reads,
            since=beginning_of(since),
            until=ending_of(until),
            alone=ask.port(Terms).entry_alone_credits,
        )
        return ask.answer(found)

    @get(
        "/reasons",
        operation_id="ManualEntryReasons",
        summary="The reasons and limits of manual entries",
    )
    async def reasons(self, ask: Ask) -> Response[EntryTerms]:
        """For finance and admins."""
        ask.must_be(*STAFF)
        terms = ask.port(Terms)
        return ask.answer(
            EntryTerms(
                reasons=[_reason(code, each) for code, each in REASONS.items()],
                alone=terms.entry_alone_credits,
                most=terms.entry_most_credits,
            )
        )

    @get("/{entry_id:uuid}", operation_id="ManualEntry", summary="One manual entry")
    async def one(self, ask: Ask, entry_id: UUID) -> Response[EntryRow]:
        """For finance and admins. 404 if there is no such entry."""
        ask.must_be(*STAFF)
        await ask.fresh(manual_entries)
        row = await manual_entry(ask.reads, entry_id)
        if row is None:
            raise NotFound
        return ask.answer(row)


def _hand(ask: Ask) -> Hand:
    ask.must_be(CHECKING_ROLE)
    return Hand(person_id=ask.person, session_id=ask.who.session_id)


def _reason(code: str, reason: EntryReason) -> ReasonAnswer:
    return ReasonAnswer(
        code=code, tr=reason.tr, en=reason.en, gives=reason.gives, takes=reason.takes
    )
