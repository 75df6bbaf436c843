"""Checkpoints are signed notes that other programs can read, and only known keys count."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.audit.files import CheckpointFile
from adapters.audit.notes import (
    ORIGIN,
    Checkpoint,
    NoteRefused,
    SigningKey,
    VerifierKey,
    Verifiers,
)

KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""  # noqa: E501  # signatures are not broken into lines
OLD, NEW, STRANGE = (SigningKey(bytes([n] * 32)) for n in (1, 2, 3))
CHECKPOINT = Checkpoint(7, bytes(range(32)))


def test_a_note_that_another_program_has_signed_is_opened() -> None:
    text = Verifiers([VerifierKey.parsed(KEY)]).opened(NOTE)
    assert text == NOTE.partition("\n\n")[0] + "\n"


def test_a_key_is_written_as_others_read_it() -> None:
    assert VerifierKey.parsed(KEY).text == KEY
    assert VerifierKey.parsed(NEW.verifier.text) == NEW.verifier


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("me", "looks like"),
        (KEY.replace("c74f", "c74e"), "belongs to another key"),
        (KEY.replace("ARpc", "AhpC"), "no Ed25519 key"),
    ],
)
def test_a_damaged_key_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        VerifierKey.parsed(text)


def test_what_older_keys_have_signed_still_counts() -> None:
    verifiers = Verifiers([NEW.verifier, OLD.verifier])
    for key in (OLD, NEW):
        assert verifiers.checkpoint(key.signed(CHECKPOINT.text)) == CHECKPOINT


def test_one_known_signature_among_several_is_enough() -> None:
    note = STRANGE.signed(CHECKPOINT.text) + NEW.signed(CHECKPOINT.text).partition("\n\n")[2]
    assert Verifiers([NEW.verifier]).checkpoint(note) == CHECKPOINT


@pytest.mark.parametrize(
    ("note", "why"),
    [
        (STRANGE.signed(CHECKPOINT.text), "no known key"),
        (NEW.signed(CHECKPOINT.text).replace("\n7\n", "\n8\n"), "signature is wrong"),
        (NEW.signed(CHECKPOINT.text)[:-9], "cut short"),
        (NEW.signed(CHECKPOINT.text).replace("— ", "- "), "is none"),
        (NEW.signed("another.log\n7\n" + "A" * 43 + "=\n"), "another log, another.log"),
        (NEW.signed(f"{ORIGIN}\n07\n{'A' * 43}=\n"), "no checkpoint"),
        (CHECKPOINT.text, "cut short"),
    ],
)
def test_a_note_that_does_not_count_is_refused_with_the_reason(note: str, why: str) -> None:
    with pytest.raises(NoteRefused, match=why):
        Verifiers([NEW.verifier]).checkpoint(note)


async def test_notes_are_kept_in_their_order_and_a_torn_one_is_left_out(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "new" / "checkpoints")
    assert (list(file.notes()), file.last()) == ([], None)
    notes = [NEW.signed(Checkpoint(size, bytes(32)).text) for size in range(1, 40)]
    for note in notes[:-1]:
        await file.post(note)
    whole = file.path.read_bytes()
    for cut in range(1, len(notes[-1])):
        file.path.write_bytes(whole + notes[-1].encode()[:cut])
        assert list(file.notes()) == notes[:-1]
        assert file.last() == notes[-2]
    file.add(notes[-1])
    assert list(file.notes()) == notes
    assert file.last() == notes[-1]


def test_what_was_altered_in_the_file_is_told_and_not_passed_by(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "checkpoints")
    for size in (1, 2):
        file.add(NEW.signed(Checkpoint(size, bytes(32)).text))
    told = file.path.read_text()
    for altered in (told.replace("\n\n—", "\n\n\n—", 1), told.replace("— ", "-- ", 1)):
        file.path.write_text(altered)
        verifiers, refused = Verifiers([NEW.verifier]), 0
        for note in file.notes():
            try:
                verifiers.checkpoint(note)
            except NoteRefused:
                refused += 1
        assert refused > 0
