"""Finance's office: who asks for tables, and the books that they are made of."""

from __future__ import annotations

import httpx
import pytest

from api import app
from api.backend import Backend
from api.exports import ExportsController
from tests.api.shop import Person, Sessions, client_of
from tests.controls.books import Books


class Office:
    """The routes of exports, and people who may or may not use them."""

    def __init__(self, backend: Backend, books: Books, sessions: Sessions) -> None:
        self.books = books
        self._sessions = sessions
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(app, "CONTROLLERS", (ExportsController,))
            self.client = client_of(app.create_app(backend))

    def person(self, *roles: str) -> dict[str, str]:
        """The headers of somebody who is signed in."""
        return Person(self._sessions, self.books.clock, *roles).bearer

    async def take(self, path: str) -> httpx.Response:
        """Ask for a table as finance does."""
        return await self.client.get(f"/finance/exports/{path}", headers=self.person("finance"))
