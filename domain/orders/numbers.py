"""Order numbers: short, readable, telling nothing of how many there are, and never given twice."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid5

from domain.shared.aggregate import Aggregate, Created, event

ORDER_NUMBERS = UUID("3b0f5a0e-5c1b-4d8c-8a43-8d7a1f6b2c02")

# Crockford's alphabet: no I, L, O or U, which are misread and misheard.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


PREFIX = "PK"
MISREAD = str.maketrans({"I": "1", "İ": "1", "L": "1", "O": "0"})


def number_of(order_id: UUID, choice: int = 0) -> str:
    """`PK-XXXXX-XXXXX`, 50 bits of a hash; `choice` counts up where a number is taken already."""
    bits = int.from_bytes(sha256(order_id.bytes + bytes([choice])).digest()[:8], "big")
    digits = "".join(ALPHABET[(bits >> shift) & 31] for shift in range(0, 50, 5))
    return f"{PREFIX}-{digits[:5]}-{digits[5:]}"


def number_begun(text: str) -> str:
    """What a number begins with, however somebody has typed it: small letters, without the prefix
    or dashes, and with those letters that the alphabet avoids.
    """
    plain = "".join(each for each in text.upper() if each.isalnum()).translate(MISREAD)
    digits = plain.removeprefix(PREFIX)
    return f"{PREFIX}-{digits[:5]}" + (f"-{digits[5:]}" if len(digits) > 5 else "")


class OrderNumber(Aggregate):
    """A number that is taken: saved with the order, so that the log itself refuses a second."""

    TOPIC = "order_number"

    class Taken(Created, frozen=True, kw_only=True):
        TOPIC = "order_number.taken"
        number: str
        order_id: UUID

    @staticmethod
    def id_of(number: str) -> UUID:
        """The one stream of a number."""
        return uuid5(ORDER_NUMBERS, number)

    @classmethod
    def take(cls, number: str, order_id: UUID, *, now: datetime) -> OrderNumber:
        """Let the number be this order's."""
        identity = cls.id_of(number)
        return cls.begin(cls.Taken, id=identity, now=now, number=number, order_id=order_id)

    @event(Taken)
    def __init__(self, number: str, order_id: UUID) -> None:
        self.number = number
        self.order_id = order_id
