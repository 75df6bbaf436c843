"""Tables that finance takes away, streamed while they are read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, aclosing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from litestar import Controller, Response, get
from litestar.params import Parameter, QueryParameter
from litestar.response import Stream
from msgspec import Struct

from api.ask import Ask
from api.field_faults import FieldFault
from api.problems import Trouble
from application.tables import FORMATS, MEDIA_TYPES, Column, Format, Row, TableFiles
from domain.ledger import ACCOUNTS
from domain.shared.errors import NotFound
from projections.exports import EXPORTS, Export, Sieve, exported

AT_ONCE = 2
"""Exports that one process writes at the same time; each holds a connection."""
BUSY_SECONDS = 10
CHUNK = 1 << 20
Month = Annotated[str | None, Parameter(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$(?!\n)")]

_running = asyncio.Semaphore(AT_ONCE)


class ExportAnswer(Struct, frozen=True, kw_only=True):
    """A table that can be taken away. Names of columns are never changed; `sieves` are the query
    parameters that it takes beside `format`.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    sieves: tuple[str, ...]
    formats: tuple[Format, ...]


class ExportsAnswer(Struct, frozen=True, kw_only=True):
    """Every table that can be taken away."""

    exports: list[ExportAnswer]


class ExportsController(Controller):
    path = "/finance/exports"
    tags = ("finance",)

    @get(operation_id="Exports", summary="Tables that can be taken away, with their columns")
    async def all(self, ask: Ask) -> Response[ExportsAnswer]:
        """For finance: what each table and each of its columns means."""
        ask.must_be("finance")
        exports = [
            ExportAnswer(
                name=name,
                meaning=export.meaning,
                columns=export.columns,
                sieves=export.sieves,
                formats=FORMATS,
            )
            for name, export in EXPORTS.items()
        ]
        return ask.answer(ExportsAnswer(exports=exports))

    @get("/{name:str}", operation_id="Export", summary="A table as a file")
    async def one(
        self,
        ask: Ask,
        name: str,
        *,
        form: Annotated[Format, QueryParameter(name="format")] = "csv",
        since: Month = None,
        until: Month = None,
        account: Annotated[str | None, Parameter(max_length=60)] = None,
    ) -> Stream:
        """For finance: all rows, of any number, as CSV, XLSX, Parquet or JSON Lines.

        `since` and `until` are months, both included; 422 for a sieve that the table does not take.
        404 for an unknown table or account, 503 while others are being written.
        """
        ask.must_be("finance")
        export = EXPORTS.get(name)
        if export is None or not (account is None or account in ACCOUNTS):
            raise NotFound
        sieve = Sieve(since=since, until=until, account=account)
        if unused := export.unused(sieve):
            faults = [FieldFault(code="field_unknown", parameter=each) for each in unused]
            raise Trouble(422, "invalid_parameters", errors=faults)
        await ask.fresh(*export.models)
        if _running.locked():
            raise Trouble(503, "exports_busy", headers={"Retry-After": str(BUSY_SECONDS)})
        return Stream(
            _written(ask, export, sieve=sieve, form=form),
            media_type=MEDIA_TYPES[form],
            headers={"Content-Disposition": f'attachment; filename="{name}.{form}"'},
        )


async def _written(ask: Ask, export: Export, *, sieve: Sieve, form: Format) -> AsyncIterator[bytes]:
    """The file's bytes as soon as they are written; those of a workbook are it all at the end."""
    async with _running, aclosing(exported(ask.reads, export, sieve=sieve)) as batches:
        file = await asyncio.to_thread(
            _GrowingFile, ask.port(TableFiles), form, columns=export.columns
        )
        try:
            async for rows in batches:
                if chunk := await asyncio.to_thread(file.grown_by, rows):
                    yield chunk
            await asyncio.to_thread(file.finish)
            while chunk := await asyncio.to_thread(file.read):
                yield chunk
        finally:
            await asyncio.to_thread(file.remove)


class _GrowingFile:
    """A file that is read while it is written; all of it blocks."""

    def __init__(self, files: TableFiles, form: Format, *, columns: tuple[Column, ...]) -> None:
        self._open = ExitStack()
        folder = self._open.enter_context(TemporaryDirectory(prefix="polikrami-export-"))
        path = Path(folder, f"table.{form}")
        path.touch()
        self._bytes = self._open.enter_context(path.open("rb"))
        self._writing = self._open.enter_context(ExitStack())
        self._writer = self._writing.enter_context(files.writer(form, path, columns=columns))

    def grown_by(self, rows: Sequence[Row]) -> bytes:
        """Add rows; what the file has got by that, perhaps nothing yet."""
        self._writer.write(rows)
        self._writer.flush()
        return self._bytes.read()

    def finish(self) -> None:
        """Make it whole."""
        self._writing.close()

    def read(self) -> bytes:
        """The next bytes; none at the end."""
        return self._bytes.read(CHUNK)

    def remove(self) -> None:
        """Close and delete it."""
        self._open.close()
