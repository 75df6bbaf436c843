"""Sends spans to a collector, by OpenTelemetry's own protocol."""

from __future__ import annotations

import atexit
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Status

from application import tracing
from domain.shared.card_numbers import scrub, scrub_all


class CleanSpans(SpanExporter):
    """Sends spans on by another exporter, without card numbers in anything that they say."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """As the other exporter does."""
        return self._exporter.export([_clean(each) for each in spans])

    def shutdown(self) -> None:
        """As the other exporter does."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """As the other exporter does."""
        return self._exporter.force_flush(timeout_millis)


def send_traces(collector_url: str, *, process: str) -> None:
    """Make spans and send them to `collector_url` (such as `http://127.0.0.1:4318`) in batches.

    What can't be sent is dropped. Sampling is set by the standard variables `OTEL_TRACES_SAMPLER`
    and `OTEL_TRACES_SAMPLER_ARG`.
    """
    provider = TracerProvider(
        resource=Resource.create(
            {"service.namespace": "polikrami", "service.name": f"polikrami-{process}"}
        )
    )
    exporter = OTLPSpanExporter(endpoint=f"{collector_url.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(CleanSpans(exporter)))
    trace.set_tracer_provider(provider)
    atexit.register(provider.shutdown)
    tracing.switch_on()


def _clean(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=scrub(span.name),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_said(span.attributes),
        events=[
            Event(scrub(each.name), _said(each.attributes), each.timestamp) for each in span.events
        ],
        links=[Link(each.context, _said(each.attributes)) for each in span.links],
        kind=span.kind,
        status=Status(span.status.status_code, scrub(span.status.description or "") or None),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _said(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        scrub(name): scrub_all(list(value) if isinstance(value, tuple) else value)
        for name, value in (attributes or {}).items()
    }
