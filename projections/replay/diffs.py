"""What a switch would change: the rows that differ between two builds, and the events behind it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from msgspec import Struct, field

from projections.replay import builds
from projections.replay.building import apply, caught_up
from projections.replay.builds import Build, ReplayRefused, Workshop, announce
from projections.replay.bulk import Span, Tell, paced, pages_of
from projections.replay.compare import Differing, Sides, differing
from projections.tables import Connection, ReadTable

SHOWN = 20
"""How many rows are shown at most, unless it is asked for more."""
CAUSES = 10
"""How many events are named for a row at most: the newest."""
TRIES = 50
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
KEY = (
    "SELECT a.attname::text FROM pg_index AS i"
    " CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k(number, nth)"
    " JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number"
    " WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY k.nth"
)
FAR = 20_000
"""From how many events on a build catches up by itself before the two are aligned."""


class Cause(Struct, frozen=True):
    """An event that touches a row."""

    position: int
    topic: str


class Explained(Struct, kw_only=True):
    """A row that differs: None on the side that does not have it.

    `left` is the serving build, `right` the candidate; `changed` has the columns with both values.
    So many `events` touch the row; the newest of them are the `causes`.
    """

    key: Any
    left: dict[str, Any] | None
    right: dict[str, Any] | None
    changed: dict[str, tuple[Any, Any]]
    events: int = 0
    causes: deque[Cause] = field(default_factory=lambda: deque(maxlen=CAUSES))


class Comparison(Struct, kw_only=True):
    """The serving build beside the candidate, both at `position`.

    `missing` rows are in the serving build only, `unexpected` in the candidate only. Columns that
    only one of the two has (or has with another type) are named, and not compared.
    """

    serving: Build
    candidate: Build
    position: int
    only_serving: Sequence[str]
    only_candidate: Sequence[str]
    missing: int = 0
    unexpected: int = 0
    changed: int = 0
    shown: list[Explained] = field(default_factory=list)

    @property
    def differing(self) -> int:
        return self.missing + self.unexpected + self.changed


async def diff(shop: Workshop, name: str, *, tell: Tell, shown: int = SHOWN) -> Comparison:
    """Compare the serving build with the newest that waits, at one position of both.

    The projector goes on meanwhile. Raises `ReplayRefused`.
    """
    async with shop.pool.connection() as connection:
        await _caught_up(shop, connection, name=name, tell=tell)
        for _ in range(TRIES):
            await _align(shop, connection, name=name)
            async with connection.transaction():
                await connection.execute(
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
                )
                serving, candidate = await _pair(connection, name, shop=shop)
                if serving.position != candidate.position:
                    continue
                found = await _compared(connection, serving, candidate=candidate, shown=shown)
            await _explain(shop, found, tell=tell)
            return found
    raise ReplayRefused(f"The builds of {name} do not come to one position; try again.")


async def _pair(connection: Connection, name: str, *, shop: Workshop) -> tuple[Build, Build]:
    found = await builds.builds_of(connection, name)
    serving, candidate = builds.serving(found), builds.candidate(found)
    if serving is None or candidate is None:
        shop.newest(name)
        raise ReplayRefused(f"{name} has no two builds to compare; build one beside the other.")
    for build in (serving, candidate):
        if build.state == "paused":
            raise ReplayRefused(f"{str(build).capitalize()} is paused: {build.error}")
    return serving, candidate


async def _caught_up(shop: Workshop, connection: Connection, *, name: str, tell: Tell) -> None:
    serving, candidate = await _pair(connection, name, shop=shop)
    if serving.position - candidate.position > FAR:
        async with builds.alone_with(connection, candidate):
            candidate = await builds.reread(connection, candidate)
            await caught_up(shop, connection, build=candidate, tell=tell)


async def _align(shop: Workshop, connection: Connection, *, name: str) -> None:
    """Bring the one that is behind to the position of the other, while neither moves."""
    async with connection.transaction():
        await builds.locked_builds_of(connection, name)
        serving, candidate = await _pair(connection, name, shop=shop)
        behind, ahead = sorted((serving, candidate), key=lambda each: each.position)
        if behind.position == ahead.position:
            return
        table = ReadTable(connection, shop.fold_of(behind), behind.table)
        await apply(shop, table, after=behind.position, until=ahead.position)
        moved = await builds.move(connection, behind, position=ahead.position)
        if moved.serving:
            await announce(connection, moved)


async def _compared(
    connection: Connection, serving: Build, *, candidate: Build, shown: int
) -> Comparison:
    left, right = await _columns(connection, serving), await _columns(connection, candidate)
    keys = [await _key(connection, build) for build in (serving, candidate)]
    if keys[0] != keys[1]:
        raise ReplayRefused(
            f"The rows of {serving} and {candidate} have different keys; they can't be compared."
        )
    both = [name for name, kind in left.items() if right.get(name) == kind]
    found = Comparison(
        serving=serving,
        candidate=candidate,
        position=serving.position,
        only_serving=[name for name in left if name not in both],
        only_candidate=[name for name in right if name not in both],
    )
    sides = Sides(left=serving.table, right=candidate.table, key=keys[0], columns=both)
    async for each in differing(connection, sides):
        found.missing += each.right is None
        found.unexpected += each.left is None
        found.changed += bool(each.changed)
        if len(found.shown) < shown:
            found.shown.append(_shown(each))
    return found


def _shown(each: Differing) -> Explained:
    return Explained(key=each.key, left=each.left, right=each.right, changed=each.changed)


async def _columns(connection: Connection, build: Build) -> dict[str, str]:
    cursor = await connection.execute(
        "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (f'read."{build.table}"',),
    )
    return dict(await cursor.fetchall())


async def _key(connection: Connection, build: Build) -> list[str]:
    cursor = await connection.execute(KEY, (f'read."{build.table}"',))
    return [row[0] for row in await cursor.fetchall()]


async def _explain(shop: Workshop, found: Comparison, *, tell: Tell) -> None:
    """Find the events that touch the rows that are shown, by all folds that are known."""
    rows = {each.key: each for each in found.shown}
    models = [shop.model_of(build) for build in (found.serving, found.candidate)]
    known = [model for model in models if model is not None]
    if not rows or not known:
        return
    span = Span(0, found.position)
    told = paced(tell, span)
    async with aclosing(pages_of(shop.event_log, known, span=span)) as pages:
        async for page in pages:
            for recorded in page.events:
                for key in {
                    key for model in known for key in model.touches(recorded)
                } & rows.keys():
                    rows[key].events += 1
                    rows[key].causes.append(Cause(recorded.position, recorded.topic))
            told(page.position)
