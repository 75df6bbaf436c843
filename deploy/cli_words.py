"""Words that finance gives to several commands: accounts, months and movements that there are."""

from __future__ import annotations

import re
from typing import get_args

from deploy.faults import SetupFault
from domain.ledger import ACCOUNTS, Account, Movement

MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


def known_account(name: str) -> Account:
    """The account of this key. Raises `SetupFault`."""
    if name not in ACCOUNTS:
        raise SetupFault(f"There is no account {name!r}; see `polikrami finance accounts`.")
    return ACCOUNTS[name]


def known_month(text: str | None) -> str | None:
    """The month, if one is named. Raises `SetupFault`."""
    if text is not None and not MONTH.fullmatch(text):
        raise SetupFault(f"{text!r} is no month; write it as 2026-11.")
    return text


def known_movement(name: str | None) -> str | None:
    """The movement, if one is named. Raises `SetupFault`."""
    known = get_args(Movement)
    if name is not None and name not in known:
        raise SetupFault(f"There is no movement {name!r}; there are {', '.join(known)}.")
    return name
