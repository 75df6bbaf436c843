"""Byte streams by the name of a file: plain, gzip or Zstandard, or standard input and output."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from adapters.postgres.archive.parquet import settle
from adapters.postgres.transfer.faults import TransferRefused

STANDARD = "-"
GZIP_LEVEL = 1
"""A higher one would be far slower than everything else."""

DAMAGED = (EOFError, zlib.error, pa.ArrowException, OSError)
"""What reading a damaged compressed file raises."""


@contextmanager
def written(name: str) -> Iterator[IO[bytes]]:
    """A new file that has its name only once it is whole and on the disk, or standard output.

    Raises `TransferRefused` when the file is there already or can't be written.
    """
    if name == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with new_file(name) as part, part.open("wb") as plain:
        if name.endswith(".gz"):
            with gzip.GzipFile(
                filename="", mode="wb", fileobj=plain, compresslevel=GZIP_LEVEL
            ) as zipped:
                yield zipped  # type: ignore[misc]  # it has all that is used
        elif name.endswith(".zst"):
            with pa.CompressedOutputStream(plain, "zstd") as zipped:
                yield zipped
        else:
            yield plain


@contextmanager
def new_file(name: str) -> Iterator[Path]:
    """A path to write to, whose file gets `name` at the end, or is removed after an error."""
    path = Path(name)
    if path.exists():
        raise TransferRefused(f"{name} is there already; name another file or remove it.")
    part = path.with_name(f"{path.name}.part")
    try:
        part.touch(mode=0o600)
        yield part
        settle(part, path)
    except OSError as error:
        raise TransferRefused(f"{name} can't be written: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def opened(name: str) -> Iterator[Any]:
    """A file to `read(size)` from, or standard input. Raises `TransferRefused`."""
    if name == STANDARD:
        yield sys.stdin.buffer
        return
    with _opened_plain(name) as plain:
        if name.endswith(".gz"):
            with gzip.GzipFile(fileobj=plain) as zipped:
                yield zipped
        elif name.endswith(".zst"):
            with pa.CompressedInputStream(plain, "zstd") as zipped:
                yield zipped
        else:
            yield plain


def _opened_plain(name: str) -> IO[bytes]:
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise TransferRefused(f"{name} can't be read: {error.strerror or error}.") from error
