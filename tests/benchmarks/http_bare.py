"""The peer of the HTTP figures: a Litestar application that does nothing, served as ours is."""

from __future__ import annotations

import sys

import uvicorn
from litestar import Litestar, get, post
from msgspec import Struct


class Balance(Struct):
    balance: int
    held: int
    available: int


class Method(Struct, forbid_unknown_fields=True):
    method: str


@get("/api/v1/wallet", sync_to_thread=False)
def balance() -> Balance:
    """As our wallet answers, without asking anybody."""
    return Balance(500, 0, 500)


@post("/api/v1/drafts", sync_to_thread=False)
def start(data: Method) -> dict[str, str]:
    """As our drafts begin, without noting it."""
    return {"id": data.method}


def main(port: int) -> None:
    """Serve on loopback until it is told to stop."""
    app = Litestar([balance, start], openapi_config=None, logging_config=None)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
