"""The real application with drafts on a real database; files and painter are in memory."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
from msgspec.structs import replace

from adapters.files import SignedLinks
from adapters.memory import MemoryFileStore, MemoryInspector, MemoryPainter
from api.app import create_app
from api.backend import Backend
from application.assets import UploadLimits
from application.bus import Command
from application.file_links import FileLinks
from application.generation import PaintCandidates
from application.ports import ArtworkInspector, FileStore
from application.terms import Terms
from application.wallet import OpenWallet
from projections.runner import Projector
from tests.api.shop import Person, Sessions, Shop, client_of
from workers.generation import paint_candidates

HOME = {
    "name": "Ayşe Yılmaz",
    "line": "Çınar Sk. 4/2",
    "district": "Kadıköy",
    "province": "İstanbul",
    "postcode": "34710",
    "phone": "+905321112233",
}
BOOK = {
    "title": "Kürk Mantolu Madonna",
    "author": "Sabahattin Ali",
    "kind": "novel",
    "purpose": "gift",
}
NEW_CARD = {
    "name_tr": "Nar",
    "name_en": "Pomegranate",
    "motif": "pomegranate",
    "paper": "#fff4e6",
    "ink": "#8c1c13",
    "greeting_tr": "Nice yıllara",
    "price": "45.00",
}


class Studio(Shop):
    """A shop where drafts can be made and candidates are painted when a test says so."""

    def __init__(self, backend: Backend, projector: Projector, sessions: Sessions) -> None:
        self.files = MemoryFileStore()
        self.inspector = MemoryInspector()
        ports: dict[type, object] = {
            Terms: Terms(),
            FileStore: self.files,
            ArtworkInspector: self.inspector,
            FileLinks: SignedLinks(b"k" * 32, backend.clock),
            UploadLimits: UploadLimits(),
        }
        super().__init__(replace(backend, ports=ports), projector, sessions)

    def _open(self) -> None:
        self.app = create_app(self.backend)
        self.client = client_of(self.app)

    def offer(self, limits: UploadLimits) -> None:
        """From now on these limits hold."""
        ports: dict[type, object] = {**self.backend.ports, UploadLimits: limits}
        self.backend = replace(self.backend, ports=ports)
        self._open()

    async def do(self, command: Command) -> None:
        """Carry out a command as the system, and let the read models see it."""
        await self.backend.bus.execute(command)
        await self.catch_up()

    async def customer(self) -> Person:
        """Somebody with the welcome credits."""
        person = self.person()
        await self.do(OpenWallet(customer_id=person.id))
        return person

    async def post(self, path: str, person: Person, body: Any = None, **headers: str) -> Any:
        """Post JSON with a key of its own; the answer must be a success."""
        answer = await self.try_post(path, person, body, **headers)
        assert answer.is_success, answer.text
        return answer.json()

    async def try_post(
        self, path: str, person: Person, body: Any = None, **headers: str
    ) -> httpx.Response:
        """Post JSON with a key of its own and let the read models see what it did."""
        given = person.bearer | {"Idempotency-Key": str(uuid4())} | headers
        answer = await self.client.post(path, json=body, headers=given)
        await self.catch_up()
        return answer

    async def get(self, path: str, person: Person) -> Any:
        """Read something; it must be there."""
        answer = await self.client.get(path, headers=person.bearer)
        assert answer.is_success, answer.text
        return answer.json()

    async def upload(self, path: str, person: Person, content: bytes, **headers: str) -> Any:
        """Post a file; the answer may be a refusal."""
        given = person.bearer | {"Content-Type": "application/octet-stream"} | headers
        answer = await self.client.post(path, content=content, headers=given)
        await self.catch_up()
        return answer

    async def draft(self, person: Person, method: str = "ai") -> str:
        """The path of a new draft whose book is known."""
        made = await self.post("/drafts", person, {"method": method})
        path = f"/drafts/{made['id']}"
        await self.post(f"{path}/book", person, BOOK)
        return path

    async def generation(self, draft: str, person: Person) -> UUID:
        """Ask for a generation with a harmless prompt."""
        asked = await self.post(f"{draft}/generations", person, {"prompt": "Sisli bir sahil"})
        return UUID(asked["id"])

    async def paint(self, generation_id: UUID) -> None:
        """Do the worker's work."""
        outcome = await paint_candidates(
            PaintCandidates(generation_id=generation_id),
            MemoryPainter(),
            files=self.files,
            bus=self.backend.bus,
            log=self.backend.event_log,
        )
        assert isinstance(outcome, Command)
        await self.do(outcome)
