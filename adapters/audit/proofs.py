"""Proofs of RFC 6962: that an entry is in a tree, and that a tree goes on where another ended."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence

from adapters.audit.tree import HASH_BYTES, Frontier, node_hash, root_of

READ = 65_536
"""How many hashes are read at once."""

Roots = Callable[[int, int], bytes]
"""The root over the leaves from a number up to, and without, another."""


class ProofRefused(Exception):
    """A proof does not prove what it should; says why."""


def roots_of(leaves: Sequence[bytes]) -> Roots:
    """Roots of parts of these hashes of leaves, each reckoned once."""
    known: dict[tuple[int, int], bytes] = {}

    def root(start: int, end: int) -> bytes:
        if (start, end) not in known:
            known[start, end] = root_of(leaves[start:end])
        return known[start, end]

    return root


def roots_in(read: Callable[[int, int], bytes], wanted: Iterable[int]) -> Roots:
    """Roots of parts of a file of hashes, of which `read` gives those from a number up to another.

    For the proofs of the `wanted` leaves each hash is read about once, and few are kept. Raises
    `ProofRefused` when hashes are missing.
    """
    places, known = sorted(set(wanted)), dict[tuple[int, int], bytes]()

    def streamed(start: int, end: int) -> bytes:
        frontier = Frontier()
        for first in range(start, end, READ):
            last = min(first + READ, end)
            some = read(first, last)
            if len(some) != (last - first) * HASH_BYTES:
                raise ProofRefused(f"the hashes end behind {first + len(some) // HASH_BYTES}")
            frontier.extend([some[at : at + HASH_BYTES] for at in range(0, len(some), HASH_BYTES)])
        return frontier.root()

    def root(start: int, end: int) -> bytes:
        if (start, end) not in known:
            if end - start > 1 and bisect_left(places, start) < bisect_left(places, end):
                middle = start + _split(end - start)
                known[start, end] = node_hash(root(start, middle), root(middle, end))
            else:
                known[start, end] = streamed(start, end)
        return known[start, end]

    return root


def inclusion_proof(roots: Roots, index: int, *, size: int) -> list[bytes]:
    """The audit path of the leaf `index`, counted from 0, in the tree of the first `size` leaves,
    from the leaf upwards.
    """
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(roots(middle, end))
            end = middle
        else:
            path.append(roots(start, middle))
            start = middle
    return path[::-1]


def consistency_proof(roots: Roots, first: int, *, second: int) -> list[bytes]:
    """What proves that the tree of `second` leaves begins with that of the `first` ones."""
    if not 0 < first <= second:
        raise ValueError(f"a tree of {second} leaves does not continue one of {first}")
    path: list[bytes] = []
    start, end, known = 0, second, True
    while first < end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(roots(middle, end))
            end = middle
        else:
            path.append(roots(start, middle))
            start, known = middle, False
    if not known:
        path.append(roots(start, end))
    return path[::-1]


def check_inclusion(
    leaf: bytes, path: Sequence[bytes], *, index: int, size: int, root: bytes
) -> None:
    """Raises `ProofRefused` unless the path leads from the hash of the leaf `index` to the root."""
    if not 0 <= index < size:
        raise ProofRefused(f"there is no entry {index} in a tree of {size}")
    reached = leaf
    for each, is_left in _upwards(path, index, last=size - 1):
        reached = node_hash(each, reached) if is_left else node_hash(reached, each)
    if reached != root:
        raise ProofRefused("the path leads to another root")


def check_consistency(
    first: tuple[int, bytes], second: tuple[int, bytes], *, path: Sequence[bytes]
) -> None:
    """Raises `ProofRefused` unless the second tree, a size and a root, continues the first."""
    (smaller, old), (bigger, new) = first, second
    if not 0 < smaller <= bigger:
        raise ProofRefused(f"a tree of {bigger} does not continue one of {smaller}")
    if smaller == bigger:
        if path or old != new:
            raise ProofRefused("trees of one size have different roots")
        return
    hashes = [old, *path] if smaller & (smaller - 1) == 0 else list(path)
    if not hashes:
        raise ProofRefused("the path is too short")
    place, last = smaller - 1, bigger - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    as_it_was = as_it_is = hashes[0]
    for each, is_left in _upwards(hashes[1:], place, last=last):
        if is_left:
            as_it_was, as_it_is = node_hash(each, as_it_was), node_hash(each, as_it_is)
        else:
            as_it_is = node_hash(as_it_is, each)
    if as_it_was != old or as_it_is != new:
        raise ProofRefused("the path leads to other roots")


def _upwards(path: Sequence[bytes], place: int, *, last: int) -> Iterator[tuple[bytes, bool]]:
    """The hashes of a path that begins at a place of a level, whose last place is given, and
    whether each belongs to the left.
    """
    for each in path:
        if last == 0:
            raise ProofRefused("the path is too long")
        is_left = bool(place & 1) or place == last
        while is_left and not place & 1 and place:
            place, last = place >> 1, last >> 1
        yield each, is_left
        place, last = place >> 1, last >> 1
    if last:
        raise ProofRefused("the path is too short")


def _split(size: int) -> int:
    """The biggest power of two that is smaller."""
    return 1 << ((size - 1).bit_length() - 1)
