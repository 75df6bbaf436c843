"""The settings of returns: how long each side has, and how often a line is printed once more."""

from __future__ import annotations

from msgspec import Struct

from deploy.environment import Environment

RETURN_MEANINGS: dict[str, str] = {
    "RETURN_DAYS": "how many days after delivery something may be asked back (14, by law at least)",
    "RETURN_MISSING_DAYS": "how many days after dispatch something counts as not arrived (10)",
    "RETURN_ANSWER_DAYS": "after so many days an unanswered return is a work item (5)",
    "RETURN_SEND_DAYS": "how many days customers have to send an approved return back (14)",
    "RETURN_REPRINTS": "how often a line is printed once more for its returns (1)",
}


class ReturnSettings(Struct, frozen=True, kw_only=True):
    """Days, and reprints of one line."""

    days: int
    missing_days: int
    answer_days: int
    send_days: int
    reprints: int


def return_settings(variables: Environment) -> ReturnSettings:
    """What is set, or what is usual."""
    return ReturnSettings(
        days=variables.number("RETURN_DAYS", 14, low=14, high=365),
        missing_days=variables.number("RETURN_MISSING_DAYS", 10, low=1, high=90),
        answer_days=variables.number("RETURN_ANSWER_DAYS", 5, low=1, high=90),
        send_days=variables.number("RETURN_SEND_DAYS", 14, low=1, high=90),
        reprints=variables.number("RETURN_REPRINTS", 1, low=0, high=5),
    )
