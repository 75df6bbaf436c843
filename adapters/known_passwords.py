"""The passwords that are tried first, from a list on disk."""

from __future__ import annotations

from pathlib import Path

from domain.shared.text import folded


class ListedPasswords:
    """`KnownPasswords` from a text file with one password a line."""

    def __init__(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").splitlines()
        self._folded = frozenset(folded(line.strip()) for line in lines if line.strip())

    def known(self, password: str) -> bool:
        """Whether the password, whatever its case, is on the list."""
        return folded(password) in self._folded
