"""The register of erasures: written once in two places, and every way to alter it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from adapters.audit.files import CheckpointFile
from adapters.crypto import MemoryKeys
from adapters.erasures import REGISTER, reapply
from adapters.memory import MemoryErasures
from application.person_keys import ErasureRegister, RegisterAltered
from tests.given import NOW
from tests.keys.vaults import register_in

PERSONS = [UUID(int=number) for number in range(1, 6)]


async def five(folder: Path) -> list[Path]:
    """The two files, after five erasures."""
    register = register_in(folder)
    for number, person in enumerate(PERSONS):
        await register.record(person, NOW + timedelta(seconds=number))
    return [folder / place / REGISTER for place in ("erasures", "erasures-copy")]


def notes(path: Path) -> list[str]:
    return list(CheckpointFile(path).notes())


@pytest.mark.parametrize("in_memory", [True, False])
async def test_who_was_erased_is_written_once_with_the_first_moment(
    tmp_path: Path, in_memory: bool
) -> None:
    register: ErasureRegister = MemoryErasures() if in_memory else register_in(tmp_path)
    assert not await register.all()
    await register.record(PERSONS[0], NOW)
    await register.record(PERSONS[1], NOW)
    await register.record(PERSONS[0], NOW + timedelta(days=1))
    assert await register.all() == {PERSONS[0]: NOW, PERSONS[1]: NOW}


async def test_both_places_have_all_of_it_and_nothing_about_the_person_but_the_id(
    tmp_path: Path,
) -> None:
    first, second = await five(tmp_path)
    assert first.read_bytes() == second.read_bytes()
    lines = notes(first)[2].splitlines()
    assert lines[0] == "polikrami.cover/erasures"
    assert [lines[1], *lines[3:5]] == [
        "3",
        str(PERSONS[2]),
        (NOW + timedelta(seconds=2)).isoformat(),
    ]
    assert first.stat().st_mode & 0o077 == 0 or first.parent.stat().st_mode & 0o077 == 0


async def test_many_who_write_at_once_lose_nothing(tmp_path: Path) -> None:
    persons = [UUID(int=number) for number in range(1, 25)]
    await asyncio.gather(*(register_in(tmp_path).record(person, NOW) for person in persons))
    assert set(await register_in(tmp_path).all()) == set(persons)
    assert [len(notes(tmp_path / place / REGISTER)) for place in ("erasures", "erasures-copy")] == [
        24,
        24,
    ]


async def test_whoever_alters_what_was_verified_before_is_found_out_too(tmp_path: Path) -> None:
    path, _ = await five(tmp_path)
    register = register_in(tmp_path)
    assert len(await register.all()) == 5
    for alter in (edited, thinned, reordered, beheaded):
        entries = notes(path)
        path.write_text("\n".join([*alter(entries), ""]))
        with pytest.raises(RegisterAltered, match=str(path)):
            await register.all()
        path.write_text("\n".join([*entries, ""]))
        assert len(await register.all()) == 5


def edited(entries: list[str]) -> list[str]:
    return [*entries[:2], entries[2].replace(str(PERSONS[2]), str(UUID(int=99))), *entries[3:]]


def thinned(entries: list[str]) -> list[str]:
    return [*entries[:2], *entries[3:]]


def reordered(entries: list[str]) -> list[str]:
    return [*entries[:2], entries[3], entries[2], entries[4]]


def beheaded(entries: list[str]) -> list[str]:
    return entries[2:]


@pytest.mark.parametrize("alter", [edited, thinned, reordered, beheaded])
@pytest.mark.parametrize("which", [0, 1])
async def test_whoever_alters_a_file_is_found_out_and_nobody_is_erased_by_it(
    tmp_path: Path, alter: Callable[[list[str]], list[str]], which: int
) -> None:
    path = (await five(tmp_path))[which]
    path.write_text("\n".join([*alter(notes(path)), ""]))
    register, keys = register_in(tmp_path), MemoryKeys()
    for ask in (register.all(), register.record(UUID(int=50), NOW), register.mend()):
        with pytest.raises(RegisterAltered, match=str(path)):
            await ask
    with pytest.raises(RegisterAltered):
        await reapply(register, keys, now=NOW)
    assert not await keys.destroyed()


async def test_an_erasure_that_nobody_with_the_key_has_signed_erases_nobody(
    tmp_path: Path,
) -> None:
    await five(tmp_path)
    await_other = register_in(tmp_path / "forged", seed=b"f" * 32)
    await await_other.record(UUID(int=77), NOW)
    forged = notes(tmp_path / "forged" / "erasures" / REGISTER)[0]
    path = tmp_path / "erasures" / REGISTER
    path.write_text(path.read_text() + forged + "\n")
    with pytest.raises(RegisterAltered, match="no known key has signed it"):
        await register_in(tmp_path).all()


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("left", [0, 2, 4])
async def test_what_was_cut_off_one_file_is_in_the_other_and_written_again(
    tmp_path: Path, which: int, left: int
) -> None:
    paths = await five(tmp_path)
    kept = notes(paths[which])[:left]
    paths[which].write_text("".join(f"{note}\n" for note in kept))
    register = register_in(tmp_path)
    assert set(await register.all()) == set(PERSONS)
    assert await register.mend() == 5 - left
    assert await register.mend() == 0
    assert [len(notes(path)) for path in paths] == [5, 5]
    assert set(await register_in(tmp_path).all()) == set(PERSONS)


async def test_what_a_crash_has_left_of_an_entry_is_overwritten(tmp_path: Path) -> None:
    first, _ = await five(tmp_path)
    whole = first.read_bytes()
    first.write_bytes(whole[:-40])
    register = register_in(tmp_path)
    assert set(await register.all()) == set(PERSONS)
    assert await register.mend() == 1
    assert first.read_bytes() == whole


async def test_what_both_files_lack_and_the_vault_knows_is_written_again(tmp_path: Path) -> None:
    for path in await five(tmp_path):
        path.unlink()
    register, keys = register_in(tmp_path), MemoryKeys()
    await keys.destroy(PERSONS[3])
    found = await reapply(register, keys, now=NOW)
    assert (found.destroyed, found.unrecorded) == ((), (PERSONS[3],))
    assert set(await register.all()) == {PERSONS[3]}


async def test_whose_key_lives_again_is_erased_again(tmp_path: Path) -> None:
    await five(tmp_path)
    register, keys = register_in(tmp_path), MemoryKeys()
    assert keys.sealer(PERSONS[0])
    assert keys.sealer(UUID(int=60))
    assert set((await reapply(register, keys, now=NOW)).destroyed) == set(PERSONS)
    assert await keys.destroyed() == set(PERSONS)
    assert not (await reapply(register, keys, now=NOW)).destroyed
    assert keys.sealer(UUID(int=60))


async def test_a_place_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "erasures-copy").write_text("a file where a folder should be")
    with pytest.raises(OSError, match="erasures-copy"):
        await register_in(tmp_path).record(PERSONS[0], NOW)
