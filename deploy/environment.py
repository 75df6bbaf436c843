"""Reads typed values from environment variables and remembers every fault, to tell all at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from deploy.secret import Secret

PREFIX = "POLIKRAMI_"
TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
OURS = ("IYZICO_", "SELLER_", "INVOICE_")
"""Names that begin so are meant for us even without the prefix."""


class Environment:
    """Environment variables by their plain names; `faults` grows while values are read.

    Each variable may carry the prefix `POLIKRAMI_`, and each secret one may be a file's path when
    its name ends in `_FILE`. An empty value counts as not given. A faulty value reads as the
    default, so that reading goes on and finds the next fault.
    """

    def __init__(
        self, variables: Mapping[str, str], *, known: Collection[str], secret: Collection[str]
    ) -> None:
        self.faults: list[str] = []
        self._known = {*known, *(f"{name}_FILE" for name in secret)}
        self._given = self._plain_names(variables)
        for name in secret:
            self._open_file(name)

    def given(self, name: str) -> bool:
        """Whether the variable or its file was given, rightly or wrongly."""
        return name in self._given or f"{name}_FILE" in self._given

    def fault(self, name: str, wrong: str, *, fix: str) -> None:
        """Remember a fault of one variable."""
        self.faults.append(f"{name} {wrong}; {fix}")

    def text(self, name: str, default: str, *, pattern: str = "", form: str = "") -> str:
        """Text that matches `pattern` whole; `form` says in words what the pattern asks for."""
        value = self._given.get(name, default)
        if pattern and not re.fullmatch(pattern, value):
            self.fault(name, f"is {value!r}", fix=f"give {form}")
            return default
        return value

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self._given.get(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
            self.fault(name, f"is {value!r}", fix=f"give a whole number from {low} to {high}")
            return default
        return int(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """Yes or no."""
        value = self._given.get(name, str(default)).lower()
        if value not in TRUE | FALSE:
            self.fault(name, f"is {value!r}", fix="give true or false")
            return default
        return value in TRUE

    def choice(self, name: str, default: str, *, options: Collection[str]) -> str:
        """One of `options`, compared without case."""
        folded = {option.lower(): option for option in options}
        value = self._given.get(name, default)
        if value.lower() not in folded:
            self.fault(name, f"is {value!r}", fix=f"give one of {', '.join(options)}")
            return default
        return folded[value.lower()]

    def url(self, name: str, *, schemes: Collection[str]) -> str | None:
        """An address with one of `schemes`; the value is never shown, it may hold a password."""
        value = self._given.get(name)
        if value is None or _is_url(value, schemes):
            return value
        form = " or ".join(f"{scheme}://" for scheme in schemes)
        self.fault(name, f"is not an address that begins with {form}", fix="write it out in full")
        return None

    def secret_url(self, name: str, *, schemes: Collection[str]) -> Secret | None:
        """As `url`, hidden."""
        value = self.url(name, schemes=schemes)
        return None if value is None else Secret(value)

    def secret(self, name: str, *, decode: Callable[[str], bytes] = str.encode) -> Secret | None:
        """A hidden value; `decode` raises ValueError, whose message completes "NAME ..."."""
        value = self._given.get(name)
        if value is None:
            return None
        try:
            return Secret(decode(value))
        except ValueError as error:
            self.fault(name, str(error), fix="make one with: openssl rand -base64 32")
            return None

    def secrets(self, name: str, *, decode: Callable[[str], bytes]) -> tuple[Secret, ...]:
        """Hidden values with spaces between them, each as in `secret`; none if not given."""
        found = []
        for value in self._given.get(name, "").split():
            try:
                found.append(Secret(decode(value)))
            except ValueError as error:
                self.fault(name, f"has one that {error}", fix="give each as it was drawn")
        return tuple(found)

    def _plain_names(self, variables: Mapping[str, str]) -> dict[str, str]:
        given: dict[str, str] = {}
        for full_name, value in sorted(variables.items()):
            name = full_name.removeprefix(PREFIX)
            if name not in self._known:
                self._judge_unknown(full_name, name)
            elif value.strip() and given.setdefault(name, value.strip()) != value.strip():
                self.fault(name, f"and {PREFIX}{name} differ", fix="give only one of them")
        return given

    def _judge_unknown(self, full_name: str, name: str) -> None:
        """Only names that look like ours: the environment is full of other people's variables."""
        if full_name.startswith((PREFIX, *OURS)):
            close = difflib.get_close_matches(name, sorted(self._known), n=1, cutoff=0.6)
            prefix = full_name.removesuffix(name)
            hint = f"did you mean {prefix}{close[0]}?" if close else "remove it"
            self.fault(full_name, "is no setting", fix=hint)

    def _open_file(self, name: str) -> None:
        path = self._given.get(f"{name}_FILE")
        if path is None:
            return
        if name in self._given:
            self.fault(name, f"and {name}_FILE are both given", fix="give only one of them")
            return
        try:
            content = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "not UTF-8 text"
            self.fault(f"{name}_FILE", f"can't be read ({path}: {why})", fix="give a readable file")
            return
        if content:
            self._given[name] = content
        else:
            self.fault(f"{name}_FILE", f"is empty ({path})", fix="write the value into it")


def _is_url(value: str, schemes: Collection[str]) -> bool:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return False
    reachable = bool(parts.hostname or parts.scheme == "unix" or "host=" in parts.query)
    return parts.scheme in schemes and reachable
