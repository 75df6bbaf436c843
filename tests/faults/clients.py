"""Clients who ask again, under the same key, until they are told what became of their request."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Sequence
from random import Random
from uuid import UUID

import httpx
import msgspec
from PIL import Image

from adapters.iyzico.emulator.shopper import PAYS, Screen, Shopper
from deploy.demo.journey import ADDRESS, BOOK, PROMPT
from deploy.demo.person import API
from deploy.seed import PASSWORD
from tests.faults.evidence import Json
from tests.faults.oracle import Asked
from tests.live import LiveSystem

PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.1
ANSWER_SECONDS = 15.0
AGAIN = {429, 502, 503, 504}
BEING_DONE = "request_in_flight"


def small_cover() -> bytes:
    """A picture that is just large enough to be printed, and quick to look at."""
    out = io.BytesIO()
    Image.new("RGB", (600, 920), "teal").save(out, "PNG")
    return out.getvalue()


COVER = small_cover()
PNG = COVER[:8]


class Client:
    """One person's app. Everything that it was finally told stands in `asked`."""

    def __init__(self, http: httpx.AsyncClient, *, chance: Random) -> None:
        self.asked: list[Asked] = []
        self.retries = 0
        self.person_id = ""
        self.told = asyncio.Event()
        self._http = http
        self._chance = chance
        self._headers: dict[str, str] = {}

    async def log_in(self, email: str) -> None:
        """Begin a session."""
        answer = await self._told("/sessions", {"email": email, "password": PASSWORD})
        body = answer.json()
        self.person_id = body["person_id"]
        self._headers["Authorization"] = f"Bearer {body['access_token']}"

    async def ask(
        self, command: str, path: str, body: Json | None = None, *, content: bytes = b""
    ) -> Json:
        """Ask for something to be done, until there is an answer; the answer."""
        key = str(UUID(int=self._chance.getrandbits(128), version=4))
        answer = await self._told(path, body, content=content, key=key)
        said: Json = answer.json()
        self.asked.append(
            Asked(
                person_id=self.person_id,
                key=key,
                command=command,
                status=answer.status_code,
                answer=said,
            )
        )
        self.told.set()
        return said

    async def take(self, path: str) -> bytes:
        """Ask for a file, until there is an answer."""
        key = str(UUID(int=self._chance.getrandbits(128), version=4))
        answer = await self._told(path, key=key)
        assert answer.is_success, answer.text
        return answer.content

    async def see(self, path: str) -> Json:
        """Look at something, until there is an answer."""
        async for _ in attempts(f"GET {path}"):
            with contextlib.suppress(httpx.TransportError):
                answer = await self._http.get(API + path, headers=self._headers)
                if answer.status_code not in AGAIN:
                    assert answer.is_success, answer.text
                    seen: Json = answer.json()
                    return seen
        raise AssertionError(path)

    async def draft(self, method: str) -> str:
        """A draft with its book."""
        draft_id: str = (await self.ask("StartDraft", "/drafts", {"method": method}))["id"]
        title = f"Kitap {self._chance.randrange(10**9)}"
        book = BOOK | {"message_card": False, "title": title}
        await self.ask("ChangeBook", f"/drafts/{draft_id}/book", book)
        return draft_id

    async def order(self) -> str:
        """An order for an uploaded cover; its id."""
        draft_id = await self.draft("upload")
        path = f"/drafts/{draft_id}"
        await self.ask("CommitDraft", f"{path}/commit")
        assert not self.asked[-1].acknowledged, "a draft without cover became an order"
        await self.ask("AttachArtwork", f"{path}/artwork", content=COVER)
        await self.ask("GiveAddresses", f"{path}/addresses", {"delivery": ADDRESS})
        return str((await self.ask("CommitDraft", f"{path}/commit"))["order_id"])

    async def pay(self, order_id: str) -> Screen:
        """Pay at the provider; the page that leads back to the shop."""
        page = await self.ask("StartPayment", f"/orders/{order_id}/payments")
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as browser:
            return await Shopper(browser).pay(page["page_url"], PAYS)

    async def come_back(self, screen: Screen) -> None:
        """Let the browser return to the shop, again and again until the shop answers."""
        assert screen.form is not None
        async for _ in attempts("the return to the shop"):
            with contextlib.suppress(httpx.TransportError):
                answer = await self._http.post(screen.form.action, data=screen.form.fields)
                if answer.status_code not in AGAIN:
                    assert answer.is_redirect, answer.text
                    return

    async def generation(self) -> str:
        """Ask for candidates; the generation's id."""
        draft_id = await self.draft("ai")
        path = f"/drafts/{draft_id}/generations"
        return str((await self.ask("RequestGeneration", path, {"prompt": PROMPT}))["id"])

    async def _told(
        self, path: str, body: Json | None = None, *, content: bytes = b"", key: str = ""
    ) -> httpx.Response:
        sent = content or (msgspec.json.encode(body) if body is not None else b"")
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        if sent:
            headers["Content-Type"] = _media_type(content)
        async for _ in attempts(f"POST {path}"):
            try:
                answer = await self._http.post(API + path, content=sent, headers=headers)
            except httpx.TransportError:
                self.retries += 1
                continue
            assert answer.status_code != httpx.codes.INTERNAL_SERVER_ERROR, answer.text
            if answer.status_code not in AGAIN and BEING_DONE not in answer.text:
                return answer
            self.retries += 1
        raise AssertionError(path)


def _media_type(content: bytes) -> str:
    if not content:
        return "application/json"
    return "image/png" if content.startswith(PNG) else "application/octet-stream"


class Crowd:
    """Clients who order covers at the same time, on and on."""

    def __init__(self, clients: Sequence[Client]) -> None:
        self.clients = clients
        self._enough = asyncio.Event()

    @property
    def count(self) -> int:
        """How many requests have been answered for good."""
        return sum(len(client.asked) for client in self.clients)

    @property
    def retries(self) -> int:
        """How often somebody had to ask again."""
        return sum(client.retries for client in self.clients)

    @contextlib.asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        """Let them order meanwhile; in the end everybody finishes what they began."""
        self._enough.clear()
        async with asyncio.TaskGroup() as group:
            for client in self.clients:
                group.create_task(self._live(client))
            try:
                yield
            finally:
                self._enough.set()

    async def answered(self, more: int) -> None:
        """Wait until so many more requests have been answered."""
        wanted = self.count + more
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.count < wanted:
                for client in self.clients:
                    client.told.clear()
                tellings = [asyncio.ensure_future(each.told.wait()) for each in self.clients]
                await asyncio.wait(tellings, return_when=asyncio.FIRST_COMPLETED)
                for telling in tellings:
                    telling.cancel()

    async def _live(self, client: Client) -> None:
        while not self._enough.is_set():
            await client.order()
            await client.see("/wallet")


async def attempts(what: str) -> AsyncIterator[None]:
    """Moments to try again, as long as patience lasts; fails after that."""
    never = asyncio.Event()
    for _ in range(int(PATIENCE_SECONDS / PAUSE_SECONDS)):
        yield
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAUSE_SECONDS):
                await never.wait()
    raise AssertionError(f"there was no answer to {what}")


@contextlib.asynccontextmanager
async def clients_of(
    system: LiveSystem, emails: Sequence[str], *, seed: int
) -> AsyncIterator[list[Client]]:
    """A client for each address, all logged in."""
    async with httpx.AsyncClient(base_url=system.url, timeout=ANSWER_SECONDS) as http:
        found = []
        for number, email in enumerate(emails):
            client = Client(http, chance=Random(f"{seed}/{number}"))  # noqa: S311 - repeatable
            await client.log_in(email)
            found.append(client)
        yield found
