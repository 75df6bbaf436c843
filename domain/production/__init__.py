"""Printing: the file for the print house, its hand-over, and what the house tells of it."""

from domain.production.job import PrintJob
from domain.production.parts import (
    MOST_ATTEMPTS,
    MOST_COPIES,
    AlreadyOnItsWay,
    CopiesExhausted,
    HouseReport,
    NothingToReprint,
    NotReprinted,
    PrintFileFacts,
    PrintFileMissing,
    PrintJobCannot,
    PrintState,
    ReportStatus,
    ReprintReason,
    Sheet,
)

__all__ = [
    "MOST_ATTEMPTS",
    "MOST_COPIES",
    "AlreadyOnItsWay",
    "CopiesExhausted",
    "HouseReport",
    "NotReprinted",
    "NothingToReprint",
    "PrintFileFacts",
    "PrintFileMissing",
    "PrintJob",
    "PrintJobCannot",
    "PrintState",
    "ReportStatus",
    "ReprintReason",
    "Sheet",
]
