"""Reading the local mailbox, as a person would."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx

PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.1


class Letters:
    """The mails of one address."""

    def __init__(self, http: httpx.AsyncClient, mailbox_url: str, address: str) -> None:
        self._http = http
        self._url = mailbox_url
        self._address = address

    async def all(self) -> list[dict[str, Any]]:
        """All mails, the newest first."""
        answer = await self._http.get(f"{self._url}/messages.json", params={"to": self._address})
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found

    async def with_subject(self, pattern: str) -> dict[str, Any]:
        """The newest mail whose subject matches, once there is one."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for mail in await self.all():
                    if re.search(pattern, mail["subject"], re.IGNORECASE):
                        return mail
                await asyncio.sleep(PAUSE_SECONDS)

    async def attachment(self, mail: dict[str, Any], name_ends: str) -> bytes:
        """The bytes of the attachment whose name ends so."""
        url = next(part["url"] for part in mail["attachments"] if part["name"].endswith(name_ends))
        answer = await self._http.get(self._url + url)
        answer.raise_for_status()
        return answer.content


def link_token(mail: dict[str, Any]) -> str:
    """The token of the link in a mail."""
    found = re.search(r"[?&#]token=([\w.~-]+)", mail["text"])
    if found is None:
        raise LookupError("there is no link in this mail")
    return found[1]
