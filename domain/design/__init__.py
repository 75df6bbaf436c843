"""The artist's workflow: one design job per order, from the offer to approval or cancellation."""

from domain.design.job import DesignJob
from domain.design.parts import (
    EDGES,
    Artist,
    Commission,
    DesignBrief,
    DesignCannotMove,
    DesignerDeclined,
    DesignerTooDear,
    JobState,
    Party,
    RevisionsUsedUp,
)

__all__ = [
    "EDGES",
    "Artist",
    "Commission",
    "DesignBrief",
    "DesignCannotMove",
    "DesignJob",
    "DesignerDeclined",
    "DesignerTooDear",
    "JobState",
    "Party",
    "RevisionsUsedUp",
]
