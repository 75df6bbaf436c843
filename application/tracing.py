"""Spans: what a request, a command or a job waited for, and what caused it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from msgspec import Struct
from opentelemetry import trace
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
    set_span_in_context,
)

from domain.shared.aggregate import Metadata

__all__ = ["Link", "Origin", "SpanKind", "here", "link_here", "links_to", "origin_of", "span"]

MOST_LINKS = 32
SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class Origin(Struct, frozen=True):
    """A span of perhaps another process and an earlier time, by its ids in hexadecimal."""

    trace_id: str
    span_id: str

    def __str__(self) -> str:
        return f"{self.trace_id}-{self.span_id}"

    @classmethod
    def parse(cls, text: str | None) -> Origin | None:
        """What `str` gave; None for None."""
        return cls(*text.split("-", 1)) if text else None


_tracer = trace.get_tracer("polikrami")
_nothing: AbstractContextManager[None] = nullcontext()
_on = False


def switch_on() -> None:
    """Make spans from now on; whoever does so has set up where they go."""
    global _on  # noqa: PLW0603  # once, at the start of a process
    _on = True


def span(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    cause: Origin | None = None,
    links: Iterable[Link] = (),
    **attributes: Any,
) -> AbstractContextManager[Span | None]:
    """A span around what is done inside; its parent is `cause`, or else the span around it.

    `links` name what else it was done for, of which there may be many. Costs nothing while tracing
    is off.
    """
    if not _on:
        return _nothing
    context = _context_of(cause)
    parent = set_span_in_context(NonRecordingSpan(context)) if context else None
    return _tracer.start_as_current_span(
        name, context=parent, kind=kind, links=list(links), attributes=attributes
    )


def here() -> Origin | None:
    """The present span; None outside of any."""
    if not _on:
        return None
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return Origin(format(context.trace_id, "032x"), format(context.span_id, "016x"))


def link_here() -> Link | None:
    """A link to the present span; None outside of any."""
    if not _on:
        return None
    context = trace.get_current_span().get_span_context()
    return Link(context) if context.is_valid else None


def origin_of(metadata: Metadata) -> Origin | None:
    """The span in which an event was made; None if it was not traced."""
    return Origin(metadata.trace_id, metadata.span_id) if metadata.span_id else None


def links_to(events: Iterable[Metadata]) -> list[Link]:
    """Links to the spans in which these events were made, each once, and not too many."""
    if not _on:
        return []
    origins = dict.fromkeys(origin for each in events if (origin := origin_of(each)))
    contexts = [_context_of(origin) for origin in list(origins)[:MOST_LINKS]]
    return [Link(context) for context in contexts if context]


def _context_of(cause: Origin | None) -> SpanContext | None:
    if cause is None:
        return None
    return SpanContext(
        int(cause.trace_id, 16), int(cause.span_id, 16), is_remote=True, trace_flags=SAMPLED
    )
