"""Looking for words in bytes, however somebody may have written them down."""

from __future__ import annotations

import base64
import binascii
import json
import mmap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

TURKISH_UPPER = str.maketrans("iı", "İI")
TURKISH_LOWER = str.maketrans("İI", "iı")
LEAST = 6
"""Shorter than this a form would be found by chance."""


def forms(word: str) -> set[bytes]:
    """The word in every spelling, encoding and alignment in which it could lie somewhere."""
    spellings = {
        word,
        word.upper(),
        word.lower(),
        word.casefold(),
        word.translate(TURKISH_UPPER).upper(),
        word.translate(TURKISH_LOWER).lower(),
    }
    found: set[bytes] = set()
    for spelling in spellings:
        utf8 = spelling.encode()
        found |= {utf8, spelling.encode("utf-16-le"), spelling.encode("utf-16-be")}
        found |= {quote(spelling, safe="").encode(), quote_plus(spelling).encode()}
        found |= {json.dumps(spelling)[1:-1].encode()}
        found |= {binascii.hexlify(utf8), binascii.hexlify(utf8).upper()}
        found |= {*_base64(utf8)}
    return {form for form in found if len(form) >= LEAST}


def _base64(plain: bytes) -> Iterator[bytes]:
    """What of the word is the same in base64 whatever stands before and behind it."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + plain)
        first = -(-before * 8 // 6)
        last = (before + len(plain)) * 8 // 6
        for altered in (encoded, encoded.replace(b"+", b"-").replace(b"/", b"_")):
            yield altered[first:last]


class Search:
    """Looks for all forms of some words; `words` are named, for messages. Each of them holds one of
    the `stems`, so that what holds no stem in any form is passed over quickly.
    """

    def __init__(self, words: Mapping[str, str], stems: Iterable[str]) -> None:
        self._stems = sorted({form for stem in stems for form in forms(stem)})
        self._forms = {name: sorted(forms(word)) for name, word in words.items()}

    def among(self, content: bytes | mmap.mmap) -> set[str]:
        """The names of the words that are in there; `?` for a stem in no word."""
        if not any(content.find(form) >= 0 for form in self._stems):
            return set()
        named = {
            name
            for name, spelled in self._forms.items()
            if any(content.find(form) >= 0 for form in spelled)
        }
        return named or {"?"}

    def below(self, folders: Iterable[Path]) -> dict[str, set[str]]:
        """The files below these folders with words in them or in their names, by path."""
        found = {}
        for path in (path for folder in folders for path in folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                names = self.among(str(path).encode()) | self._in_file(path)
                if names:
                    found[str(path)] = names
        return found

    def _in_file(self, path: Path) -> set[str]:
        if path.stat().st_size == 0:
            return set()
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as all_:
            return self.among(all_)
