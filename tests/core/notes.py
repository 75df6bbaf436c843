"""A small aggregate for tests of the core: notes with a personal text."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.shared.aggregate import Aggregate, Created, Event, Personal, event
from projections.base import Fold, Lines, Sums


class Note(Aggregate):
    """A text that somebody wrote, and how often it was read."""

    TOPIC = "test_note"

    class Written(Created, frozen=True, kw_only=True):
        TOPIC = "test_note.written"
        SUBJECT = "author_id"
        author_id: UUID
        text: Personal

    class Read(Event, frozen=True, kw_only=True):
        TOPIC = "test_note.read"
        by: str

    class Removed(Event, frozen=True, kw_only=True):
        TOPIC = "test_note.removed"

    @classmethod
    def write(cls, note_id: UUID, author_id: UUID, text: str, *, now: datetime) -> Note:
        return cls.begin(cls.Written, id=note_id, now=now, author_id=author_id, text=text)

    def read(self, by: str) -> None:
        self.emit(Note.Read, by=by)

    def remove(self) -> None:
        self.emit(Note.Removed)

    @event(Written)
    def __init__(self, author_id: UUID, text: str) -> None:
        self.author_id = author_id
        self.text = text
        self.readers: list[str] = []

    @event(Read)
    def _read(self, by: str) -> None:
        self.readers.append(by)

    @event(Removed)
    def _removed(self) -> None:
        self.text = ""


class NoteRow(Struct, frozen=True, kw_only=True):
    """A note as it is listed."""

    note_id: UUID
    text: str
    readers: tuple[str, ...]
    last_read_at: datetime | None


class ReadingRow(Struct, frozen=True, kw_only=True):
    """One reading of a note."""

    note_id: UUID
    version: int
    by: str


class ReaderRow(Struct, frozen=True, kw_only=True):
    """How often somebody read, for each letter of their name, and the sum of the versions."""

    by: str
    letter: str
    readings: int
    versions: int


def note_rows(version: int = 1) -> Fold[NoteRow]:
    """A read model of notes; each call gives a new one."""
    rows = Fold("test_notes", NoteRow, version=version, key=["note_id"], indexes=["last_read_at"])

    @rows.on(Note.Written)
    def written(_row: NoteRow | None, event: Note.Written) -> NoteRow:
        return NoteRow(note_id=event.originator_id, text=event.text, readers=(), last_read_at=None)

    @rows.on(Note.Read)
    def read(row: NoteRow, event: Note.Read) -> NoteRow:
        return replace(row, readers=(*row.readers, event.by), last_read_at=event.timestamp)

    @rows.on(Note.Removed)
    def removed(_row: NoteRow, _event: Note.Removed) -> None:
        return None

    return rows


def reading_lines() -> Lines[ReadingRow]:
    """A read model of readings; each call gives a new one."""
    lines = Lines("test_readings", ReadingRow, version=1, key=["note_id", "version"])

    @lines.on(Note.Read)
    def read(event: Note.Read) -> list[ReadingRow]:
        return [
            ReadingRow(note_id=event.originator_id, version=event.originator_version, by=event.by)
        ]

    return lines


def reader_sums() -> Sums[ReaderRow]:
    """A read model of readers by the letters of their names; each call gives a new one."""
    sums = Sums("test_readers", ReaderRow, version=1, key=["by", "letter"])

    @sums.on(Note.Read)
    def read(event: Note.Read) -> list[ReaderRow]:
        version = event.originator_version
        return [
            ReaderRow(by=event.by, letter=letter, readings=1, versions=version)
            for letter in event.by
        ]

    return sums
