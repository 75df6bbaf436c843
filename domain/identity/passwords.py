"""Which passwords are good enough: long, not known to everybody, not the person's own address."""

from __future__ import annotations

from collections.abc import Callable

from domain.shared.errors import Invalid
from domain.shared.text import folded, folded_email

SHORTEST = 10
LONGEST = 128


class PasswordTooShort(Invalid):
    """Fact: `shortest`, in characters."""


class PasswordTooLong(Invalid):
    """Fact: `longest`, in characters."""


class PasswordTooCommon(Invalid):
    """It is among the passwords that are tried first."""


class PasswordContainsEmail(Invalid):
    """The e-mail address, or the part of it before the @, stands in the password."""


def must_be_a_good_password(
    password: str, email: str, *, is_common: Callable[[str], bool], pointer: str = "/password"
) -> None:
    """Refuse a password that is easily guessed; there are no rules of composition."""
    if len(password) < SHORTEST:
        raise PasswordTooShort(pointer, shortest=SHORTEST)
    if len(password) > LONGEST:
        raise PasswordTooLong(pointer, longest=LONGEST)
    if is_common(password):
        raise PasswordTooCommon(pointer)
    name = folded_email(email).partition("@")[0]
    # A name of three letters or less is in too many words to mean anything
    if len(name) > 3 and name in folded(password):
        raise PasswordContainsEmail(pointer)
