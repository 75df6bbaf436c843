"""What was sliced is replayed exactly, and says nothing about anybody."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from msgspec.structs import replace
from psycopg.sql import SQL, Identifier

from adapters.postgres.slices import read_slice, write_slice
from adapters.postgres.slices.files import RowLine
from adapters.postgres.transfer.faults import TransferRefused
from application.anonymous import ERASED, personal_texts
from application.store import Recorded
from deploy.local.folders import temporary_data_folder
from projections import READ_MODELS
from projections.base import Sums
from tests.security.town import SECRET_WORDS, Town
from tests.slices.conftest import Polikrami, refused
from tests.sources import ROOT

PAGE = ROOT / "docs" / "incident-slice.md"
EXACT = ("uuid", "bigint", "boolean", "numeric", "timestamp with time zone")
REPLACED = {"name", "digest"}
"""Keys that are replaced in a slice."""


async def history(town: Town) -> Sequence[Recorded]:
    """All that happened in the town."""
    log = town.system.event_log
    return await log.page(0, await log.head())


def rows(url: str, table: str, key: Sequence[str]) -> dict[Any, Any]:
    """What a read model holds in columns that say nothing about persons, by key."""
    with psycopg.connect(url) as connection:
        columns = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'read'"
            " AND table_name = %s AND data_type = ANY (%s) ORDER BY 1",
            (table, list(EXACT)),
        ).fetchall()
        names = SQL(", ").join(Identifier(name) for (name,) in columns)
        keys = SQL(", ").join(map(Identifier, key))
        found = connection.execute(
            SQL("SELECT ROW({}), {} FROM {}").format(keys, names, Identifier("read", table))
        ).fetchall()
    return {row[0]: row[1:] for row in found}


def forms(text: str) -> set[bytes]:
    """A text as it may be written somewhere."""
    plain = text.encode()
    ways = {
        plain,
        text.lower().encode(),
        json.dumps(text)[1:-1].encode(),
        quote(text).encode(),
        plain.hex().encode(),
        text.encode("utf-16-le"),
        text.encode("latin-1", "ignore") if len(text) > 5 else plain,
    }
    return ways | {base64.b64encode(plain)[:-4]} if len(plain) > 8 else ways


async def test_the_page_is_true(town: Town, polikrami: Polikrami, source: dict[str, str]) -> None:
    blocks = re.findall(r"^```sh\n(.+)\n```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    [cut, rebuild] = (shlex.split(block)[1:] for block in blocks)
    assert await town.system.event_log.head() > 120

    def walk() -> None:
        told = polikrami(source, *cut)
        assert told.exit_code == 0, (told.output, told.exception)
        with temporary_data_folder() as folder:
            rebuild[rebuild.index("--data-dir") + 1] = str(folder)
            told = polikrami({}, *rebuild)
        assert told.exit_code == 0, (told.output, told.exception)
        assert re.search(
            r"events are there, and \d+ states are exactly what they were", told.output
        )

    await asyncio.to_thread(walk)


async def test_a_slice_of_all_has_the_rows_that_are_live(
    town: Town, polikrami: Polikrami, source: dict[str, str], empty_url: str
) -> None:
    head = await town.system.event_log.head()

    def walk() -> None:
        cut = polikrami(
            source, "slice", "--around", str(head), "--before", str(head), "--out", "all.jsonl"
        )
        assert f"{head} events and the digests" in cut.output, (cut.output, cut.exception)
        told = polikrami({"DATABASE_URL": empty_url}, "replay", "all.jsonl")
        assert told.exit_code == 0, (told.output, told.exception)
        for model in READ_MODELS:
            live = rows(source["DATABASE_URL"], model.name, model.key)
            if not REPLACED & {*model.key} and not isinstance(model, Sums):
                assert rows(empty_url, model.name, model.key) == live, model.name
        assert "has events already" in refused(
            polikrami({"DATABASE_URL": empty_url}, "replay", "all.jsonl")
        )

    await asyncio.to_thread(walk)


async def test_nothing_about_anybody_is_in_a_slice_or_in_what_it_becomes(
    town: Town, polikrami: Polikrami, source: dict[str, str], empty_url: str
) -> None:
    events = [recorded.event for recorded in await history(town)]
    texts = {text for event in events for text in personal_texts(event)} - {"", ERASED}
    secrets = {
        str(getattr(event, name))
        for event in events
        for name in ("token_hash", "secret_hash", "print_digest", "carrier_reference")
        if hasattr(event, name)
    }
    claims = {
        str(event.originator_id)
        for event in events
        if event.TOPIC.startswith(("email_claim", "log_in_attempts"))
    }
    known = {text for text in texts if len(text) > 5}
    assert set(SECRET_WORDS[:2]) <= known
    head = len(events)

    def walk() -> None:
        cut = polikrami(
            source, "slice", "--around", str(head), "--before", str(head), "--out", "all.jsonl"
        )
        assert cut.exit_code == 0, (cut.output, cut.exception)
        assert polikrami({"DATABASE_URL": empty_url}, "replay", "all.jsonl").exit_code == 0
        content = Path("all.jsonl").read_bytes()
        with psycopg.connect(empty_url) as connection:
            for table in ("public.history", *(f"read.{model.table}" for model in READ_MODELS)):
                name = Identifier(*table.split("."))
                query = SQL("COPY (SELECT * FROM {}) TO STDOUT").format(name)
                with connection.cursor().copy(query) as copy:
                    content += b"".join(bytes(some) for some in copy)
        found = {
            text for text in known | secrets | claims if any(f in content for f in forms(text))
        }
        assert found == set()

    await asyncio.to_thread(walk)


async def test_equal_texts_stay_equal_and_other_slices_have_other_ones(
    town: Town, polikrami: Polikrami, source: dict[str, str]
) -> None:
    head = await town.system.event_log.head()

    def names(file: str) -> list[str]:
        cut = polikrami(source, "slice", "--around", str(head), "--before", "999", "--out", file)
        assert cut.exit_code == 0
        lines = map(json.loads, Path(file).read_text().splitlines())
        placed = [line["payload"] for line in lines if line.get("type") == "order.placed"]
        sent = [payload["particulars"]["delivery"] for payload in placed]
        return [address["province"] for address in sent if address]

    def walk() -> None:
        one, other = names("one.jsonl"), names("other.jsonl")
        assert len(one) > 2
        assert len(set(one)) == len(set(other)) == 1
        assert one != other
        assert len(one[0]) == len("İstanbul")

    await asyncio.to_thread(walk)


async def test_a_small_slice_is_whole_where_it_touches(
    town: Town, polikrami: Polikrami, source: dict[str, str], empty_url: str
) -> None:
    events = await history(town)
    at = next(e.position for e in events if e.topic == "wallet.hold_captured")

    def walk() -> None:
        arguments = ("--around", str(at), "--before", "0", "--after", "0", "--out", "one.zst")
        assert polikrami(source, "slice", *arguments).exit_code == 0
        told = polikrami({"DATABASE_URL": empty_url}, "replay", "one.zst")
        assert told.exit_code == 0, (told.output, told.exception)
        [customer] = [e.event.customer_id for e in events if e.position == at]  # type: ignore[attr-defined]  # it has one
        shown = polikrami(
            {"DATABASE_URL": empty_url, "DATA_DIR": "x"}, "show", "wallet", str(customer)
        )
        assert f"by the event at position {at:,} of" in shown.output
        with psycopg.connect(empty_url) as connection:
            assert connection.execute("SELECT max(position) FROM events").fetchone() == (at,)
            stands = connection.execute(
                "SELECT DISTINCT position FROM projections UNION SELECT position FROM reactors"
            ).fetchall()
            assert stands == [(at,)]

    await asyncio.to_thread(walk)


async def test_a_state_that_is_not_what_it_was_is_named(
    town: Town, polikrami: Polikrami, source: dict[str, str], empty_url: str
) -> None:
    assert town.things

    def walk() -> None:
        arguments = ("--around", "60", "--before", "9", "--out", "a.jsonl")
        assert polikrami(source, "slice", *arguments).exit_code == 0
        content = read_slice("a.jsonl")
        wrong = [replace(each, state="0" * 64) for each in content.states[:1]]
        strange = [
            replace(each, model_version=99)
            for each in content.states
            if isinstance(each, RowLine) and each.model == "activities"
        ]
        rest = [
            each
            for each in content.states[1:]
            if not isinstance(each, RowLine) or each.model != "activities"
        ]
        span = (content.header.around, content.header.first, content.header.last)
        states = [*wrong, *rest, *strange]
        write_slice("b.jsonl", span, events=content.events, states=states)
        told = polikrami({"DATABASE_URL": empty_url}, "replay", "b.jsonl")
        assert told.exit_code == 1
        assert "Not compared: this release has no version 99 of activities." in told.output
        assert told.output.count("is not what it was.") == 1
        assert f"The aggregate {content.states[0].stream_id} at version" in told.output  # type: ignore[union-attr]  # it is one

    await asyncio.to_thread(walk)


async def test_what_can_not_be_sliced_or_replayed_is_refused_in_one_sentence(
    town: Town, polikrami: Polikrami, source: dict[str, str], empty_url: str
) -> None:
    head = await town.system.event_log.head()
    target = {"DATABASE_URL": empty_url}

    def walk() -> None:
        def cut(*arguments: str) -> str:
            return refused(polikrami(source, "slice", *arguments))

        beyond = f"There is no event at 999,999; the log has 1 to {head:,}."
        assert cut("--around", "999999", "--out", "x") == beyond
        assert "There is no event at 0;" in cut("--around", "0", "--out", "x")
        assert polikrami(source, "slice", "--around", "50", "--out", "a.jsonl").exit_code == 0
        assert "is there already" in cut("--around", "50", "--out", "a.jsonl")
        assert "a.gz can't be read" in refused(polikrami(target, "replay", "a.gz"))
        Path("b").write_text('{"format":"polikrami-events"}\n')
        assert "b is no slice" in refused(polikrami(target, "replay", "b"))
        text = Path("a.jsonl").read_text()
        Path("c").write_text(text.replace('"format_version":1', '"format_version":2', 1))
        assert "c has version 2 of the format" in refused(polikrami(target, "replay", "c"))
        Path("d").write_text(text.rpartition("{")[0])
        assert "d is damaged" in refused(polikrami(target, "replay", "d"))
        assert "Say --data-dir" in refused(polikrami({"DATABASE_URL": ""}, "replay", "a.jsonl"))
        with psycopg.connect(empty_url) as connection:
            connection.execute("CREATE TABLE ours ()")
        assert "has tables of others" in refused(polikrami(target, "replay", "a.jsonl"))

    await asyncio.to_thread(walk)


async def test_a_slice_in_which_any_byte_was_altered_is_refused(
    town: Town, polikrami: Polikrami, source: dict[str, str]
) -> None:
    assert town.things

    def walk() -> None:
        arguments = ("--around", "30", "--before", "3", "--after", "3", "--out", "a.jsonl")
        assert polikrami(source, "slice", *arguments).exit_code == 0
        content = Path("a.jsonl").read_bytes()
        assert read_slice("a.jsonl").header.around == 30
        for place in [*range(0, len(content), 97), *range(len(content) - 80, len(content))]:
            altered = bytearray(content)
            altered[place] ^= 1
            Path("b").write_bytes(altered)
            with pytest.raises(TransferRefused, match=r"^b "):
                read_slice("b")

    await asyncio.to_thread(walk)
