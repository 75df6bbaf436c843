"""Where Prometheus finds the metrics of a process, or of several that share their work."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, start_http_server
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.samples import Sample

from deploy.settings import Settings
from domain.shared.card_numbers import scrub

log = structlog.get_logger()

PLACES = {"api": 0, "projector": 1, "reactor": 2, "worker": 3, "renderer": 4, "sealer": 5}
"""How far behind METRICS_PORT each process tells its metrics."""
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class CleanMetrics(CollectorRegistry):
    """What another registry tells, without card numbers in labels."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__()
        self._of = registry

    def collect(self) -> Iterator[Metric]:
        """All metrics, one by one."""
        for metric in self._of.collect():
            metric.samples = [_clean(sample) for sample in metric.samples]
            yield metric


def tell_metrics(settings: Settings, name: str, *, registry: CollectorRegistry = REGISTRY) -> None:
    """Tell metrics on a port of this process's own; a taken port is only warned of."""
    port = settings.web.metrics_port + PLACES[name]
    host = "127.0.0.1" if settings.mode == "local" else settings.web.host
    try:
        start_http_server(port, addr=host, registry=CleanMetrics(registry))
    except OSError as error:
        log.warning("metrics_not_served", port=port, error=str(error))


@contextmanager
def metrics_of_children(settings: Settings, name: str) -> Iterator[None]:
    """Tell the sums of what the processes count that are started inside.

    They find a folder in their environment, which the library looks for when it is imported.
    """
    with tempfile.TemporaryDirectory(prefix="polikrami-metrics-") as folder:
        os.environ[SHARED_FOLDER] = folder
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]  # the library's
        tell_metrics(settings, name, registry=registry)
        try:
            yield
        finally:
            del os.environ[SHARED_FOLDER]


def _clean(sample: Sample) -> Sample:
    labels = {name: scrub(text) for name, text in sample.labels.items()}
    return sample if labels == sample.labels else sample._replace(labels=labels)
