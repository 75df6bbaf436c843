"""One person at the API, as an app on their telephone would speak for them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import httpx
import msgspec

API = "/api/v1"
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.25
POLITE_PAUSE_SECONDS = 1.5

Json = dict[str, Any]


class Refused(Exception):
    """The API answered with a problem; the text is its detail and code."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.problem: Json = _json(answer)
        path = answer.request.url.path
        super().__init__(f"{path}: {self.status} {self.problem.get('code', answer.text[:200])}")


class Person:
    """Sends commands with request keys, and queries that wait for what the commands did."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.position = 0
        self._token = ""
        self._consistency = ""

    async def log_in(self, email: str, password: str) -> None:
        """Begin a session."""
        answer = await self.do("/sessions", {"email": email, "password": password})
        self._token = answer["access_token"]

    async def do(
        self,
        path: str,
        body: Json | None = None,
        *,
        content: bytes | None = None,
        media_type: str = "application/json",
    ) -> Json:
        """POST a command; its answer. Raises `Refused`."""
        sent = msgspec.json.encode(body) if content is None and body is not None else content
        answer = await self.http.post(
            API + path,
            content=sent or b"",
            headers=self._headers()
            | {"Idempotency-Key": str(uuid.uuid4())}
            | ({"Content-Type": media_type} if sent else {}),
        )
        self._consistency = answer.headers.get("consistency-token", self._consistency)
        told = _accepted(answer)
        self.position = told.get("position", self.position)
        return told

    async def see(self, path: str) -> Json:
        """GET a query's answer. Raises `Refused`."""
        return _accepted(await self.http.get(API + path, headers=self._headers()))

    async def see_when(
        self, path: str, field: str, *values: object, pause_seconds: float = PAUSE_SECONDS
    ) -> Json:
        """GET until it is there and a field has one of these values."""
        async for _ in self.ticks(pause_seconds):
            try:
                seen = await self.see(path)
            except Refused as refused:
                if refused.status != httpx.codes.NOT_FOUND:
                    raise
                continue
            if seen.get(field) in values:
                return seen
        raise TimeoutError(f"{path}: {field} is none of {values}")

    async def ticks(self, pause_seconds: float = PAUSE_SECONDS) -> AsyncIterator[None]:
        """Moments to look again, as long as patience lasts."""
        for _ in range(int(PATIENCE_SECONDS / pause_seconds)):
            yield
            await asyncio.sleep(pause_seconds)

    async def fetch(self, url: str) -> bytes:
        """The bytes behind a link."""
        answer = await self.http.get(url, headers=self._headers(), follow_redirects=True)
        if answer.status_code != httpx.codes.OK:
            raise Refused(answer)
        return answer.content

    async def events(self, after: int) -> AsyncGenerator[Json, None]:
        """What happens behind a position and concerns this person, live."""
        headers = self._headers() | {"Last-Event-ID": str(after), "Accept": "text/event-stream"}
        path = API + "/events"
        async with self.http.stream("GET", path, headers=headers, timeout=None) as stream:
            if stream.status_code != httpx.codes.OK:
                await stream.aread()
                raise Refused(stream)
            async for line in stream.aiter_lines():
                if line.startswith("data:"):
                    yield msgspec.json.decode(line.removeprefix("data:"))

    def _headers(self) -> dict[str, str]:
        headers = {"Accept-Language": "tr"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if self._consistency:
            headers["Consistency-Token"] = self._consistency
        return headers


def _accepted(answer: httpx.Response) -> Json:
    if not answer.is_success:
        raise Refused(answer)
    return _json(answer)


def _json(answer: httpx.Response) -> Json:
    try:
        found = msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {"items": found}
