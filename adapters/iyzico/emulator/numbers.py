"""Where the emulator's ids come from: the system's randomness, or a seed that repeats them."""

from __future__ import annotations

from collections.abc import Container
from random import Random, SystemRandom
from uuid import UUID


class Numbers:
    """Ids in the provider's shapes."""

    def __init__(self, seed: int | None) -> None:
        # A seed is given in tests only, and guards nothing.
        self._source: Random = SystemRandom() if seed is None else Random(seed)  # noqa: S311

    def token(self) -> str:
        """A UUID as text."""
        return str(UUID(int=self._source.getrandbits(128), version=4))

    def id_not_in(self, taken: Container[int]) -> int:
        """An eight-digit id that `taken` does not contain."""
        while (number := self._source.randrange(10_000_000, 99_999_999)) in taken:
            pass
        return number

    def digits(self, count: int) -> str:
        """So many random digits."""
        return "".join(str(self._source.randrange(10)) for _ in range(count))
