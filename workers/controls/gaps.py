"""Controls of the log itself and of the numbers of invoices: nothing is missing in between."""

from __future__ import annotations

from domain.controls import Finding
from projections.invoices import SERIES_FAULTS
from workers.controls.registry import HOUR, Found, Scope, control

POSITIONS = """
SELECT (SELECT count(*) FROM events),
       (SELECT min(position) FROM events), (SELECT max(position) FROM events),
       (SELECT coalesce(max(last_position), 0) FROM log_partitions WHERE state = 'archived')
"""
MISSING = """
SELECT before + 1, position - 1 FROM (
    SELECT position, lag(position) OVER (ORDER BY position) AS before FROM events) AS numbered
WHERE position > before + 1 ORDER BY position LIMIT 100
"""
STREAMS = """
SELECT stream_id, s.version, coalesce(e.events, 0)
FROM (SELECT stream_id, version, since FROM streams WHERE version > 0) AS s
FULL JOIN (SELECT stream_id, count(*) AS events FROM events
           GROUP BY stream_id) AS e USING (stream_id)
WHERE s.version IS DISTINCT FROM coalesce(e.events, 0)
  AND (s.since IS NULL OR s.since > %(archived)s) ORDER BY s.since LIMIT 100
"""
FAULTS = {"date": "dated before its predecessor", "gap": "its predecessor is missing"}


@control(every_seconds=6 * HOUR)
async def log_gaps(scope: Scope) -> Found:
    """Positions of the log have no gap, and neither have the versions of its streams."""
    [(count, first, last, archived)] = await scope.rows(POSITIONS)
    if not count:
        return Found(0, [])
    findings = []
    if first != archived + 1:
        findings.append(Finding(f"position {archived + 1}", "the log does not begin here"))
    if count != last - first + 1:
        missing = await scope.rows(MISSING)
        findings += [Finding(f"positions {low} to {high}", "missing") for low, high in missing]
    findings += [
        Finding(f"stream {stream}", f"has {events} events and stands at version {version or 0}")
        for stream, version, events in await scope.rows(STREAMS, {"archived": archived})
    ]
    return Found(last, findings)


@control("invoices", "return_documents", every_seconds=HOUR)
async def invoice_numbers(scope: Scope) -> Found:
    """Numbers of each series of invoices and returns follow one another, and so do their dates."""
    [(count,)] = await scope.rows(
        "SELECT (SELECT count(*) FROM read.invoices) + count(*) FROM read.return_documents"
    )
    findings = [
        Finding(f"{letters}{year:04d}{sequence:09d} ({kind})", FAULTS[fault])
        for letters, kind, year, sequence, fault in await scope.rows(SERIES_FAULTS)
    ]
    return Found(count, findings)
