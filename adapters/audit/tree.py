"""The Merkle tree of RFC 6962 over the hashes of events, grown from the roots of its full parts."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

HASH_BYTES = 32
LEAF = b"\x00"
NODE = b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """The hash of an entry of the tree."""
    return sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(NODE + left + right).digest()


class Frontier:
    """A tree of `size` leaves, of which only the roots of its full subtrees are kept: one for each
    bit of the size, the biggest subtree first. So it grows without reading what is in it.
    """

    def __init__(self, size: int = 0, roots: Sequence[bytes] = ()) -> None:
        if size < 0 or len(roots) != size.bit_count():
            raise ValueError(f"{len(roots)} roots are no frontier of {size} leaves")
        self.size = size
        self.roots = list(roots)

    @classmethod
    def unpacked(cls, size: int, packed: bytes) -> Frontier:
        """The frontier that `packed` was made of. Raises `ValueError`."""
        starts = range(0, len(packed), HASH_BYTES)
        return cls(size, [packed[start : start + HASH_BYTES] for start in starts])

    def packed(self) -> bytes:
        """All roots, one behind the other."""
        return b"".join(self.roots)

    def copy(self) -> Frontier:
        """The same tree, to grow apart."""
        return Frontier(self.size, self.roots)

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add the hashes of leaves at the end."""
        level, size, low = list(leaves), self.size, self.roots
        high: list[bytes] = []
        self.size += len(level)
        while level:
            if size & 1:
                level.insert(0, low.pop())
            if len(level) & 1:
                high.append(level.pop())
            level = [
                sha256(NODE + left + right).digest()
                for left, right in zip(level[::2], level[1::2], strict=True)
            ]
            size >>= 1
        self.roots = low + high[::-1]

    def root(self) -> bytes:
        """The root of the whole tree; of the empty one the hash of nothing."""
        if not self.roots:
            return sha256().digest()
        root = self.roots[-1]
        for left in self.roots[-2::-1]:
            root = node_hash(left, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root of the tree over these hashes of leaves."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()
