"""Forgetting a person: their key is destroyed first, then what was readable is cleared."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from msgspec import Struct

from adapters.postgres.jobs import Jobs
from adapters.postgres.webhooks import PostgresWebhooks
from application.cards import still_kept
from application.erasure import (
    ClearTraces,
    DestroyKey,
    Letterbox,
    NotYet,
    RecordErasureCompleted,
    RecordKeyDestroyed,
)
from application.identity import held_up_by
from application.person_keys import FENCE_SECONDS, ErasureRegister, PersonKeyring
from application.ports import Clock, FileStore, PrintHouse
from application.store import EventLog, LogReader, Recorded, Store
from domain.erasure import Destroyed, Erasure, Kept
from domain.identity import User
from domain.notifications import SentMail
from projections.assets import doomed_files
from projections.erasures import papers_of, unsettled
from projections.payments import attempts_of
from projections.production import tickets_of
from projections.reads import Reads
from projections.replay.forgetting import Forgetting
from workers.jobs import works

MODELS = (
    *("file_holders", "erasures", "invoices", "return_documents", "payments", "orders"),
    "print_jobs",
)
LAST_MAIL = timedelta(hours=1)
"""How long the key waits for mails that are on their way, without which they have no address."""
FRESH_SECONDS = 10.0
BOOKS = "TTK 82, VUK 253, TBK 146"
BOOK_YEARS = 10


class Vault(Struct, frozen=True, kw_only=True):
    """Where keys are destroyed, and where it is written down that they are to stay so."""

    keys: PersonKeyring
    register: ErasureRegister


class Traces(Struct, frozen=True, kw_only=True):
    """Where a person is readable, outside of the log."""

    reads: Reads
    rows: Forgetting
    files: FileStore
    house: PrintHouse
    letters: Letterbox
    jobs: Jobs
    webhooks: PostgresWebhooks


@works()
async def destroy_key(
    job: DestroyKey, log: EventLog, *, vault: Vault, traces: Traces, clock: Clock
) -> RecordKeyDestroyed | None:
    asked = await _asked(job.person_id, log)
    if asked is None or await log.aggregate(Erasure.id_of(job.person_id)):
        return None
    told = ("orders", "payments", "design_jobs", "returns")
    await _reached(traces.reads, told, position=asked.position)
    found = await unsettled(traces.reads, job.person_id)
    if held_up := await held_up_by(found, job.person_id, store=Store(log, clock.now())):
        raise NotYet("; ".join(each.en for each in held_up))
    mails = await traces.jobs.mails_to(job.person_id)
    if cards := await still_kept(job.person_id, Store(log, clock.now())):
        raise NotYet(f"the payment provider has {cards} cards to delete")
    asked_at = asked.event.timestamp
    if clock.now() < asked_at + LAST_MAIL and {"due", "leased"} & {*mails.values()}:
        raise NotYet("a last mail is on its way")
    await vault.register.record(job.person_id, asked_at)
    await vault.keys.destroy(job.person_id)
    return RecordKeyDestroyed(person_id=job.person_id, asked_at=asked_at)


@works()
async def clear_traces(
    job: ClearTraces, log: EventLog, *, vault: Vault, traces: Traces, follower: LogReader
) -> RecordErasureCompleted | None:
    person_id = job.person_id
    history = await log.load(Erasure.id_of(person_id))
    if isinstance(history[-1].event, Erasure.Completed):
        return None
    # Until then somebody who could not be told may still read, and write down what they read.
    await asyncio.sleep(FENCE_SECONDS)
    reached = await follower.head()
    forgotten = await traces.rows.forget(person_id, reached=reached)
    await _reached(traces.reads, MODELS, position=reached)
    files = await _without_files(traces, person_id)
    tickets = await traces.house.forget(await tickets_of(traces.reads, person_id))
    mails = await _without_mails(traces, person_id, follower=follower)
    webhooks = await traces.webhooks.forget(await attempts_of(traces.reads, person_id))
    await traces.jobs.forget_person(person_id)
    destroyed = {
        "key": 1,
        "events": forgotten.events,
        "rows": forgotten.rows,
        "files": files + tickets,
        "mails": mails,
        "webhooks": webhooks,
    }
    return RecordErasureCompleted(
        person_id=person_id,
        destroyed=tuple(Destroyed(kind=kind, count=count) for kind, count in destroyed.items()),
        kept=await _kept(vault, traces, person_id=person_id, year=history[0].event.timestamp.year),
    )


async def _asked(person_id: UUID, log: EventLog) -> Recorded | None:
    history = await log.load(person_id)
    return next((each for each in history if each.kind is User.Erased), None)


async def _reached(reads: Reads, models: Sequence[str], *, position: int) -> None:
    if not await reads.reach(models, position, timeout_seconds=FRESH_SECONDS):
        raise NotYet(f"{', '.join(models)} have to reach {position}")


async def _without_files(traces: Traces, person_id: UUID) -> int:
    doomed = await doomed_files(traces.reads, person_id)
    left = [digest for digest in doomed if not await traces.files.remove(digest)]
    if left:
        raise NotYet(f"{len(left)} files were stored only a moment ago")
    return len(doomed)


async def _without_mails(traces: Traces, person_id: UUID, *, follower: LogReader) -> int:
    sent = {*await traces.jobs.mails_to(person_id)}
    async for page in follower.pages(0, await follower.head(), kinds=[SentMail.Sent]):
        for recorded in page.events:
            event = recorded.event
            if isinstance(event, SentMail.Sent) and event.person_id == person_id:
                sent.add(event.originator_id)
    await traces.letters.forget(sent)
    return len(sent)


async def _kept(vault: Vault, traces: Traces, *, person_id: UUID, year: int) -> tuple[Kept, ...]:
    papers = await papers_of(traces.reads, person_id)
    retained = await vault.keys.retained([identity for _, identity, _ in papers])
    kept = [
        Kept(kind=kind, reference=number, law="TTK 82, VUK 253", until=retained[identity].until)
        for kind, identity, number in papers
        if identity in retained
    ]
    last = date(year + BOOK_YEARS, 12, 31)
    kept.append(Kept(kind="books", reference="", law=BOOKS, until=last))
    kept.append(Kept(kind="history", reference="", law="KVKK 7, GDPR 17(3)(b)", until=None))
    kept.append(
        Kept(kind="address_digest", reference="", law="KVKK 5(2)(f), GDPR 6(1)(f)", until=None)
    )
    return tuple(kept)
