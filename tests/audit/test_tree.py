"""Trees and proofs are those of RFC 6962, whose own recursive definitions stand here."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.audit.proofs import (
    ProofRefused,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    roots_in,
    roots_of,
)
from adapters.audit.tree import Frontier, leaf_hash, node_hash, root_of

ENTRIES = [
    bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")
] + [bytes(range(0x60, 0x70))]
"""What implementations of the RFC are commonly tried on, and the roots that they find."""
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}

entries = st.lists(st.binary(max_size=8), max_size=70)


def split(size: int) -> int:
    """The largest power of two smaller than the size."""
    return max(1 << n for n in range(size.bit_length()) if 1 << n < size)


def mth(data: Sequence[bytes]) -> bytes:
    """MTH of section 2.1."""
    if not data:
        return sha256().digest()
    if len(data) == 1:
        return leaf_hash(data[0])
    k = split(len(data))
    return node_hash(mth(data[:k]), mth(data[k:]))


def path(m: int, data: Sequence[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(data) == 1:
        return []
    k = split(len(data))
    if m < k:
        return [*path(m, data[:k]), mth(data[k:])]
    return [*path(m - k, data[k:]), mth(data[:k])]


def subproof(m: int, data: Sequence[bytes], *, known: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.2; PROOF is that with everything known."""
    if m == len(data):
        return [] if known else [mth(data)]
    k = split(len(data))
    if m <= k:
        return [*subproof(m, data[:k], known=known), mth(data[k:])]
    return [*subproof(m - k, data[k:], known=False), mth(data[:k])]


@pytest.mark.parametrize("size", ROOTS)
def test_known_entries_have_the_roots_that_others_find(size: int) -> None:
    assert root_of([leaf_hash(entry) for entry in ENTRIES[:size]]).hex() == ROOTS[size]


@given(entries, st.lists(st.integers(0, 70), max_size=5))
def test_a_tree_that_grows_bit_by_bit_has_the_root_of_the_whole(
    data: list[bytes], cuts: list[int]
) -> None:
    leaves, frontier, begun = [leaf_hash(each) for each in data], Frontier(), 0
    for cut in [*sorted(cuts), len(data)]:
        frontier.extend(leaves[begun:cut])
        begun = max(begun, min(cut, len(data)))
        assert frontier.root() == mth(data[:begun])
        frontier = Frontier.unpacked(frontier.size, frontier.packed())
    assert frontier.size == len(data)


@given(entries.filter(bool), st.data())
def test_inclusion_proofs_are_those_of_the_rfc_and_prove_nothing_else(
    data: list[bytes], choices: st.DataObject
) -> None:
    index = choices.draw(st.integers(0, len(data) - 1))
    leaves = [leaf_hash(each) for each in data]
    proof = inclusion_proof(roots_of(leaves), index, size=len(data))
    assert proof == path(index, data)
    stored, others = b"".join(leaves), choices.draw(st.sets(st.integers(0, len(data) - 1)))
    streamed = roots_in(lambda start, end: stored[start * 32 : end * 32], {index, *others})
    assert inclusion_proof(streamed, index, size=len(data)) == proof
    assert streamed(0, len(data)) == mth(data)
    root = mth(data)
    check_inclusion(leaves[index], proof, index=index, size=len(data), root=root)
    forged = leaf_hash(data[index] + b"!")
    for leaf, steps, place in (
        (forged, proof, index),
        (leaves[index], [*proof, root], index),
        (leaves[index], proof[:-1], index) if proof else (forged, proof, index),
        (leaves[index], proof, len(data)),
    ):
        with pytest.raises(ProofRefused):
            check_inclusion(leaf, steps, index=place, size=len(data), root=root)


@given(entries.filter(bool), st.data())
def test_consistency_proofs_are_those_of_the_rfc_and_prove_nothing_else(
    data: list[bytes], choices: st.DataObject
) -> None:
    size = choices.draw(st.integers(1, len(data)))
    leaves = [leaf_hash(each) for each in data]
    proof = consistency_proof(roots_of(leaves), size, second=len(data))
    assert proof == subproof(size, data, known=True)
    old, new = (size, mth(data[:size])), (len(data), mth(data))
    check_consistency(old, new, path=proof)
    other = mth([*data[: size - 1], data[size - 1] + b"!"])
    for first, second, steps in (
        ((size, other), new, proof),
        (old, (len(data), other), proof),
        (old, new, [*proof, other]),
        (new, (size - 1, old[1]), proof),
        (old, new, proof[:-1]) if proof else ((size, other), new, proof),
    ):
        with pytest.raises(ProofRefused):
            check_consistency(first, second, path=steps)


def test_a_frontier_has_as_many_roots_as_its_size_has_bits() -> None:
    with pytest.raises(ValueError, match="1 roots are no frontier of 3 leaves"):
        Frontier.unpacked(3, bytes(32))


def test_hashes_that_are_missing_prove_nothing() -> None:
    root = roots_in(lambda start, end: bytes(32) * (min(end, 5) - start), [3])
    with pytest.raises(ProofRefused, match="the hashes end behind"):
        root(0, 9)
