"""A slice of history as a file without persons, and a database that such a file becomes."""

from adapters.postgres.slices.files import FileSlice, read_slice, write_slice
from adapters.postgres.slices.rows import SlicedEvent, anonymous, recorded_of
from adapters.postgres.slices.taking import take

__all__ = [
    "FileSlice",
    "SlicedEvent",
    "anonymous",
    "read_slice",
    "recorded_of",
    "take",
    "write_slice",
]
