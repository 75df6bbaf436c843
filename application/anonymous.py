"""Events without what they say about persons: equal texts stay equal, and nothing else stays."""

from __future__ import annotations

import hmac
import typing
from collections.abc import Iterable, Iterator
from functools import cache
from string import ascii_lowercase, ascii_uppercase, digits, hexdigits
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.shared.aggregate import PERSONAL, Event

ERASED = "[erased]"
SHORTEST = 4
"""Shorter texts of persons are not looked for in other texts: they are found everywhere."""
HEX_DIGEST = 16

KEPT = frozenset(
    (
        *("book_kind", "carrier", "code", "consent_version", "currency", "description"),
        *("greeting_en", "greeting_tr", "group", "ink", "letters", "media_type", "method"),
        *("month", "motif", "name", "name_en", "name_tr", "number", "order_number"),
        *("originator_topic", "painter_version", "paper", "privacy_version", "purpose"),
        *("exemption", "reason", "size", "tax_class", "template", "terms_version", "warnings"),
    )
)
"""Fields of plain text that are words of the business and stay; every other one is masked."""
CLAIMS = ("email_claim", "log_in_attempts")
"""Aggregates whose ids are made of what is said about a person; they get others."""


class Pseudonyms:
    """Texts for texts, by a key that is thrown away: letters for letters, digits for digits."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[str, str] = {}

    def of(self, plain: str) -> str:
        """The text that stands for this one wherever it occurs."""
        if plain not in self._known:
            self._known[plain] = self._made(plain)
        return self._known[plain]

    def identity(self, plain: UUID) -> UUID:
        """The id that stands for this one."""
        return UUID(bytes=self._bytes(plain.hex, 16), version=5)

    def _made(self, plain: str) -> str:
        if len(plain) >= HEX_DIGEST and set(plain) <= set(hexdigits.lower()):
            return self._bytes(plain, len(plain)).hex()[: len(plain)]
        chosen = self._bytes(plain, len(plain))
        return "".join(map(_like, plain, chosen))

    def _bytes(self, plain: str, count: int) -> bytes:
        made = b""
        while len(made) < count:
            text = f"{len(made)}/{plain}".encode(errors="surrogatepass")
            made += hmac.digest(self._key, text, "sha256")
        return made[:count]


class Anonymizer:
    """Takes events and gives them back without persons.

    `texts` are all that is said about persons in these events: what is kept otherwise is masked
    where it contains one of them.
    """

    def __init__(
        self, pseudonyms: Pseudonyms, *, texts: Iterable[str], claims: Iterable[UUID]
    ) -> None:
        self._pseudonyms = pseudonyms
        self._texts = sorted({each.casefold() for each in texts if len(each) >= SHORTEST})
        self._identities = {each: pseudonyms.identity(each) for each in claims}
        self._harmless: dict[str, bool] = {}

    def identity(self, plain: UUID) -> UUID:
        """The id of a stream, or of whatever, as it reads afterwards."""
        return self._identities.get(plain, plain)

    def over(self, event: Event) -> Event:
        """The event as it reads afterwards."""
        changed: Event = self._over_struct(event, personal=False)
        return changed

    def _over_struct(self, value: Any, *, personal: bool) -> Any:
        kind: type[Struct] = type(value)
        fields = {
            name: self._over(
                getattr(value, name), name, personal=personal or name in _personal(kind)
            )
            for name in kind.__struct_fields__
            if name not in _literals(kind)
        }
        return replace(value, **fields)

    def _over(self, value: Any, name: str, *, personal: bool) -> Any:
        if isinstance(value, str):
            return self._text(value, name, personal=personal)
        if isinstance(value, UUID):
            return self.identity(value)
        if isinstance(value, Struct):
            return self._over_struct(value, personal=personal)
        if isinstance(value, tuple | list):
            return type(value)(self._over(each, name, personal=personal) for each in value)
        if isinstance(value, dict):
            return {
                self._over(key, name, personal=personal): self._over(each, name, personal=personal)
                for key, each in value.items()
            }
        return value

    def _text(self, value: str, name: str, *, personal: bool) -> str:
        if value in {"", ERASED} or (not personal and name in KEPT and self._is_harmless(value)):
            return value
        return self._pseudonyms.of(value)

    def _is_harmless(self, value: str) -> bool:
        if value not in self._harmless:
            folded = value.casefold()
            self._harmless[value] = not any(text in folded for text in self._texts)
        return self._harmless[value]


def personal_texts(event: Event) -> Iterator[str]:
    """All that an event says about persons."""
    for name in _personal(type(event)):
        yield from _texts(getattr(event, name))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value != ERASED:
            yield value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            if name not in _literals(type(value)):
                yield from _texts(getattr(value, name))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _texts(each)


@cache
def _personal(kind: type[Struct]) -> frozenset[str]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return frozenset(
        name
        for name in kind.__struct_fields__
        if PERSONAL in getattr(hints[name], "__metadata__", ())
    )


@cache
def _literals(kind: type[Struct]) -> frozenset[str]:
    """Fields whose texts are a choice of the program's own words."""
    hints = typing.get_type_hints(kind)
    return frozenset(name for name in kind.__struct_fields__ if not _has_text(hints[name]))


def _has_text(hint: Any) -> bool:
    """Whether anything but a choice of words, a number or a moment can stand there."""
    if typing.get_origin(hint) is typing.Literal:
        return False
    arguments = typing.get_args(hint)
    if arguments:
        return any(_has_text(each) for each in arguments if each is not Ellipsis)
    return hint in {str, UUID, bytes} or (isinstance(hint, type) and issubclass(hint, Struct))


def _like(letter: str, chosen: int) -> str:
    if letter.isdigit():
        return digits[chosen % 10]
    if not letter.isalpha():
        return letter
    letters = ascii_uppercase if letter.isupper() else ascii_lowercase
    return letters[chosen % 26]
