"""Looks at uploads in a child process with little memory, little time and no secrets."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import msgspec
from msgspec import Struct

from application.ports import AcceptedArtwork, PrintSpec, RefusedArtwork


class Limits(Struct, frozen=True, kw_only=True):
    """What an inspection may use up; `memory_bytes` counts address space, touched or not."""

    file_bytes: int = 60 * 1024 * 1024
    pixels: int = 80_000_000
    memory_bytes: int = 2 * 1024**3
    cpu_seconds: int = 30
    wall_seconds: float = 45.0


class Order(Struct, frozen=True):
    """What the child is told: the file is read from its standard input after this."""

    limits: Limits
    target: PrintSpec | None
    minimum_ppi: int


Verdict = AcceptedArtwork | RefusedArtwork
_NEEDED = ("PATH", "SYSTEMROOT")
_CHILD = "from adapters.files.child import main; main()"
_verdict = msgspec.msgpack.Decoder(Verdict)


class LimitedInspector:
    """Accepts png, jpeg, webp, tiff and one-page pdf; everything else is refused.

    Images come back rebuilt from their pixels as sRGB JPEG (when they were JPEG) or PNG, PDFs
    without annotations and metadata.
    Refusals: `empty`, `too_large`, `unknown_type`, `svg`, `damaged`, `animated`, `too_small`,
    `too_many_pixels`, `too_complex`, `encrypted`, `active_content`, `wrong_page_count`,
    `fonts_not_embedded`, `decoder_failed`.
    Warnings: `low_resolution`, `cropped`, `colours_converted`, `transparency_flattened`.
    """

    def __init__(
        self,
        target: PrintSpec | None = None,
        *,
        limits: Limits | None = None,
        minimum_ppi: int = 72,
        at_once: int = 2,
    ) -> None:
        self._limits = limits or Limits()
        self._order = msgspec.json.encode(Order(self._limits, target, minimum_ppi))
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="inspector")

    async def inspect(self, content: bytes) -> Verdict:
        """Identify by content, decode within limits, rebuild, measure, draw a preview."""
        if not content:
            return RefusedArtwork("empty", "the file has no content")
        if len(content) > self._limits.file_bytes:
            return RefusedArtwork("too_large", f"more than {self._limits.file_bytes} bytes")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._ask_child, content)

    def close(self) -> None:
        """Let running inspections finish and end the threads."""
        self._threads.shutdown()

    def _ask_child(self, content: bytes) -> Verdict:
        try:
            child = subprocess.run(  # noqa: S603 - our own interpreter and our own code
                [sys.executable, "-I", "-c", _CHILD],
                input=len(self._order).to_bytes(4, "big") + self._order + content,
                capture_output=True,
                timeout=self._limits.wall_seconds,
                # Nothing a broken decoder could give away
                env={
                    name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ
                },
                check=False,
            )
        except subprocess.TimeoutExpired:
            return RefusedArtwork("too_complex", "looking at the file took too long")
        if child.returncode != 0:
            return RefusedArtwork("decoder_failed", "the file could not be read to its end")
        try:
            return cast("Verdict", _verdict.decode(child.stdout))
        except msgspec.DecodeError:
            return RefusedArtwork("decoder_failed", "the file could not be read to its end")
