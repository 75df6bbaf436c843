"""No card number stays in anything that is kept, sent or shown, should one ever get that far."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
import structlog
from litestar.types import HTTPScope
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry, Counter, generate_latest
from rich.console import Console

from adapters.logs import configure_logs
from adapters.mail import SmtpMailer, SmtpServer
from adapters.postgres.jobs import Jobs, NewJob, enqueue
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from adapters.postgres.webhooks import PostgresWebhooks
from adapters.system import UuidIds
from adapters.tabular import TabularFiles
from adapters.tracing import CleanSpans
from api.field_faults import FieldFault
from api.problems import Trouble, answer_to
from application.addresses import AddAddress
from application.bus import Bus
from application.payments.webhooks import StoredWebhook, WebhookFilter
from application.ports import Mail
from application.store import Append, RequestKey, Store
from application.tables import FORMATS, Column, Format
from deploy.mailbox import create_mailbox
from deploy.metrics import CleanMetrics
from deploy.screen import Screen, table
from domain.addresses import AddressBook
from domain.payments import Due, PaymentAttempt
from domain.shared.address import Address
from domain.shared.aggregate import Event, Metadata
from domain.shared.card_numbers import HIDDEN_CARD
from domain.shared.money import Money
from tests.cards.numbers import SANDBOX, digits_of, spellings
from tests.given import NOW, TestClock

WRITTEN = [(number, written) for number in SANDBOX for written in spellings(number)]
PERSON = UUID(int=101)


class Failed(Exception):
    """Says something that it should not."""


def fail(said: str) -> None:
    """Fail with these words."""
    raise Failed(said)


def must_be_clean(said: str) -> None:
    """None of the sandbox's cards stands in it, in any script or grouping."""
    told = digits_of(said)
    assert not [number for number in SANDBOX if number in told]


def all_written() -> str:
    """One text with all cards in all spellings, as letters between them keep them apart."""
    return " kart ".join(written for _, written in WRITTEN)


def metadata() -> Metadata:
    command_id = uuid4()
    return Metadata(command_id=command_id, command="Try", correlation_id=command_id)


@pytest.fixture
def restored_logs() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.mark.usefixtures("restored_logs")
@pytest.mark.parametrize("form", ["json", "console"])
def test_no_log_holds_one(capsys: pytest.CaptureFixture[str], form: str) -> None:
    configure_logs(form, "info")  # type: ignore[arg-type]  # both are forms of logs
    log = structlog.get_logger()
    for number, written in WRITTEN:
        log.info(written, said=written, within={"list": [written], written: 1}, **{number: 2})
        log.info("whole", number=int(number))
        logging.getLogger("uvicorn.access").warning("GET /x?%s %s", written, number)
        try:
            fail(written)
        except Failed:
            log.exception("failed", stack_info=True)
    printed = capsys.readouterr().err
    assert printed.count("failed") >= len(WRITTEN)
    must_be_clean_lines(printed)


def must_be_clean_lines(said: str) -> None:
    """As `must_be_clean`, line by line, so that figures of one do not run into the next one's."""
    for line in said.splitlines():
        must_be_clean(line)


def test_no_trace_holds_one() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(CleanSpans(kept)))
    tracer = provider.get_tracer("test")
    for number, written in WRITTEN:
        attributes: dict[str, Any] = {"said": written, "list": [written], number: "x", "count": 7}
        with (
            contextlib.suppress(Failed),
            tracer.start_as_current_span(written, attributes=attributes) as span,
        ):
            span.add_event(written, {"said": written})
            fail(written)
    spans = kept.get_finished_spans()
    assert len(spans) == len(WRITTEN)
    assert {(span.attributes or {})["count"] for span in spans} == {7}
    for finished in spans:
        said = json.loads(finished.to_json())
        told = [said["name"], said["status"], said["attributes"]]
        told += [[each["name"], each["attributes"]] for each in said["events"]]
        must_be_clean(json.dumps(told, ensure_ascii=False))


def test_no_problem_document_holds_one() -> None:
    scope: HTTPScope = {"headers": [], "state": {}}  # type: ignore[typeddict-item]  # all that is read
    for _, written in WRITTEN:
        fault = FieldFault(code="field_unknown", pointer=f"/{written}", facts={"name": written})
        trouble = Trouble(422, "invalid_body", errors=[fault], facts={"said": written})
        body = json.loads(answer_to(trouble, scope).body)
        assert body["facts"] == {"said": body["facts"]["said"]}
        must_be_clean(str([body["errors"], body["facts"], body["detail"]]))


async def test_no_mail_holds_one(tmp_path: Path) -> None:
    mailbox = create_mailbox(tmp_path)
    await mailbox.start()
    server = SmtpServer(host="127.0.0.1", port=mailbox.smtp_port, sender="k@polikrami.example")
    for number, written in WRITTEN[:: len(WRITTEN) // 60]:
        mail = Mail(
            message_id=uuid4(),
            to="ayse@example.com",
            subject=f"Kart {written}",
            text=f"Kartınız {written} ile",
            html=f"<p>{number}</p>",
        )
        await SmtpMailer(server, TestClock()).send(mail)
    await mailbox.stop()
    kept = mailbox.folder.newest_first()
    assert len(kept) >= 60
    for mail_kept in kept:
        must_be_clean(f"{mail_kept.subject} | {mail_kept.text} | {mail_kept.html}")


async def test_no_stored_event_holds_one_nor_what_is_encrypted_in_it(
    event_log: PostgresLog, pool: Pool
) -> None:
    bus = Bus(event_log, {}, clock=TestClock(), ids=UuidIds())
    address = Address(
        name="Ayşe Yılmaz",
        line=all_written(),
        district="Kadıköy",
        province="İstanbul",
        phone="+905321112233",
    )
    await bus.execute(AddAddress(person_id=PERSON, address_id=UUID(int=1), address=address))
    due = Due(order_id=UUID(int=8), customer_id=PERSON, amount=Money.of("45.00"))
    attempt = PaymentAttempt.open(UUID(int=7), due, now=NOW)
    attempt.fail(all_written())
    await event_log.append(
        Append(
            events=tuple(cast("list[Event]", attempt.pending_events)),
            metadata=metadata(),
            key=None,
            answer=b"",
        )
    )
    loaded = await Store(event_log, NOW).get(AddressBook, AddressBook.id_of(PERSON))
    kept = loaded.addresses[UUID(int=1)]
    assert kept.line.count(HIDDEN_CARD) == len(WRITTEN)
    assert (kept.name, kept.phone) == (address.name, address.phone)
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT payload FROM events")
        payloads = [bytes(row[0]).decode() for row in await cursor.fetchall()]
    failed = next(json.loads(each) for each in payloads if "reason" in each)
    assert failed["reason"].count(HIDDEN_CARD) == len(WRITTEN)
    must_be_clean(failed["reason"])


async def test_no_answer_that_is_kept_holds_one(event_log: PostgresLog) -> None:
    key = RequestKey(caller="x", key="k", request_hash=b"h")
    answer = json.dumps({"answer": {"said": all_written()}}, ensure_ascii=False).encode()
    await event_log.append(Append(events=(), metadata=metadata(), key=key, answer=answer))
    stored = await event_log.answer("x", "k")
    assert stored is not None
    said = json.loads(stored.answer)["answer"]["said"]
    assert said.count(HIDDEN_CARD) == len(WRITTEN)
    must_be_clean(said)


async def test_no_job_holds_one_nor_why_it_was_parked(pool: Pool) -> None:
    jobs = Jobs(pool)
    texts = [written for _, written in WRITTEN[:: len(WRITTEN) // 60]]
    new = [
        NewJob(
            id=uuid4(),
            queue="q",
            kind="Try",
            body=json.dumps({"said": text}, ensure_ascii=False).encode(),
            due_at=None,
            not_before=None,
            causation_position=None,
            correlation_id=None,
        )
        for text in texts
    ]
    async with pool.connection() as connection:
        await enqueue(connection, new)
    for leased, text in zip(
        await jobs.lease("q", worker="w", most=1_000, seconds=60), texts, strict=True
    ):
        assert await jobs.park(leased, error=f"ValueError: {text}")
        assert await jobs.retry(leased.job_id, note=f"kart {text}", by="op")
    for each in new:
        shown = await jobs.shown(each.id)
        assert shown is not None
        for said in (shown.body, shown.error, shown.note):
            assert HIDDEN_CARD in str(said)
            must_be_clean(str(said))


@pytest.mark.parametrize("form", FORMATS)
def test_no_table_that_is_taken_away_holds_one(tmp_path: Path, form: Format) -> None:
    path = tmp_path / "table"
    columns = (Column("note", "text", "why"), Column("position", "whole", "where"))
    with TabularFiles().writer(form, path, columns=columns) as writer:
        writer.write([(written, 1) for _, written in WRITTEN])
    if form in {"csv", "jsonl"}:
        text = path.read_text(encoding="utf-8-sig")
        assert text.count(HIDDEN_CARD) == len(WRITTEN)
        must_be_clean_lines(text)
    else:
        content = read_back(form, path)
        assert len(content) == len(WRITTEN)
        for said in content:
            assert HIDDEN_CARD in said
            must_be_clean(said)


def read_back(form: Format, path: Path) -> list[str]:
    """The texts of the table's first column."""
    if form == "parquet":
        import pyarrow.parquet as pq  # noqa: PLC0415  # slow to import, and needed here only

        return [str(each) for each in pq.read_table(path)["note"].to_pylist()]
    import openpyxl  # noqa: PLC0415  # as above

    workbook = path.rename(path.with_suffix(".xlsx"))
    sheet = openpyxl.load_workbook(workbook).worksheets[0]
    return [str(cell) for (cell,) in sheet.iter_rows(min_row=2, max_col=1, values_only=True)]


def test_no_metric_holds_one() -> None:
    registry = CollectorRegistry()
    counter = Counter("tries", "Tries", ["why"], registry=registry)
    for _, written in WRITTEN:
        counter.labels(written).inc()
    told = generate_latest(CleanMetrics(registry)).decode()
    assert HIDDEN_CARD in told
    for line in told.splitlines():
        must_be_clean(line.rpartition("}")[0])


def test_no_operator_sees_one(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(markup=False, highlight=False, width=400)
    rows = table("what", "why")
    for _, written in WRITTEN:
        screen.print(f"parked: {written}")
        rows.add_row("job", written)
    screen.print(rows)
    assert isinstance(screen, Console)
    must_be_clean_lines(capsys.readouterr().out)


async def test_no_webhook_that_is_kept_holds_one(pool: Pool) -> None:
    inbox = PostgresWebhooks(pool)
    texts = [written for _, written in WRITTEN[:: len(WRITTEN) // 60]]
    for text in texts:
        body = json.dumps({"token": "t", "said": text}, ensure_ascii=False).encode()
        kept = StoredWebhook(
            webhook_id=uuid4(),
            provider="iyzico",
            received_at=NOW,
            body=body,
            length=len(body),
            headers={"user-agent": text},
            verdict="unreadable",
            event_type=text,
            status="SUCCESS",
            reference=text,
            attempt_id=None,
            handled_at=None,
        )
        await inbox.keep(kept)
    page = await inbox.page(WebhookFilter(), after=None, limit=1_000)
    assert len(page) == len(texts)
    for webhook in page:
        told = [webhook.body.decode(), *webhook.headers.values()]
        for said in (*told, webhook.event_type, webhook.reference):
            assert HIDDEN_CARD in said
            must_be_clean(said)
