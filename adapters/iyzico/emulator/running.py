"""Serves an emulator with uvicorn on 127.0.0.1, inside the running event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from ipaddress import IPv4Address
from pathlib import Path

import uvicorn
from msgspec import Struct

from adapters.iyzico.emulator.app import Emulator
from adapters.iyzico.emulator.connections import ResettableProtocol

SHUTDOWN_SECONDS = 5


class Certificate(Struct, frozen=True):
    """Files of a server certificate and its key, in PEM."""

    certificate: Path
    key: Path


class _Server(uvicorn.Server):
    """A server that leaves signals to whoever runs the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def running(
    emulator: Emulator,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    certificate: Certificate | None = None,
) -> AsyncIterator[str]:
    """Serve until the block ends; gives the base URL. Port 0 takes a free one.

    Raises `ValueError` for a `host` that others than this machine could reach.
    """
    if not IPv4Address(host).is_loopback:
        raise ValueError("the emulator is served on a loopback address only")
    config = uvicorn.Config(
        emulator,
        http=ResettableProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        ssl_certfile=certificate.certificate if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    server = _Server(config)
    with _listener(host, port) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:
                if serving.done():
                    await serving
                    raise RuntimeError("the emulator did not start")
                await asyncio.sleep(0.005)
            scheme = "https" if certificate else "http"
            yield f"{scheme}://{host}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


def _listener(host: str, port: int) -> socket.socket:
    # Named as TCP, because asyncio switches Nagle's delay off only where it reads that name.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
