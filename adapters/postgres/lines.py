"""Queries on a few connections that take the next one before the last one is answered.

A connection of a pool is lent to one query at a time, and lending, sending and waiting cost more
than the query. Here a query is written to a connection that others use too (libpq's pipeline mode),
and all answers that have arrived are read in one go.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Sequence
from typing import Any, LiteralString

import msgspec
import psycopg
import structlog
from msgspec import Struct
from prometheus_client import Counter
from psycopg import AsyncConnection
from psycopg._queries import PostgresQuery  # it turns `%s` and values into what libpq takes
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult
from psycopg.types.json import set_json_loads

from adapters.postgres.arrays import register

log = structlog.get_logger()

COUNT = 2
"""Lines of one process."""
DEEPEST = 64
"""The most queries that wait on one line."""
SLOW_SECONDS = 0.02
"""Nobody stays behind a query that takes longer than this, or twice this."""
PATIENCE_SECONDS = 10.0
"""How long PostgreSQL may take for one query."""
AGAIN_SECONDS = 0.5
AGAIN = (psycopg.errors.FeatureNotSupported, psycopg.errors.InvalidSqlStatementName)
"""The view has got other columns since the query was prepared, or it could not be prepared."""

turned_away = Counter("lines_turned_away", "Queries that found no line, and took the pool")

Parameters = Sequence[Any] | dict[str, Any]


class Found(Struct, frozen=True):
    """The rows of a query, and the names of their columns."""

    names: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class _Statement:
    """A query that a connection has prepared, and how its results are read."""

    def __init__(self, name: bytes, connection: AsyncConnection[Any]) -> None:
        self.name = name
        self._transformer = Transformer(connection)
        self._names: tuple[str, ...] | None = None

    def read(self, result: PGresult) -> Found:
        # A prepared statement gives the same columns for ever, or an error.
        self._transformer.set_pgresult(result, set_loaders=self._names is None)
        if self._names is None:
            names = [result.fname(number) or b"" for number in range(result.nfields)]
            self._names = tuple(name.decode() for name in names)
        return Found(self._names, self._transformer.load_rows(0, result.ntuples, tuple))


class _Asked:
    """A query that is under way; who asked is told None when they had better ask elsewhere."""

    __slots__ = ("error", "result", "statement", "told", "what")

    def __init__(
        self, statement: _Statement, what: object, told: asyncio.Future[Found | None]
    ) -> None:
        self.statement = statement
        self.what = what
        self.told = told
        self.result: PGresult | None = None
        self.error: Exception | None = None


class Line:
    """One connection. Queries are answered in the order in which they were asked."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._connection: AsyncConnection[Any] | None = None
        self._wire: PGconn | None = None
        self._socket = -1
        self._waiting: deque[_Asked] = deque()
        self._statements: dict[object, _Statement] = {}
        self._queries: dict[str, PostgresQuery] = {}
        self._numbers = itertools.count()
        self._first_before: _Asked | None = None
        self._first_since = 0.0
        self._stuck = False
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop

    @property
    def is_open(self) -> bool:
        return self._wire is not None

    @property
    def has_room(self) -> bool:
        """Whether a query would be answered soon."""
        return self._wire is not None and not self._stuck and len(self._waiting) < DEEPEST

    def __len__(self) -> int:
        return len(self._waiting)

    async def open(self) -> None:
        """Connect. Raises `psycopg.OperationalError`."""
        self._loop = asyncio.get_running_loop()
        connection = await AsyncConnection.connect(
            self._url, autocommit=True, application_name="polikrami lines"
        )
        set_json_loads(msgspec.json.decode, connection)
        register(connection)
        await connection.execute(f"SET statement_timeout = {int(PATIENCE_SECONDS * 1000)}")
        self._statements, self._queries = {}, {}
        self._connection, self._wire = connection, connection.pgconn
        self._wire.enter_pipeline_mode()
        self._socket = self._wire.socket
        self._loop.add_reader(self._socket, self._read)

    async def close(self) -> None:
        """Disconnect; what is under way fails."""
        self._lose(psycopg.OperationalError("the line is closed"))

    def ask(self, query: LiteralString, parameters: Parameters) -> asyncio.Future[Found | None]:
        """Send a query. Raises what is wrong with its parameters."""
        assert self._wire is not None
        assert self._connection is not None
        converted = self._queries.get(query)
        if converted is None:
            converted = PostgresQuery(Transformer(self._connection))
            converted.convert(query, parameters)
            self._queries[query] = converted
        else:
            converted.dump(parameters)
        what = (query, converted.types)
        known = self._statements.get(what)
        statement = known or _Statement(b"line_%d" % next(self._numbers), self._connection)
        asked = _Asked(statement, what, self._loop.create_future())
        self._waiting.append(asked)
        try:
            if known is None:
                self._wire.send_prepare(statement.name, converted.query, converted.types)
                self._statements[what] = statement
            self._wire.send_query_prepared(
                statement.name, converted.params, converted.formats, result_format=Format.BINARY
            )
            # Each query has its own end, so that the failure of one is not that of the next.
            self._wire.pipeline_sync()
        except psycopg.OperationalError as error:
            self._lose(error)
        self._flush()
        if self._timer is None:
            self._timer = self._loop.call_later(SLOW_SECONDS, self._look)
        return asked.told

    def _look(self) -> None:
        """Let nobody stay behind a query that was the first one at the last look already."""
        self._timer = None
        if not self._waiting:
            self._first_before = None
            return
        first = self._waiting[0]
        self._stuck = first is self._first_before
        if not self._stuck:
            self._first_since = self._loop.time()
        elif self._loop.time() - self._first_since > PATIENCE_SECONDS:
            self._lose(psycopg.OperationalError("PostgreSQL does not answer"))
            return
        self._first_before = first
        if self._stuck:
            for asked in itertools.islice(self._waiting, 1, None):
                if not asked.told.done():
                    asked.told.set_result(None)
        self._timer = self._loop.call_later(SLOW_SECONDS, self._look)

    def _flush(self) -> None:
        """Send what is to be sent, now or when the socket takes it."""
        if self._wire is None:
            return
        try:
            if self._wire.flush():
                self._loop.add_writer(self._socket, self._flush)
            else:
                self._loop.remove_writer(self._socket)
        except psycopg.OperationalError as error:
            self._lose(error)

    def _read(self) -> None:
        wire = self._wire
        if wire is None:
            return
        try:
            wire.consume_input()
            while self._waiting and not wire.is_busy():
                self._take(wire.get_result())
        except psycopg.OperationalError as error:
            self._lose(error)

    def _take(self, result: PGresult | None) -> None:
        if result is None:
            return
        asked = self._waiting[0]
        match result.status:
            case ExecStatus.TUPLES_OK:
                asked.result = result
            case ExecStatus.FATAL_ERROR:
                asked.error = psycopg.errors.error_from_result(result)
            case ExecStatus.PIPELINE_SYNC:
                self._waiting.popleft()
                self._stuck = False
                self._answer(asked)
            case _:  # a statement was prepared, or not carried out because it could not be
                return

    def _answer(self, asked: _Asked) -> None:
        failed = asked.error is not None or asked.result is None
        if failed and self._statements.get(asked.what) is asked.statement:
            del self._statements[asked.what]
        if asked.told.done():  # whoever asked has gone
            return
        if asked.error is not None or asked.result is None:
            asked.told.set_exception(asked.error or psycopg.DataError("the query gives no rows"))
            return
        try:
            asked.told.set_result(asked.statement.read(asked.result))
        except Exception as error:  # noqa: BLE001  # a value that can't be read; whoever asked gets it
            asked.told.set_exception(error)

    def _lose(self, error: psycopg.OperationalError) -> None:
        wire, self._wire = self._wire, None
        self._stuck, self._first_before = False, None
        if wire is not None:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            wire.finish()
        waiting, self._waiting = self._waiting, deque()
        for asked in waiting:
            if not asked.told.done():
                asked.told.set_exception(error)


class Lines:
    """The lines of one process. `fetch` may be called from any task of its event loop."""

    def __init__(self, database_url: str, count: int = COUNT) -> None:
        self._lines = [Line(database_url) for _ in range(count)]
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the lines, and open again what is lost; not being able to is no reason to fail."""
        await self._open_all()
        self._keeper = asyncio.create_task(self._keep(), name="keep-lines")

    async def stop(self) -> None:
        """Close the lines."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        for line in self._lines:
            await line.close()

    async def fetch(self, query: LiteralString, parameters: Parameters) -> Found | None:
        """The rows of a query that changes nothing; None when no line would answer soon, and it had
        better be asked elsewhere. Raises what PostgreSQL says, `psycopg.OperationalError` when the
        connection is lost.
        """
        for _ in self._lines:
            line = min(self._lines, key=len)
            if not line.has_room:
                line = next((each for each in self._lines if each.has_room), line)
            if not line.has_room:
                break
            try:
                if (found := await line.ask(query, parameters)) is not None:
                    return found
            except AGAIN:
                continue
            break
        turned_away.inc()
        return None

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(AGAIN_SECONDS)
            await self._open_all()

    async def _open_all(self) -> None:
        for line in self._lines:
            if not line.is_open:
                try:
                    await line.open()
                except (psycopg.OperationalError, OSError) as error:
                    log.warning("line_not_open", error=str(error))
