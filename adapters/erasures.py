"""The register of erasures: signed notes in files that only grow, each naming the one before it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import structlog
from msgspec import Struct

from adapters.audit.files import CheckpointFile, Overtaken
from adapters.audit.notes import NoteRefused, SigningKey, Verifiers
from application.person_keys import ErasureRegister, PersonKeyring, RegisterAltered

log = structlog.get_logger()

REGISTER = "register"
"""The name of the file."""
ORIGIN = "polikrami.cover/erasures"
ENTRY = re.compile(
    r"polikrami\.cover/erasures\n([1-9][0-9]{0,11})\n([A-Za-z0-9+/]{43}=)\n([0-9a-f-]{36})\n"
    r"([0-9T:.+-]{19,35})\n"
)
NOTHING_BEFORE = bytes(32)


class Entry(Struct, frozen=True, kw_only=True):
    """One erasure: its number in its file, the digest of the note before it, who, and when."""

    number: int
    before: bytes
    person_id: UUID
    at: datetime

    @property
    def text(self) -> str:
        """What is signed."""
        before = base64.b64encode(self.before).decode()
        return f"{ORIGIN}\n{self.number}\n{before}\n{self.person_id}\n{self.at.isoformat()}\n"


class SignedRegister:
    """`ErasureRegister` in several files, of which each can be verified on its own.

    A note is signed with the key of the audit chain and has the digest of the note before it, so
    nobody without the key can add an erasure, change one, or take one out of the middle. What is
    cut off at the end of one file is still in the others, and is written again.
    """

    def __init__(self, files: Sequence[Path], key: SigningKey, *, verifiers: Verifiers) -> None:
        self._files = [CheckpointFile(path) for path in files]
        self._key = key
        self._verifiers = verifiers
        self._verified: dict[Path, list[tuple[str, Entry]]] = {path: [] for path in files}

    async def record(self, person_id: UUID, at: datetime) -> None:
        for file in self._files:
            await asyncio.to_thread(self._record, file, {person_id: at})

    async def all(self) -> Mapping[UUID, datetime]:
        return await asyncio.to_thread(self._all)

    async def mend(self) -> int:
        """Write into each file what only others have; how many entries were missing.

        Raises `OSError`, and `RegisterAltered`.
        """
        erased = await self.all()
        missing = [await asyncio.to_thread(self._record, file, erased) for file in self._files]
        return sum(missing)

    def _all(self) -> Mapping[UUID, datetime]:
        erased: dict[UUID, datetime] = {}
        for file in self._files:
            for _, entry in self._entries(file):
                erased.setdefault(entry.person_id, entry.at)
        return erased

    def _record(self, file: CheckpointFile, erased: Mapping[UUID, datetime]) -> int:
        """Add those that are not in the file, behind its last note."""
        added = 0
        while True:
            notes = self._entries(file)
            there = {entry.person_id for _, entry in notes}
            missing = {person: at for person, at in erased.items() if person not in there}
            newest, number = (notes[-1][0], notes[-1][1].number) if notes else (None, 0)
            try:
                for person, at in missing.items():
                    number += 1
                    entry = Entry(
                        number=number,
                        before=_digest(newest),
                        person_id=person,
                        at=at.astimezone(UTC),
                    )
                    note = self._key.signed(entry.text)
                    file.follow(note, newest=newest)
                    newest, added = note, added + 1
            except Overtaken:
                continue
            return added

    def _entries(self, file: CheckpointFile) -> list[tuple[str, Entry]]:
        """All notes of a file with what they say, each of which follows on the one before."""
        known, newest = self._verified[file.path], None
        found: list[tuple[str, Entry]] = []
        for number, note in enumerate(file.notes(), start=1):
            if number <= len(known) and known[number - 1][0] == note:
                # All before it are as they were, too, so nothing has to be verified again.
                found.append(known[number - 1])
            else:
                known = []
                found.append((note, self._opened(file, note, number=number, before=newest)))
            newest = note
        self._verified[file.path] = found
        return found

    def _opened(self, file: CheckpointFile, note: str, *, number: int, before: str | None) -> Entry:
        try:
            entry = _parsed(self._verifiers.opened(note))
        except (NoteRefused, ValueError) as why:
            raise RegisterAltered(f"{file.path}: entry {number} can't be trusted: {why}") from why
        if entry.number != number or entry.before != _digest(before):
            raise RegisterAltered(
                f"{file.path}: entry {number} does not follow on the one before it"
            )
        return entry


class Reapplied(Struct, frozen=True):
    """Who was erased again because their key was alive, and who was missing in the register."""

    destroyed: tuple[UUID, ...]
    unrecorded: tuple[UUID, ...]


async def reapply(register: ErasureRegister, keys: PersonKeyring, *, now: datetime) -> Reapplied:
    """Destroy every key that was destroyed before and is alive again, as after a restore; and
    write down who is erased in the vault and not in the register, as after somebody cut it.

    Raises `OSError`, `RegisterAltered` and `LogUnavailable`; what was done until then stays.
    """
    erased, fenced = await register.all(), await keys.destroyed()
    again = [person for person in erased if person not in fenced]
    for person in again:
        await keys.destroy(person)
        log.warning("erased_again", person_id=str(person))
    unrecorded = sorted(fenced - erased.keys())
    for person in unrecorded:
        await register.record(person, now)
        log.warning("erasure_was_not_recorded", person_id=str(person))
    return Reapplied(tuple(again), tuple(unrecorded))


def _parsed(text: str) -> Entry:
    found = ENTRY.fullmatch(text)
    if not found:
        raise NoteRefused("it is no entry of the register")
    return Entry(
        number=int(found[1]),
        before=base64.b64decode(found[2]),
        person_id=UUID(found[3]),
        at=datetime.fromisoformat(found[4]),
    )


def _digest(note: str | None) -> bytes:
    return hashlib.sha256(note.encode()).digest() if note else NOTHING_BEFORE
