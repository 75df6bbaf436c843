"""`polikrami slice` and `polikrami replay`: an incident as a file, and its state elsewhere."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from eventsourcing.persistence import MapperDeserialisationError

from adapters.postgres.blind import NoKeys
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import app_url, connection_pool
from adapters.postgres.slices import (
    FileSlice,
    anonymous,
    read_slice,
    recorded_of,
    take,
    write_slice,
)
from adapters.postgres.transfer.faults import TransferRefused
from adapters.postgres.writer import Writer
from deploy.bootstrap import System
from deploy.cli_events import progress
from deploy.cli_operate import with_system
from deploy.faults import SetupFault
from deploy.local.postgres import EmbeddedPostgres
from deploy.screen import console
from deploy.settings import load_settings
from projections import READ_MODELS
from projections.replay.slicing import (
    AggregateState,
    RowState,
    SliceRefused,
    Span,
    aggregate_states,
    gathered,
    row_state,
    rows_of,
    settle,
    span_of,
)
from workers.reactor import NAME as REACTOR

State = AggregateState | RowState
SHOWN = 20


def slice_log(
    around: Annotated[int, typer.Option(help="The position at which something went wrong.")],
    out: Annotated[str, typer.Option(help="A new file (.gz or .zst compresses), or -.")],
    *,
    before: Annotated[int, typer.Option(min=0, help="How many positions before it.")] = 200,
    after: Annotated[int, typer.Option(min=0, help="How many positions behind it.")] = 50,
) -> None:
    """Write the events around a position to a file, without persons, so that `polikrami replay`
    rebuilds the exact state elsewhere: with all earlier events of each aggregate that they touch,
    and of each that shows in the same rows.

    Names, addresses and other texts of persons are replaced, secrets and hashes masked; ids stay.
    """

    async def work(system: System) -> tuple[int, int]:
        span = span_of(around, before=before, after=after, head=await system.event_log.head())
        with progress("looking for what belongs to it") as tell:
            events = await gathered(system.event_log, READ_MODELS, span=span, tell=tell)
        rows = anonymous(events)
        states = list(_states(list(map(recorded_of, rows)), span))
        write_slice(out, (span.around, span.first, span.last), events=rows, states=states)
        return len(rows), len(states)

    with _faults_told():
        events, states = with_system(work)
    if out != "-":
        console.print(
            f"{events:,} events and the digests of {states:,} states are in {out}."
            " Check that you may give it away: see docs/incident-slice.md."
        )


def replay_slice(
    file: Annotated[str, typer.Argument(help="A file that `polikrami slice` wrote.")],
    data_dir: Annotated[
        Path | None, typer.Option(help="Rebuild it in a new database of our own in this folder.")
    ] = None,
) -> None:
    """Rebuild the state of a slice in an empty database: that of DATABASE_URL, or a new one.

    Each aggregate and each row is compared with what it was; exit status 1 if any differs.
    """
    with _faults_told():
        content = read_slice(file)
        if data_dir is not None:
            server = EmbeddedPostgres(data_dir)
            try:
                found = _rebuilt(content, server.start(), name=str(data_dir))
            finally:
                server.stop()
        else:
            url = load_settings(os.environ).connections.database_url
            if url is None:
                raise SetupFault("Say --data-dir for a new database, or set DATABASE_URL.")
            found = _rebuilt(content, url.text, name="The database of DATABASE_URL")
    _compare(content, found)
    if data_dir is not None:
        console.print(f"Look at it with: DATA_DIR={data_dir} polikrami run")


def _states(events: Sequence[Any], span: Span) -> Iterator[State]:
    yield from aggregate_states(events)
    for model, key, row in rows_of(READ_MODELS, events, span=span):
        yield row_state(model, key, row=row)


def _rebuilt(content: FileSlice, url: str, *, name: str) -> list[State]:
    """Take the events in, and tell what they add up to as read from the database."""
    header = content.header
    take(url, content.events, name=name, reactor=REACTOR, last=header.last)
    span = Span(around=header.around, first=header.first, last=header.last)

    async def work() -> list[State]:
        async with connection_pool(url, name="replay", size=2) as pool:
            log = PostgresLog(pool, Writer(app_url(url)), NoKeys())
            streams = {each.stream_id for each in content.events}
            events = await log.histories(streams, until=span.last)
            rows = await settle(pool, READ_MODELS, events=events, span=span)
            return [*aggregate_states(events), *rows]

    return asyncio.run(work())


def _compare(content: FileSlice, found: Sequence[State]) -> None:
    """Say whether all is as it was. Raises `typer.Exit` if not."""
    present = {(model.name, str(model.version)) for model in READ_MODELS}
    was = {_named(each): each.state for each in content.states}
    now = {_named(each): each.state for each in found}
    others = {name[1:3] for name in was if name[0] == "row" and name[1:3] not in present}
    for model, version in sorted(others):
        console.print(f"Not compared: this release has no version {version} of {model}.")
        now |= {name: state for name, state in was.items() if name[1:3] == (model, version)}
        now = {n: state for n, state in now.items() if n[1] != model or n[2] == version}
    differing = sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
    if not differing:
        console.print(
            f"{len(content.events):,} events are there, and {len(now):,} states are exactly what"
            " they were."
        )
        return
    for name in differing[:SHOWN]:
        console.print(f"The {' '.join(name)} is not what it was.", style="red")
    if len(differing) > SHOWN:
        console.print(f"So are {len(differing) - SHOWN:,} more.", style="red")
    raise typer.Exit(1)


def _named(state: Any) -> tuple[str, ...]:
    """What a state is of, in words that compare."""
    if hasattr(state, "stream_id"):
        return "aggregate", str(state.stream_id), f"at version {state.version}"
    return "row", state.model, str(state.model_version), state.key


@contextmanager
def _faults_told() -> Iterator[None]:
    try:
        yield
    except (TransferRefused, SliceRefused) as why:
        raise SetupFault(str(why)) from why
    except MapperDeserialisationError as error:
        if "KeyLocked" in str(error):
            raise SetupFault(
                "MASTER_KEY does not open this database's keys of persons; set the right one."
            ) from error
        raise SetupFault(f"An event can't be read: {error}.") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise SetupFault(
            "Only the owner of a database can make tables in it; use its DATABASE_URL."
        ) from error
