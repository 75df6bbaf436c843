"""A Turkish postal address, as people write it."""

from __future__ import annotations

from msgspec import Struct

from domain.shared.text import is_blank


class Address(Struct, frozen=True, kw_only=True):
    """All of it is text about a person; `postcode` has five digits or is empty."""

    name: str
    line: str
    district: str
    province: str
    postcode: str = ""
    phone: str = ""

    @property
    def blank(self) -> tuple[str, ...]:
        """The names of the fields that a parcel needs and that say nothing."""
        needed = ("name", "line", "district", "province")
        return tuple(field for field in needed if is_blank(getattr(self, field)))
