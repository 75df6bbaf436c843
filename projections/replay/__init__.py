"""Replaying read models while they serve: build, compare, switch, repair a part, and verify."""

from projections.replay.building import build
from projections.replay.builds import Build, ReplayRefused, Workshop
from projections.replay.bulk import Progress, Tell
from projections.replay.diffs import Comparison, Explained, diff
from projections.replay.partial import (
    Change,
    OfKey,
    OfRange,
    OfStream,
    Part,
    Repair,
    replay_part,
)
from projections.replay.switching import drop, rebuild, switch, switch_back
from projections.replay.verifying import Verdict, verify

__all__ = [
    "Build",
    "Change",
    "Comparison",
    "Explained",
    "OfKey",
    "OfRange",
    "OfStream",
    "Part",
    "Progress",
    "Repair",
    "ReplayRefused",
    "Tell",
    "Verdict",
    "Workshop",
    "build",
    "diff",
    "drop",
    "rebuild",
    "replay_part",
    "switch",
    "switch_back",
    "verify",
]
