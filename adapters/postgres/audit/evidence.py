"""The checkpoints that were published, wherever they are found: what the log has to agree with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from adapters.audit.notes import Checkpoint, NoteRefused, Verifiers

SHOWN = 3
"""How many faults of one place are told one by one."""


class Evidence(Struct, frozen=True):
    """Checkpoints by size, the smallest first, and what is wrong with notes that are none."""

    checkpoints: Sequence[Checkpoint]
    faults: Sequence[str]

    @property
    def size(self) -> int:
        """How many events the biggest checkpoint speaks for."""
        return self.checkpoints[-1].size if self.checkpoints else 0


def gathered(
    verifiers: Verifiers, places: Iterable[tuple[str, Iterable[str]]], *, newest: Iterable[str] = ()
) -> Evidence:
    """What the notes in these places say; places are named for people.

    Of the places that `newest` names, each must have the biggest checkpoint that any has.
    """
    known: dict[str, Checkpoint | str] = {}
    faults: list[str] = []
    biggest: dict[str, int] = {}
    for place, notes in places:
        refused: list[str] = []
        biggest[place] = 0
        for number, note in enumerate(notes, start=1):
            if note not in known:
                known[note] = _judged(verifiers, note)
            found = known[note]
            if isinstance(found, Checkpoint):
                biggest[place] = max(biggest[place], found.size)
            else:
                refused.append(f"{place}: checkpoint {number} does not count: {found}")
        faults += refused[:SHOWN]
        if len(refused) > SHOWN:
            faults.append(f"{place}: so do {len(refused) - SHOWN} more")
    checkpoints = {each for each in known.values() if isinstance(each, Checkpoint)}
    top = max((each.size for each in checkpoints), default=0)
    faults += [
        f"{place}: the newest checkpoints are missing; it ends at {biggest.get(place, 0)},"
        f" others at {top}"
        for place in newest
        if biggest.get(place, 0) < top
    ]
    return Evidence(sorted(checkpoints, key=lambda each: (each.size, each.root)), faults)


def _judged(verifiers: Verifiers, note: str) -> Checkpoint | str:
    try:
        return verifiers.checkpoint(note)
    except NoteRefused as refused:
        return str(refused)
