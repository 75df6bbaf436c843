"""The texts of mails, from a folder."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from application.ports import Language

NAME = re.compile(r"[a-z][a-z0-9_]*")


class FolderTemplates:
    """`MailTemplates` from files `<template>.<language>.txt` and one `page.html`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read = cache(self._from_disk)

    def text(self, template: str, language: Language) -> str:
        """The subject line, an empty line and the text. Raises `LookupError`."""
        if not NAME.fullmatch(template):
            raise LookupError(f"{template!r} is no name of a template")
        return self._read(f"{template}.{language}.txt")

    def page(self) -> str:
        """The HTML around a text."""
        return self._read("page.html")

    def _from_disk(self, name: str) -> str:
        try:
            return (self._folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise LookupError(f"there is no mail template {name}") from None
