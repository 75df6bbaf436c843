"""What a benchmark reports, and the machine it ran on."""

from __future__ import annotations

import asyncio
import os
import platform
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from msgspec import Struct


class Figure(Struct, frozen=True, kw_only=True):
    """One measured value; `beside` names the peer or limit that was measured in the same run, and
    `ratio` is ours divided by its value (for times: its value divided by ours).
    """

    name: str
    value: float
    unit: str
    beside: str = ""
    ratio: float | None = None


class Latencies:
    """Durations in seconds, and how long the whole took."""

    def __init__(self) -> None:
        self.each: list[float] = []
        self.whole = 0.0

    def percentile_ms(self, percent: float) -> float:
        """The duration that so many per cent stay under, in milliseconds."""
        ordered = sorted(self.each)
        return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)] * 1000

    @property
    def per_second(self) -> float:
        return len(self.each) / self.whole


async def in_flight(clients: int, times: int, work: Callable[[], Awaitable[object]]) -> Latencies:
    """Let so many clients do the work so many times each, one after the other."""
    latencies = Latencies()

    async def client() -> None:
        for _ in range(times):
            began = time.perf_counter()
            await work()
            latencies.each.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    latencies.whole = time.perf_counter() - began
    return latencies


def flush_microseconds(times: int = 300) -> float:
    """The median time of one fdatasync of 4 KiB in the folder for temporary files."""
    durations = []
    with tempfile.TemporaryFile(buffering=0) as file:
        for _ in range(times):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fdatasync(file.fileno()) if hasattr(os, "fdatasync") else os.fsync(file.fileno())
            durations.append(time.perf_counter() - began)
    return sorted(durations)[times // 2] * 1e6


def machine() -> str:
    """Processor, cores, Python and the cost of a flush, in one line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return (
        f"{model}, {os.cpu_count()} cores, Python {platform.python_version()},"
        f" fdatasync {flush_microseconds():.0f} µs"
    )


def ratio(ours: float, theirs: float) -> float:
    """How many times ours is theirs, with two decimals."""
    return round(ours / theirs, 2) if theirs else 0.0


def table(figures: Sequence[Figure]) -> str:
    """Figures as lines for people."""
    return "\n".join(
        f"{each.name:<38} {each.value:>14,.2f} {each.unit:<10}"
        + (f" {each.ratio:>7.2f} × {each.beside}" if each.ratio is not None else f" {each.beside}")
        for each in figures
    )
