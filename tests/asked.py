"""Examples of commands for the laws: each is asked in a house in which something happened before.

Every story shows its commands in `tests/<story>/commands.py`, as `EXAMPLES`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from msgspec import Struct

from application.bus import Call, Command, Receipt
from application.store import Recorded
from domain.shared.aggregate import Event
from tests.given import House
from tests.sources import ROOT

MakeCommand = Callable[[Any], Awaitable[Command]]


class Example(Struct, frozen=True, kw_only=True):
    """One command, and how the house comes about in which it does something."""

    kind: type[Command]
    prepare: Callable[[], Awaitable[tuple[House, Command]]]


class State(Struct, frozen=True):
    """A state of the world: a house, and what was done in it since."""

    open: Callable[[], Awaitable[House]]
    done: tuple[Command, ...] = ()

    def after(self, *commands: Command) -> State:
        """The state after these commands."""
        return State(self.open, (*self.done, *commands))

    def asked(self, *commands: Command) -> list[Example]:
        """Each of these commands on its own, asked in this state."""
        return [self._asked(command) for command in commands]

    def asked_for(self, kind: type[Command], make: MakeCommand) -> Example:
        """A command that follows from what is in the house, such as a token that was mailed."""

        async def prepare() -> tuple[House, Command]:
            house = await self._house()
            return house, await make(house)

        return Example(kind=kind, prepare=prepare)

    def _asked(self, command: Command) -> Example:
        async def prepare() -> tuple[House, Command]:
            return await self._house(), command

        return Example(kind=type(command), prepare=prepare)

    async def _house(self) -> House:
        house = await self.open()
        for command in self.done:
            await house.do(command)
        return house


class Shown(Struct, frozen=True):
    """What came of an example: both receipts, what was emitted, and the log before and after."""

    first: Receipt
    second: Receipt
    emitted: Sequence[Event]
    answers: Sequence[bytes]
    history: Sequence[Recorded]
    grew_by: tuple[int, int]


@cache
def examples() -> dict[str, Example]:
    """All examples by the command's name, with a number where it has several."""
    found: dict[str, Example] = {}
    for path in sorted((ROOT / "tests").glob("*/commands.py")):
        shown: Sequence[Example] = import_module(f"tests.{path.parent.name}.commands").EXAMPLES
        for example in shown:
            name = example.kind.__name__
            while name in found:
                name += "'"
            found[name] = example
    return found


_shown: dict[str, Shown] = {}


async def show(name: str) -> Shown:
    """Ask an example's command twice under one key, and tell what came of it."""
    if name not in _shown:
        house, command = await examples()[name].prepare()
        before = len(house.log.appended)
        call = Call(key="law", caller="laws")
        start = await house.log.head()
        first = await house.do(command, call)
        middle = await house.log.head()
        second = await house.do(command, call)
        appended = house.log.appended[before:]
        _shown[name] = Shown(
            first,
            second,
            emitted=[event for append in appended for event in append.events],
            answers=[append.answer for append in appended],
            history=list(house.log.recorded),
            grew_by=(middle - start, await house.log.head() - middle),
        )
    return _shown[name]
