"""Whatever is done with keys, one that was destroyed never opens anything again."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from adapters.erasures import reapply
from adapters.postgres.keys import PersonKeys
from adapters.postgres.pool import connection_pool
from adapters.postgres.rotation import rotate
from tests.databases import open_keys
from tests.given import NOW
from tests.keys.conftest import fenced
from tests.keys.vaults import (
    Copy,
    by_the_owner,
    copied,
    masters,
    nothing_told,
    opens,
    register_in,
    restored,
    sealed,
    until,
)

PERSONS = [UUID(int=number) for number in range(1, 6)]
MASTERS = [bytes([number]) * 32 for number in range(4)]
PROCESSES = 3

persons = st.sampled_from(PERSONS)
processes = st.integers(0, PROCESSES - 1)


class World:
    """Three processes over one vault, for machines that come one after the other."""

    def __init__(self, database_url: str) -> None:
        self.url = database_url
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self.processes: list[PersonKeys] = [self.run(self._opened()) for _ in range(PROCESSES)]

    async def _opened(self) -> PersonKeys:
        pool = await self._stack.enter_async_context(
            connection_pool(self.url, name="machine", size=2)
        )
        keys = await self._stack.enter_async_context(
            open_keys(pool, self.url, master=masters(*MASTERS))
        )
        await fenced(keys)
        return keys

    async def start_again(self) -> None:
        """Nobody remembers anything, as after a restore."""
        for keys in self.processes:
            keys._distrust()
            keys._destroyed.clear()
            keys._sealers.clear()

    def run(self, work: Any) -> Any:
        return self._runner.run(work)

    def close(self) -> None:
        self.run(self._stack.aclose())
        self._runner.close()


class KeysMachine(RuleBasedStateMachine):
    """What is done with keys, and what is known of them; the register is its own."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        by_the_owner(self.world.url, "DELETE FROM vault.person_keys")
        self.world.run(self.world.start_again())
        self._folder = tempfile.TemporaryDirectory()
        self.register = register_in(Path(self._folder.name))
        self.words: dict[UUID, bytes] = {}
        self.erased: set[UUID] = set()
        self.copies: list[Copy] = []
        self.is_restored = False

    def teardown(self) -> None:
        self._folder.cleanup()

    def reads(self, process: int, person: UUID) -> bool:
        keys = self.world.processes[process]
        return bool(self.world.run(opens(keys, person, words=self.words[person])))

    @rule(process=processes, person=persons)
    def speak(self, process: int, person: UUID) -> None:
        if person in self.words and not self.is_restored:
            assert self.reads(process, person) == (person not in self.erased)
        if person in self.words or self.is_restored:
            return
        words = self.world.run(sealed(self.world.processes[process], person))
        assert (words is None) == (person in self.erased)
        if words:
            self.words[person] = words

    @rule(process=processes, person=persons)
    def forget(self, process: int, person: UUID) -> None:
        self.world.run(self.register.record(person, NOW))
        self.world.run(self.world.processes[process].destroy(person))
        self.erased.add(person)
        for keys in self.world.processes:
            self.world.run(until(lambda keys=keys: keys._sealers.get(person) is None))  # type: ignore[misc]  # bound at once

    @rule(process=processes, master=st.sampled_from(MASTERS))
    def change_the_master_key(self, process: int, master: bytes) -> None:
        keys = self.world.processes[process]
        keys.master = masters(master, *MASTERS)
        self.world.run(rotate(keys, nothing_told))

    @rule()
    def copy(self) -> None:
        self.copies.append(copied(self.world.url))

    @rule(data=st.data())
    def restore_an_old_copy(self, data: st.DataObject) -> None:
        if not self.copies:
            return
        copy = data.draw(st.sampled_from(self.copies))
        there = {row[0] for row in copy}
        restored(self.world.url, copy)
        # What was sealed with a key that the copy lacks is lost, as are all newer writes.
        self.words = {person: words for person, words in self.words.items() if person in there}
        self.world.run(self.world.start_again())
        self.is_restored = True

    @rule(process=processes)
    def erase_again(self, process: int) -> None:
        self.world.run(reapply(self.register, self.world.processes[process], now=NOW))
        self.is_restored = False

    @invariant()
    def whoever_was_erased_stays_so_once_erasures_are_applied_again(self) -> None:
        if self.is_restored:
            return
        fenced_now = self.world.run(self.world.processes[0].destroyed())
        assert fenced_now >= self.erased
        for person in self.erased & self.words.keys():
            assert not any(self.reads(process, person) for process in range(PROCESSES))


@pytest.fixture
def world(database_url: str) -> Any:
    made = World(database_url)
    yield made
    made.close()


def test_a_destroyed_key_never_opens_anything_again(world: World) -> None:
    machine = type("Machine", (KeysMachine,), {"world": world})
    run_state_machine_as_test(machine, settings=settings(max_examples=25, stateful_step_count=25))
