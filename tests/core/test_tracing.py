"""Spans lead from a command to what it caused, and say with what it was committed."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import uuid4

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application import tracing
from projections.runner import Projector
from tests.core.desk import Desk, WriteTestNote, registered_work
from tests.core.notes import note_rows
from tests.core.projecting import catch_up
from tests.sources import ROOT


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What is traced during the test."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))
    monkeypatch.setattr(tracing, "_on", True)
    with registered_work():
        yield exporter


@pytest.fixture
def desk(pool: Pool, event_log: PostgresLog) -> Desk:
    return Desk(pool, event_log)


def named(spans: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [each for each in spans.get_finished_spans() if each.name == name]


def ids(span: ReadableSpan) -> tuple[str, str]:
    context = span.get_span_context()
    assert context is not None
    return format(context.trace_id, "032x"), format(context.span_id, "016x")


def parent(span: ReadableSpan) -> str:
    assert span.parent is not None
    return format(span.parent.span_id, "016x")


def linked(span: ReadableSpan) -> set[str]:
    return {format(link.context.span_id, "016x") for link in span.links}


async def test_an_event_names_the_span_of_its_command_and_commits_link_to_it(
    desk: Desk, event_log: PostgresLog, spans: InMemorySpanExporter
) -> None:
    note_id = uuid4()
    await desk.bus.execute(WriteTestNote(note_id=note_id, text="job"))
    [written] = await event_log.load(note_id)
    [command] = named(spans, "command WriteTestNote")
    assert ids(command) == (written.metadata.trace_id, written.metadata.span_id)
    [commit] = named(spans, "commit group")
    assert linked(commit) == {written.metadata.span_id}
    assert commit.attributes == {"commands": 1}


async def test_reactions_and_their_commands_belong_to_the_trace_of_their_cause(
    desk: Desk, spans: InMemorySpanExporter
) -> None:
    await desk.bus.execute(WriteTestNote(note_id=uuid4(), text="hello"))
    await desk.react()
    [cause] = named(spans, "command WriteTestNote")
    [reaction] = named(spans, "react to test_note.written")
    [command] = named(spans, "command ReadTestNote")
    assert parent(reaction) == ids(cause)[1]
    assert parent(command) == ids(reaction)[1]
    assert ids(command)[0] == ids(cause)[0]


async def test_a_job_belongs_to_the_trace_of_the_event_that_wanted_it(
    desk: Desk, spans: InMemorySpanExporter
) -> None:
    desk.proofreader.script = ["proofreader"]
    await desk.bus.execute(WriteTestNote(note_id=uuid4(), text="job"))
    await desk.react()
    await desk.worker.drain("test")
    [cause] = named(spans, "command WriteTestNote")
    [job] = named(spans, "job ProofreadTestNote")
    [outcome] = named(spans, "command ReadTestNote")
    assert parent(job) == ids(cause)[1]
    assert parent(outcome) == ids(job)[1]


async def test_a_projected_page_links_to_what_its_events_were_made_by(
    desk: Desk, pool: Pool, event_log: PostgresLog, spans: InMemorySpanExporter
) -> None:
    for _ in range(3):
        await desk.bus.execute(WriteTestNote(note_id=uuid4(), text="later"))
    await catch_up(Projector(pool, event_log, [note_rows(1)]))
    commands = {ids(command)[1] for command in named(spans, "command WriteTestNote")}
    [page] = named(spans, "projection page")
    assert linked(page) == commands
    assert len(commands) == 3


async def test_nothing_is_traced_unless_it_is_switched_on(
    desk: Desk,
    event_log: PostgresLog,
    spans: InMemorySpanExporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tracing, "_on", False)
    note_id = uuid4()
    await desk.bus.execute(WriteTestNote(note_id=note_id, text="job"))
    assert not spans.get_finished_spans()
    [written] = await event_log.load(note_id)
    assert not written.metadata.span_id


class Collector(BaseHTTPRequestHandler):
    """Takes spans as a collector does."""

    received: list[tuple[str, str]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            about = {each.key: each.value.string_value for each in resource.resource.attributes}
            names = [span.name for scope in resource.scope_spans for span in scope.spans]
            self.received += [(about["service.name"], name) for name in names]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


SENDING = """
from adapters.tracing import send_traces
from application.tracing import span
send_traces("{url}", process="worker")
with span("job PaintCandidates"):
    pass
"""


def test_spans_are_sent_to_a_collector() -> None:
    Collector.received = []
    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        subprocess.run(  # noqa: S603  # ourselves
            [sys.executable, "-c", SENDING.format(url=url)], check=True, cwd=ROOT
        )
        server.shutdown()
    assert Collector.received == [("polikrami-worker", "job PaintCandidates")]
