"""Why a backup is not made, not believed or not restored."""

from __future__ import annotations


class BackupRefused(Exception):
    """What was asked can't be done; the message is one sentence that says what to do."""
