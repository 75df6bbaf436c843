"""Manual entries: credits that people in finance give or take, the larger ones by two of them."""

from domain.manual_entries.entry import ManualEntry
from domain.manual_entries.parts import (
    EntryOrder,
    EntryOutOfRange,
    EntryRules,
    NoteMissing,
)
from domain.manual_entries.reasons import (
    REASONS,
    EntryReason,
    ReasonNotFit,
    UnknownReason,
)
from domain.manual_entries.tally import EntryTally

__all__ = [
    "REASONS",
    "EntryOrder",
    "EntryOutOfRange",
    "EntryReason",
    "EntryRules",
    "EntryTally",
    "ManualEntry",
    "NoteMissing",
    "ReasonNotFit",
    "UnknownReason",
]
