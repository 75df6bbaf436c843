"""Text compared the way people mean it, in Turkish and elsewhere."""

from __future__ import annotations

import unicodedata

_DOTTED_I = str.maketrans({"İ": "i", "ı": "i", "I": "i"})
_DOT_ABOVE = "\N{COMBINING DOT ABOVE}"


def folded(text: str) -> str:
    """One form for all spellings that differ only by case, by Turkish or by English rules.

    `İLGAZ`, `ILGAZ`, `ılgaz` and `ilgaz` are one: which of them a keyboard's capital letters make
    depends on its language, so telling them apart would let two names differ only by case.
    """
    while True:
        # Upper case loses what tells some small letters apart (ſ and s, ς and σ): it goes first
        plain = unicodedata.normalize("NFKD", text).translate(_DOTTED_I).upper().casefold()
        plain = unicodedata.normalize("NFKD", plain).translate(_DOTTED_I)
        plain = unicodedata.normalize("NFKC", plain.replace("i" + _DOT_ABOVE, "i"))
        if plain == text:
            return plain
        text = plain


def folded_email(email: str) -> str:
    """The form in which two e-mail addresses are compared."""
    return folded(email.strip())


def is_blank(text: str) -> bool:
    """Whether there is nothing to be seen in it: spaces, and marks that have no width."""
    return all(unicodedata.category(each)[0] in "CZ" for each in text)


def mailbox_of(email: str) -> str:
    """The mailbox that an address leads to, as far as it can be told: without case and without the
    tag behind a plus. Empty for what is no address, such as an erased one.
    """
    name, at, host = folded_email(email).rpartition("@")
    return f"{name.partition('+')[0]}@{host}" if at else ""
