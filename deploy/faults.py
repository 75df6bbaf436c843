"""What is told to the person at the console when the system can't be set up."""

from __future__ import annotations


class SetupFault(Exception):
    """Something outside the code is wrong; the message is one sentence that says what to do."""
