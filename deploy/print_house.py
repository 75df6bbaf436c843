"""Which print house stands behind the port."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from adapters.print_houses.folder import FolderPrintHouse
from adapters.print_houses.over_http import HttpPrintHouse
from application.ports import PrintHouse
from application.production import CallBacks
from deploy.settings import Settings

LOCAL_PORT = 4
"""How far behind EMULATORS_PORT the local print house answers."""
TIMEOUT = httpx.Timeout(15, connect=5)
"""A hand-over makes a few calls; together they end before the job that makes them is given up."""


def print_house_of(
    settings: Settings, call_backs: CallBacks, *, closers: list[Callable[[], Any]]
) -> PrintHouse:
    """The folder, or a client of the house; what is to be closed goes to `closers`."""
    printing = settings.printing
    if printing.kind == "folder":
        return FolderPrintHouse(printing.folder)
    local = f"http://127.0.0.1:{settings.web.emulators_port + LOCAL_PORT}"
    http = httpx.AsyncClient(
        base_url=printing.url or local,
        headers={"Authorization": f"Bearer {printing.key.text}"},
        timeout=TIMEOUT,
    )
    closers.append(http.aclose)
    return HttpPrintHouse(http, call_backs)
