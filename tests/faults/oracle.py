"""The oracle: after any fault, once work has drained, every promise of the system is checked."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

import httpx
from msgspec import Struct

from application.work import reactions_to
from deploy.bootstrap import System, running_system
from deploy.mailbox.folder import MailFolder
from projections import READ_MODELS
from projections.replay import verify
from tests.faults.books import (
    invoice_faults,
    payment_faults,
    refunds_of_cancels,
    wallet_faults,
)
from tests.faults.evidence import STANDING, Evidence, Json, evidence
from tests.faults.settled import settlement_faults
from tests.live import LiveSystem
from tests.waiting import eventually
from workers.controls import CONTROLS
from workers.controls.registry import Scope
from workers.stories import PROCESSES

assert PROCESSES, "importing them is what registers their reactions"

DRAIN_SECONDS = 90.0
CONTROLS_AT_REST = (
    "designers-payable-explained",
    "invoice-numbers",
    "ledger-coverage",
    "trial-balance",
    "wallets-add-up",
)
"""Those that hold at any moment at which all read models stand at the head."""


class Asked(Struct, frozen=True, kw_only=True):
    """What a client asked under one key and was finally told; `answer` is a problem if refused."""

    person_id: str
    key: str
    command: str
    status: int
    answer: Json

    @property
    def acknowledged(self) -> bool:
        return self.status < httpx.codes.BAD_REQUEST


class Effect(Struct, frozen=True, kw_only=True):
    """An event that calls for work, and the one event in which that work must end.

    Work that is parked where operators see it is excused, and so is work for cancelled orders. In
    streams that have an event `otherwise`, the same ends come of something else.
    """

    cause: str
    ends: tuple[str, ...]
    about: str = ""
    job: str = ""
    otherwise: str = ""


EFFECTS = (
    Effect(
        cause="generation.requested",
        ends=tuple(f"generation.{end}" for end in ("completed", "failed", "expired", "cancelled")),
        job="PaintCandidates",
    ),
    Effect(cause="order.paid", ends=("invoice.issued",), about="order_id"),
    Effect(cause="invoice.issued", ends=("invoice.document_made",), job="PrintInvoice"),
    Effect(
        cause="print_job.requested",
        ends=("print_job.file_made", "print_job.file_refused"),
        about="copy",
        job="MakePrintFile",
    ),
    Effect(cause="print_job.file_made", ends=("print_job.handed_over",), about="copy"),
    Effect(cause="print_job.handed_over", ends=("shipment.requested",), about="copy"),
    Effect(cause="shipment.requested", ends=("shipment.parcel_created",), job="CreateParcel"),
    Effect(
        cause="payment.refund_requested",
        ends=("payment.line_refunded", "payment.refund_failed"),
        about="refund_id",
        job="RefundLine",
        otherwise="payment.cancelled",
    ),
    Effect(
        cause="payment.cancel_requested",
        ends=("payment.cancelled", "payment.cancel_refused"),
        about="cancel_id",
        job="CancelPayment",
    ),
)


async def check(
    system: LiveSystem, asked: Iterable[Asked] = (), *, seconds: float = DRAIN_SECONDS
) -> None:
    """Wait until all work has drained, then fail with every difference that is found.

    `asked` is what clients were told; give all that these persons ever asked.
    """
    seen = await asyncio.to_thread(drained, system, seconds=seconds)
    found = [
        *log_faults(seen),
        *wallet_faults(seen),
        *payment_faults(seen, await provider_book(system)),
        *invoice_faults(seen),
        *settlement_faults(seen),
        *request_faults(seen, list(asked)),
        *effect_faults(seen),
        *mail_faults(seen, system),
        *parcel_faults(seen, system),
    ]
    async with running_system(system.settings, name="oracle", pool_size=4) as connected:
        found += [fault async for fault in reaction_faults(seen, connected)]
        found += [fault async for fault in read_model_faults(connected)]
        found += [fault async for fault in control_faults(connected)]
    assert not found, "\n".join(["the oracle found:", *found])


def drain(system: LiveSystem, *, seconds: float = DRAIN_SECONDS) -> None:
    """Wait until readers are at the head of the log and no job is due, leased or to be retried."""
    standing: tuple[object, ...] = ()

    def at_rest() -> bool:
        nonlocal standing
        [standing] = system.query(STANDING)
        head, reactor, projector, jobs = standing
        return head == reactor == projector and jobs == 0

    try:
        eventually(at_rest, seconds=seconds, what="all work to drain")
    except AssertionError as late:
        waiting = system.query(
            "SELECT kind, state, attempts, due_at, leased_until, error FROM jobs"
            " WHERE state = 'leased' OR state = 'due' AND (due_at <= now() OR error IS NOT NULL)"
        )
        paused = system.query("SELECT name, error FROM projections WHERE state = 'paused'")
        told = [f"{late}; head, reactor, projector, jobs: {standing}", *waiting, *paused]
        raise AssertionError("\n".join(map(str, told))) from None


def drained(system: LiveSystem, *, seconds: float = DRAIN_SECONDS) -> Evidence:
    """What there is when all work has drained. Carriers move parcels whenever they like: what came
    while it was read is waited for, too.
    """
    drain(system, seconds=seconds)
    while not (seen := evidence(system.database_url)).at_rest:
        drain(system, seconds=seconds)
    return seen


async def provider_book(system: LiveSystem) -> list[Json]:
    """Every payment the emulated provider knows."""
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{emulator_url(system)}/_control/book")
    payments: list[Json] = answer.json()["payments"]
    return payments


def emulator_url(system: LiveSystem) -> str:
    """Where the emulated provider is."""
    return f"http://127.0.0.1:{system.settings.web.emulators_port}"


def log_faults(seen: Evidence) -> Iterator[str]:
    """Positions and the versions of each stream have no gap."""
    positions = [event.position for event in seen.events]
    if positions != list(range(1, len(positions) + 1)):
        gaps = sorted(set(range(1, max(positions) + 1)) - set(positions))
        yield f"positions are missing: {gaps[:10]}"
    for stream in seen.streams(""):
        versions = [event.version for event in stream]
        if versions != list(range(1, len(versions) + 1)):
            yield f"stream {stream[0].stream} has the versions {versions}"


def request_faults(seen: Evidence, asked: Sequence[Asked]) -> Iterator[str]:
    """Each acknowledged request took effect once, each refused one not at all."""
    by_position = {event.position: event for event in seen.events}
    for request in asked:
        stored = seen.answers.get((request.person_id, request.key))
        if not request.acknowledged:
            if stored and "refusal" not in stored.answer:
                yield f"{request.command} {request.key} was refused and yet done"
            continue
        if stored is None or stored.answer.get("id") != request.answer["id"]:
            yield f"{request.command} {request.key} is lost: told {request.answer}, kept {stored}"
            continue
        event = by_position.get(stored.position)
        if event is None or (event.command, event.actor) != (request.command, request.person_id):
            yield f"{request.command} {request.key} is not at {stored.position}: {event}"
    kinds = {(request.person_id, request.command) for request in asked}
    told = Counter((each.person_id, each.command) for each in asked if each.acknowledged)
    done = {(event.actor or "", event.command, event.command_id) for event in seen.events}
    counted = Counter((actor, command) for actor, command, _ in done)
    for kind in sorted(kinds):
        if told[kind] != counted[kind]:
            yield f"{kind[1]} by {kind[0]}: {told[kind]} acknowledged, {counted[kind]} done"


def effect_faults(seen: Evidence) -> Iterator[str]:
    """Each event that calls for work has one completed effect or one visible parked item."""
    cancelled = {event.stream for event in seen.of("order.cancelled")}
    for effect in EFFECTS:
        elsewhere = {event.stream for event in seen.of(effect.otherwise)}
        ends = Counter(
            event.about(effect.about)
            for event in seen.of(*effect.ends)
            if event.stream not in elsewhere
        )
        for cause in seen.of(effect.cause):
            about = cause.about(effect.about)
            order = cause.about("order_id")
            parked = seen.parked(effect.job, about) or seen.parked(effect.job, order)
            excused = parked or order in cancelled
            if ends[about] == 1 or (excused and not ends[about]):
                continue
            yield f"{cause.kind} of {about}: {ends[about]}× {' or '.join(effect.ends)}"
        causes = {event.about(effect.about) for event in seen.of(effect.cause)}
        orphans = ends.keys() - causes - refunds_of_cancels(seen)
        if orphans:
            yield f"{' or '.join(effect.ends)} without {effect.cause}: {sorted(orphans)}"


def mail_faults(seen: Evidence, system: LiveSystem) -> Iterator[str]:
    """Each mail that was asked for lies in the mailbox once, under its job's id."""
    sent = Counter(event.stream for event in seen.of("mail.sent"))
    folder = MailFolder(system.settings.data_dir / "emulators" / "mails")
    arrived = Counter(mail.message_id.strip("<>").split("@")[0] for mail in folder.newest_first())
    for job in seen.jobs.values():
        if job.kind == "SendMail" and job.state == "done":
            counts = (sent[job.id], arrived[job.id])
            if counts != (1, 1):
                yield f"mail {job.id} {job.body['template']}: sent, arrived {counts}"
    known = {str(row[0]) for row in system.query("SELECT job_id FROM jobs WHERE kind = 'SendMail'")}
    for stray in arrived.keys() - known:
        yield f"mail {stray} was asked for by nobody"


def parcel_faults(seen: Evidence, system: LiveSystem) -> Iterator[str]:
    """The carrier knows one parcel for each shipment, under our reference."""
    file = system.settings.data_dir / "emulators" / "carrier.sqlite"
    with contextlib.closing(sqlite3.connect(file)) as carrier:
        query = "SELECT shipment_id, carrier_reference FROM parcels"
        theirs = Counter(carrier.execute(query).fetchall())
    ours = Counter(
        (event.stream, event.facts["carrier_reference"])
        for event in seen.of("shipment.parcel_created")
    )
    for parcel in ours.keys() - theirs.keys():
        yield f"parcel {parcel} is unknown to the carrier"
    for shipment, count in Counter(shipment for shipment, _ in ours + theirs).items():
        if count > 1:
            yield f"shipment {shipment} has {count} parcels"


async def reaction_faults(seen: Evidence, connected: System) -> AsyncIterator[str]:
    """What each event asks for was done, or stands in the table of jobs; and nothing else does."""
    wanted: set[str] = set()
    history = await connected.event_log.page(0, len(seen.events))
    for wish in (wish for recorded in history for wish in reactions_to(recorded)):
        wanted.add(str(wish.id))
        done = ("reactions", str(wish.id)) in seen.answers or str(wish.id) in seen.jobs
        if not done:
            yield f"{type(wish.intent).__name__} because of {wish.cause.position} is missing"
    for stray in seen.jobs.keys() - wanted:
        yield f"job {stray} {seen.jobs[stray].kind} was asked for by no event"


async def read_model_faults(connected: System) -> AsyncIterator[str]:
    """Each read model equals its fold."""
    for model in READ_MODELS:
        verdict = await verify(
            connected.pool, connected.event_log, model=model, tell=lambda _progress: None
        )
        if not verdict.equal:
            yield f"read model {model.name} differs: {verdict}"


async def control_faults(connected: System) -> AsyncIterator[str]:
    """The controls of the books find nothing."""
    async with connected.pool.connection() as connection, connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        scope = Scope(
            connection=connection,
            log=connected.event_log,
            position=await connected.event_log.head(),
            passed_position=0,
            now=connected.clock.now(),
        )
        for name in CONTROLS_AT_REST:
            found = await CONTROLS[name].check(scope)
            for each in found.findings:
                yield f"control {name}: {each.subject} {each.fault}"
