"""One person at the API, as an app on their telephone would speak for them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec

API = "/api/v1"
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.1

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

    async def see_when(self, path: str, field: str, *values: object) -> Json:
        """GET until a field has one of these values."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                seen = await self.see(path)
                if seen.get(field) in values:
                    return seen
                await asyncio.sleep(PAUSE_SECONDS)

    async def fetch(self, url: str) -> bytes:
        """The bytes behind a link."""
        answer = await self.http.get(url, headers=self._headers(), follow_redirects=True)
        if answer.status_code != httpx.codes.OK:
            raise Refused(answer)
        return answer.content

    async def fetch_when_there(self, url: str) -> bytes:
        """The bytes behind a link, once there is something."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    return await self.fetch(url)
                except Refused as refused:
                    if refused.status not in {404, 409}:
                        raise
                await asyncio.sleep(PAUSE_SECONDS)

    async def events(self, after: int) -> AsyncIterator[Json]:
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
