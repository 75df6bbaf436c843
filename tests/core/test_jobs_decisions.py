"""What operators see and decide: parked jobs, their history, and the end of finished ones."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY

from adapters.postgres.jobs import NewJob
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from tests.core.desk import Desk, ReadTestNote, registered_work
from workers.watch import Watch
from workers.works import COMMAND_ATTEMPTS


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    with registered_work():
        yield


@pytest.fixture
def desk(pool: Pool, event_log: PostgresLog) -> Desk:
    return Desk(pool, event_log)


def job(kind: str, body: bytes = b"{}", *, error: str | None = None, queue: str = "test") -> NewJob:
    """Some job."""
    return NewJob(
        id=uuid4(),
        queue=queue,
        kind=kind,
        body=body,
        due_at=None,
        not_before=None,
        causation_position=7,
        correlation_id=None,
        error=error,
    )


@pytest.mark.parametrize(
    ("strange", "said"),
    [
        (job("FoldTestNote"), "knows no FoldTestNote"),
        (job("ProofreadTestNote", b'{"note_id": 7}'), "can't be read"),
        (job("ReadTestNote", b"\xff", queue="commands"), "can't be read"),
        (job("ReadTestNote"), "knows no ReadTestNote in the queue test"),
    ],
)
async def test_work_that_nobody_understands_waits_for_a_newer_release_and_is_parked(
    desk: Desk, strange: NewJob, said: str
) -> None:
    await desk.store(strange)
    tried = 0
    while not await desk.jobs.listed("parked"):
        await desk.worker.drain(strange.queue)
        tried += 1
        [(waits,)] = await desk.sql("SELECT max(due_at) > now() + interval '10 s' FROM jobs")
        assert waits or await desk.jobs.listed("parked")
        assert await desk.worker.drain(strange.queue) == 0
        await desk.make_due()
    [parked] = await desk.jobs.listed("parked")
    assert said in (parked.error or "")
    assert tried == (2 if strange.kind == "ProofreadTestNote" else COMMAND_ATTEMPTS)


async def test_a_job_shows_who_decided_what_about_it(desk: Desk) -> None:
    parked = job("ProofreadTestNote", error="no paper")
    await desk.store(parked)
    assert await desk.jobs.discard(parked.id, note="nobody needs it", by="Deniz")
    shown = await desk.jobs.shown(parked.id)
    assert shown is not None
    assert (shown.state, shown.note, shown.decided_by) == ("discarded", "nobody needs it", "Deniz")
    assert shown.decided_at is not None
    assert shown.body == "{}"
    assert await desk.jobs.shown(uuid4()) is None


async def test_all_parked_jobs_of_a_kind_are_retried_at_once(desk: Desk) -> None:
    await desk.store(*(job("ShelveTestNote", error="full") for _ in range(3)))
    await desk.store(job("ProofreadTestNote", error="no paper"))
    assert await desk.jobs.retry_kind("ShelveTestNote", note="a new shelf", by="Deniz") == 3
    assert await desk.jobs.retry_kind("ShelveTestNote", note="again", by="Deniz") == 0
    assert [each.kind for each in await desk.jobs.listed("parked")] == ["ProofreadTestNote"]


async def test_lists_are_narrowed_by_kind_and_queue_and_never_too_long(desk: Desk) -> None:
    await desk.store(*(job("A", error="a") for _ in range(3)), job("B", error="b", queue="other"))
    assert len(await desk.jobs.listed("parked", 2)) == 2
    assert [each.kind for each in await desk.jobs.listed("parked", kind="B")] == ["B"]
    assert [each.queue for each in await desk.jobs.listed("parked", queue="other")] == ["other"]


async def test_a_refusal_is_not_for_ever_once_an_operator_wants_it_tried_again(desk: Desk) -> None:
    note_id = await desk.write("read by many")
    await desk.react()
    for number in range(5):
        await desk.bus.execute(ReadTestNote(note_id=note_id, by=f"r{number}"))
    body = b'{"note_id": "%b", "by": "late"}' % str(note_id).encode()
    late = job("ReadTestNote", body, queue="commands")
    await desk.store(late)
    for _ in range(2):
        await desk.worker.drain("commands")
        [parked] = await desk.jobs.listed("parked")
        assert "too_many_readers" in (parked.error or "")
        assert await desk.jobs.retry(parked.job_id, note="try", by="Deniz")
    await desk.sql("UPDATE jobs SET body = %s", await forgiving(desk))
    await desk.worker.drain("commands")
    assert [each.job_id for each in await desk.jobs.listed("done")] == [late.id]


async def forgiving(desk: Desk) -> bytes:
    """The same wish about a note that few have read."""
    note_id = await desk.write("read by few")
    return b'{"note_id": "%b", "by": "late"}' % str(note_id).encode()


async def test_finished_jobs_are_deleted_when_they_are_old_and_parked_ones_stay(
    desk: Desk,
) -> None:
    await desk.store(*(job("ShelveTestNote", shelved()) for _ in range(3)), job("A", error="a"))
    await desk.store(job("B", error="b"))
    await desk.worker.drain("test")
    [given_up] = await desk.jobs.listed("parked", kind="B")
    await desk.jobs.discard(given_up.job_id, note="no", by="Deniz")
    await desk.sql("UPDATE jobs SET finished_at = now() - interval '31 days'")
    await desk.store(job("ShelveTestNote", shelved()))
    await desk.worker.drain("test")
    assert await Watch(desk.jobs, keep_days=30).sweep() == 4
    left = await desk.sql("SELECT state FROM jobs ORDER BY state")
    assert left == [("done",), ("parked",)]


async def test_metrics_tell_how_work_stands_and_what_is_overdue(desk: Desk) -> None:
    await desk.store(job("A"), job("A"), job("B", error="b"), job("C"))
    await desk.sql("UPDATE jobs SET due_at = now() - interval '90 s' WHERE kind = 'A'")
    await desk.jobs.lease("test", worker="w", most=1, seconds=60, held=("A",))
    watch = Watch(desk.jobs)
    await watch.look()
    assert standing("A", "due") == 2
    assert standing("B", "parked") == 1
    assert standing("C", "leased") == 1
    assert 90 <= told("job_age_seconds", queue="test") < 120
    assert told("jobs_overdue", queue="test") == 1
    await desk.sql("UPDATE jobs SET due_at = now() WHERE kind = 'A'")
    await watch.look()
    assert told("jobs_overdue", queue="test") == 0


async def test_an_error_of_any_letters_can_be_kept(desk: Desk) -> None:
    note_id = await desk.write("job")
    await desk.react()
    desk.proofreader.script = [OSError("half a \0 letter"), OSError("\0")]
    for _ in range(2):
        await desk.make_due()
        await desk.worker.drain("test")
    assert [each.error for each in await desk.jobs.listed("parked")] == ["OSError: \ufffd"]
    assert await desk.readers(note_id) == ["nobody"]


def shelved() -> bytes:
    return b'{"note_id": "%b"}' % str(UUID(int=1)).encode()


def standing(kind: str, state: str) -> float:
    return told("jobs", queue="test", kind=kind, state=state)


def told(name: str, **labels: str) -> float:
    value = REGISTRY.get_sample_value(name, labels)
    assert value is not None
    return value
