"""An old and a new release share one database, and neither harms the other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest
from msgspec import Struct

from tests.core.releases import Plan, Told
from tests.core.writing import METADATA
from tests.given import NOW
from tests.sources import ROOT
from tests.waiting import eventually

BOOKS = 150
FILLED = "test_shelf.filled"


class Row(Struct, frozen=True):
    """A row of the log, as it stands there."""

    position: int
    shelf: UUID
    version: int
    topic: str
    schema: int
    facts: dict[str, Any]


class Release:
    """A release that runs, until it is told to end."""

    def __init__(self, name: str, plan: Plan) -> None:
        command = [sys.executable, "-m", f"tests.core.releases.{name}"]
        self.process = subprocess.Popen(  # noqa: S603  # ourselves
            [*command, msgspec.json.encode(plan).decode()],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def told(self) -> Told:
        assert self.process.stdout is not None
        return msgspec.json.decode(self.process.stdout.readline(), type=Told)

    def end(self) -> None:
        self.process.communicate(timeout=20)


@contextmanager
def release(name: str, plan: Plan) -> Iterator[Release]:
    running = Release(name, plan)
    try:
        yield running
    finally:
        running.end()
    assert running.process.returncode == 0


def query(database_url: str, statement: LiteralString, *parameters: object) -> list[Any]:
    with psycopg.connect(database_url) as owner:
        return owner.execute(statement, parameters).fetchall()


def history(database_url: str) -> list[Row]:
    rows = query(
        database_url,
        "SELECT position, stream_id, version, type, schema_version, payload FROM events"
        " ORDER BY position",
    )
    return [
        Row(position, shelf, version, topic, schema, json.loads(bytes(payload)))
        for position, shelf, version, topic, schema, payload in rows
    ]


def build(database_url: str, name: str, version: int) -> tuple[str, str, int]:
    """State, table and position of a version of a read model."""
    found = query(
        database_url,
        "SELECT state, table_name, position FROM projections WHERE name = %s AND version = %s",
        name,
        version,
    )
    return found[0] if found else ("", "", 0)


def rows(database_url: str, table: str) -> dict[UUID, tuple[Any, ...]]:
    query = psycopg.sql.SQL("SELECT * FROM {}").format(psycopg.sql.Identifier("read", table))
    with psycopg.connect(database_url) as owner:
        return {row[0]: row[1:] for row in owner.execute(query).fetchall()}


def open_shelves(database_url: str, count: int) -> list[UUID]:
    """Shelves that an old release opened long ago, with one book each."""
    shelves = [uuid4() for _ in range(count)]
    with psycopg.connect(database_url) as owner:
        for shelf in shelves:
            base = {"originator_id": str(shelf), "timestamp": NOW.isoformat()}
            opened = {**base, "originator_version": 1, "originator_topic": "test_shelf"}
            filled = {**base, "originator_version": 2, "title": "first", "price": "1.25"}
            owner.execute(
                "SELECT append_events(%s, %s, %s, %s, %s, %s, %s, %s, NULL, NULL, NULL, NULL)",
                (
                    *([1, 1], [shelf, shelf], [1, 2], ["test_shelf.opened", FILLED], [1, 1]),
                    *([None, None], [json.dumps(each).encode() for each in (opened, filled)]),
                    [METADATA],
                ),
            )
    return shelves


def old_rows(log: list[Row]) -> dict[UUID, tuple[Any, ...]]:
    """The rows of the old read model: how many books, and the last price."""
    shelves: dict[UUID, tuple[Any, ...]] = {}
    for row in log:
        if row.topic == "test_shelf.opened":
            shelves[row.shelf] = (0, "")
        elif row.topic == FILLED:
            shelves[row.shelf] = (shelves[row.shelf][0] + 1, row.facts["price"])
    return shelves


def new_rows(log: list[Row]) -> dict[UUID, tuple[Any, ...]]:
    """The rows of the new read model: titles, what they cost, and the room."""
    shelves: dict[UUID, tuple[Any, ...]] = {}
    for row in log:
        titles, kurus, room = shelves.get(row.shelf, ([], 0, ""))
        if row.topic == FILLED:
            price = row.facts.get("kurus") or int(Decimal(row.facts["price"]) * 100)
            titles, kurus = [*titles, row.facts["title"]], kurus + price
        shelves[row.shelf] = (titles, kurus, row.facts.get("room", room))
    return shelves


@pytest.fixture
def shelves(database_url: str) -> list[UUID]:
    return open_shelves(database_url, 6)


def test_an_old_and_a_new_release_share_one_database(
    database_url: str, shelves: list[UUID]
) -> None:
    """Both fill shelves at once: two of their own each, and two that they share."""
    old_plan = Plan(database_url=database_url, shelves=shelves[:4], books=BOOKS, unreadable=2)
    new_plan = Plan(database_url=database_url, shelves=shelves[2:], books=BOOKS)
    with release("old", old_plan) as old, release("new", new_plan) as new:
        by_old, by_new = old.told(), new.told()
        log = history(database_url)
        first_new = next(row.position for row in log if row.topic == FILLED and row.schema == 2)
        eventually(
            lambda: build(database_url, "test_shelves", 1)[0] == "paused",
            what="the old read model to pause",
        )
        for name, version in (("test_shelves", 2), ("test_openings", 1)):
            eventually(
                lambda: build(database_url, name, version)[2] == len(log),  # noqa: B023  # asked here
                what=f"{name} {version} to reach the head",
            )
    assert [row.position for row in log] == list(range(1, len(log) + 1))
    assert_history(log, shelves, by_old, by_new)
    state, table, position = build(database_url, "test_shelves", 1)
    assert (state, position) == ("paused", first_new - 1)
    assert rows(database_url, table) == old_rows(log[:position])
    _, table, _ = build(database_url, "test_shelves", 2)
    assert rows(database_url, table) == new_rows(log)
    _, table, _ = build(database_url, "test_openings", 1)
    assert rows(database_url, table) == dict.fromkeys(shelves, (NOW,))


def assert_history(log: list[Row], shelves: list[UUID], by_old: Told, by_new: Told) -> None:
    """Each release's events stand as it wrote them; the old one read no shelf that it can't."""
    [own, shared, others] = [set(shelves[:2]), set(shelves[2:4]), set(shelves[4:])]
    filled = [row for row in log if row.topic == FILLED and row.facts["title"] != "first"]
    of_old = [row for row in filled if row.schema == 1]
    of_new = [row for row in filled if row.schema == 2]
    assert {row.shelf for row in of_old} >= own
    assert not {row.shelf for row in of_old} & others
    assert {row.shelf for row in of_new} == shared | others
    assert [row.position for row in of_old] == by_old.positions
    assert all("price" in row.facts and "kurus" not in row.facts for row in of_old)
    assert all("kurus" in row.facts and "price" not in row.facts for row in of_new)
    moves = [row for row in log if row.topic == "test_shelf.moved"]
    assert len(of_new) == BOOKS
    assert len(moves) == BOOKS // 10
    assert len(by_new.positions) == BOOKS
    assert not by_new.unreadable, "the new release reads what the old one writes"
    assert by_old.unreadable == shared, "the old release refused what it can't read"
    for shelf in shared:
        versions = [row.schema for row in filled if row.shelf == shelf]
        assert versions == sorted(versions), "the old release wrote behind what it can't read"
