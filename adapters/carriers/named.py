"""The carriers that are set up, by name."""

from __future__ import annotations

from collections.abc import Mapping

from application.ports import Carrier, Unavailable


class NamedCarriers:
    """Finds a carrier by its name; the first of them is the usual one."""

    def __init__(self, carriers: Mapping[str, Carrier]) -> None:
        self._carriers = dict(carriers)

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, the usual one first."""
        return tuple(self._carriers)

    def named(self, name: str) -> Carrier:
        """The carrier of this name. Raises `Unavailable`: a parcel waits until it is set up."""
        carrier = self._carriers.get(name)
        if carrier is None:
            raise Unavailable(f"the carrier {name} is not set up")
        return carrier
