"""A print house over HTTP: a ticket, its files, and the word to print."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar
from uuid import UUID

import httpx
import msgspec
from msgspec import Struct

from application.ports import (
    CallBack,
    PrintTicket,
    TakenOver,
    TicketRefused,
    Unavailable,
)
from application.production import CallBacks
from application.tracing import SpanKind, span
from domain.production import HouseReport, ReportStatus

MOST_ANSWERED = 64 * 1024

S = TypeVar("S", bound=Struct)


class Announcement(Struct, frozen=True, kw_only=True):
    """A ticket as the house is told of it."""

    ticket: PrintTicket
    call_back: CallBack


class Announced(Struct, frozen=True, kw_only=True):
    """What the house knows of a ticket; it is printed once nothing is `missing` and it is
    `released`. Nothing is lost by telling the same again.
    """

    reference: str
    missing: tuple[str, ...]
    released: bool


class Standing(Struct, frozen=True, kw_only=True):
    """How far the house is; `status` is null until it has looked at the ticket."""

    status: ReportStatus | None
    reason: str = ""


class Refused(Struct, frozen=True, kw_only=True):
    """Why the house does not take a ticket."""

    reason: str


class HttpPrintHouse:
    """Hands over in three steps, each of which may be asked twice: `PUT` the ticket, `PUT` each
    file that is missing, `POST` the release. `http` carries base URL, key and time-outs.
    """

    def __init__(self, http: httpx.AsyncClient, call_backs: CallBacks) -> None:
        self._http = http
        self._call_backs = call_backs

    async def hand_over(self, ticket: PrintTicket, files: Mapping[str, bytes]) -> TakenOver:
        """Raises `Unavailable` when nobody knows whether it was taken: then it is asked again."""
        path = f"/jobs/{ticket.ticket_id}"
        call_back = self._call_backs.of(ticket.print_job_id, ticket.attempt)
        announcement = msgspec.json.encode(Announcement(ticket=ticket, call_back=call_back))
        known = _read(await self._call("PUT", path, content=announcement), Announced)
        for digest in known.missing:
            if digest not in files:
                raise Unavailable("print house: misses a file that is none of the ticket's")
            _read(
                await self._call("PUT", f"{path}/files/{digest}", content=files[digest]), Announced
            )
        if not known.released:
            known = _read(await self._call("POST", f"{path}/release"), Announced)
        if not known.released or known.missing:
            raise Unavailable("print house: not released")
        return TakenOver(reference=known.reference[:80], tells_back=True)

    async def cancel(self, ticket_id: UUID) -> None:
        """Raises `Unavailable`."""
        answer = await self._send("POST", f"/jobs/{ticket_id}/cancel")
        if answer.status_code not in {200, 204, 404, 409}:
            raise Unavailable(f"print house: {answer.status_code}")

    async def report(self, ticket_id: UUID, attempt: int) -> HouseReport | None:
        """Raises `Unavailable`."""
        answer = await self._send("GET", f"/jobs/{ticket_id}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        _must_be_good(answer)
        standing = _read(answer, Standing)
        if standing.status is None:
            return None
        return HouseReport(attempt, standing.status, standing.reason[:40])

    async def forget(
        self,
        ticket_ids: Collection[UUID],  # noqa: ARG002 - the port has it
    ) -> int:
        """The house is another company: what it holds goes by the contract with it."""
        return 0

    async def _call(self, method: str, path: str, *, content: bytes = b"") -> httpx.Response:
        answer = await self._send(method, path, content=content)
        if answer.status_code in {400, 409, 410, 413, 422}:
            raise TicketRefused(_reason(answer))
        _must_be_good(answer)
        return answer

    async def _send(self, method: str, path: str, *, content: bytes = b"") -> httpx.Response:
        try:
            with span("print house", kind=SpanKind.CLIENT):
                return await self._http.request(method, path, content=content)
        except httpx.HTTPError as error:
            raise Unavailable(f"print house: {type(error).__name__}") from error


def _must_be_good(answer: httpx.Response) -> None:
    if not answer.is_success:
        raise Unavailable(f"print house: {answer.status_code}")


def _read(answer: httpx.Response, wanted: type[S]) -> S:
    if len(answer.content) > MOST_ANSWERED:
        raise Unavailable("print house: too long an answer")
    try:
        return msgspec.json.decode(answer.content, type=wanted)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable("print house: unreadable answer") from error


def _reason(answer: httpx.Response) -> str:
    """A code that is fit to be stored; whatever else the house says is not."""
    try:
        said = msgspec.json.decode(answer.content, type=Refused).reason
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = ""
    fit = said.isascii() and said.replace("_", "").isalnum() and len(said) <= 40
    return said.lower() if fit else f"answered_{answer.status_code}"
