"""Sends spans to a collector, by OpenTelemetry's own protocol."""

from __future__ import annotations

import atexit

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from application import tracing


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
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    atexit.register(provider.shutdown)
    tracing.switch_on()
