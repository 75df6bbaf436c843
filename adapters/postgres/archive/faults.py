"""What can be wrong with files that hold events."""

from __future__ import annotations

from application.store import LogUnavailable


class FileUnreadable(LogUnavailable):
    """A file of events is missing, damaged or of another kind; the message is one sentence."""


class LogKept(Exception):
    """What was asked of the log's partitions or files can't be done; the message is one sentence,
    nothing was changed.
    """
