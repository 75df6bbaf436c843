"""The child process of the inspector: limits itself, looks at one file, writes one verdict."""

from __future__ import annotations

import os
import sys
import warnings

import msgspec

from adapters.files.inspector import Limits, Order
from adapters.files.signatures import kind_of
from application.ports import AcceptedArtwork, RefusedArtwork


def main() -> None:
    """Read an order and a file from standard input, write the verdict to standard output."""
    # Libraries may print; the answer must stay alone
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    given = sys.stdin.buffer
    order = msgspec.json.decode(given.read(int.from_bytes(given.read(4), "big")), type=Order)
    content = given.read()
    _confine(order.limits)
    warnings.simplefilter("error")
    try:
        verdict = _verdict(content, order)
    except MemoryError:
        verdict = RefusedArtwork("too_complex", "the file needs too much memory")
    with answer:
        answer.write(msgspec.msgpack.encode(verdict))


def _verdict(content: bytes, order: Order) -> AcceptedArtwork | RefusedArtwork:
    kind = kind_of(content)
    if kind == "svg":
        return RefusedArtwork("svg", "drawings in SVG are not accepted; export a PDF instead")
    if kind is None:
        return RefusedArtwork("unknown_type", "png, jpeg, webp, tiff and pdf are accepted")
    # Each half brings its own libraries, and only one of them is needed
    if kind == "pdf":
        from adapters.files.documents import inspect_pdf  # noqa: PLC0415  # only where needed

        return inspect_pdf(content, order)
    from adapters.files.images import inspect_image  # noqa: PLC0415  # only where needed

    return inspect_image(content, order, kind=kind)


def _confine(limits: Limits) -> None:
    try:
        import resource  # noqa: PLC0415  # not everywhere
    except ImportError:  # Windows has only the wall clock
        return
    # Linux keeps to RLIMIT_AS; macOS may refuse to set it
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # No file may be written, not even where the account could
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
