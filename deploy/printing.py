"""The print house that is set up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from adapters.print_houses.folder import FolderPrintHouse
from adapters.print_houses.over_http import HttpPrintHouse
from application.ports import PrintHouse
from application.production import CallBacks
from deploy.settings import Settings

TIMEOUT = httpx.Timeout(15, connect=5)


def print_house_of(
    settings: Settings, call_backs: CallBacks, *, closers: list[Callable[[], Any]]
) -> PrintHouse:
    """A folder, or a service over HTTP; `closers` get what has to be closed."""
    printing = settings.printing
    if printing.kind == "folder":
        return FolderPrintHouse(printing.folder)
    http = httpx.AsyncClient(
        base_url=printing.url or f"http://127.0.0.1:{settings.web.emulators_port + 4}",
        headers={"Authorization": f"Bearer {printing.key.text}"},
        timeout=TIMEOUT,
    )
    closers.append(http.aclose)
    return HttpPrintHouse(http, call_backs)
