"""The search itself: it can find, and it can miss nothing that somebody wrote down."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from tests.erasure.needles import Search

MARK = "Q7İĞ41ZX"
WORD = f"IğdırÇıkmazı{MARK}"
SEARCH = Search({"street": WORD}, [MARK])

WRITTEN: dict[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "utf-16": lambda word: word.encode("utf-16-le"),
    "utf-16, the other way": lambda word: word.encode("utf-16-be"),
    "upper case": lambda word: word.upper().encode(),
    "Turkish upper case": lambda word: word.replace("i", "İ").replace("ı", "I").upper().encode(),
    "lower case": lambda word: word.lower().encode(),
    "casefold": lambda word: word.casefold().encode(),
    "base64": lambda word: base64.b64encode(word.encode()),
    "base64, one behind": lambda word: base64.b64encode(b"x" + word.encode() + b"yy"),
    "base64, two behind": lambda word: base64.b64encode(b"xx" + word.encode()),
    "base64 for addresses": lambda word: base64.urlsafe_b64encode(b"\xff" + word.encode()),
    "hex": lambda word: word.encode().hex().encode(),
    "HEX": lambda word: word.encode().hex().upper().encode(),
    "url": lambda word: quote_plus(word).encode(),
    "JSON": lambda word: json.dumps(word).encode(),
}


@pytest.mark.parametrize("how", WRITTEN)
def test_a_word_is_found_however_it_is_written(how: str, tmp_path: Path) -> None:
    written = b"before " + WRITTEN[how](WORD) + b" behind"
    assert SEARCH.among(written) == {"street"}
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "file").write_bytes(written)
    assert SEARCH.below([tmp_path]) == {str(tmp_path / "some" / "file"): {"street"}}


def test_other_words_are_not_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"IgdirCikmazi Q7IG41ZY")
    (tmp_path / "empty").touch()
    assert SEARCH.below([tmp_path]) == {}


def test_a_name_of_a_file_counts_as_well_as_a_word_that_was_cut(tmp_path: Path) -> None:
    (tmp_path / WORD).write_bytes(b"nothing")
    assert SEARCH.below([tmp_path]) == {str(tmp_path / WORD): {"street"}}
    assert SEARCH.among(MARK.encode()) == {"?"}
