"""Every request leaves one line, whoever writes it."""

from __future__ import annotations

import io
import json

from api.access import LINES, Access, QuickAccessLog
from tests.api.shop import Shop

SEEN = Access(
    method="GET", route="/api/v1/wallet", status=200, ms=1.5, trace_id="t", request_id="r"
)


async def test_lines_go_out_together_and_none_is_lost() -> None:
    out = io.BytesIO()
    log = QuickAccessLog(out)
    for _ in range(LINES + 1):
        log.tell(SEEN)
    assert len(out.getvalue().splitlines()) == LINES
    log.flush()
    log.flush()
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(lines) == LINES + 1
    told = {name: value for name, value in lines[-1].items() if name != "timestamp"}
    assert told == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "route": "/api/v1/wallet",
        "status": 200,
        "ms": 1.5,
        "trace_id": "t",
        "request_id": "r",
    }
    assert lines[-1]["timestamp"].endswith("Z")


async def test_health_is_not_worth_a_line() -> None:
    out = io.BytesIO()
    log = QuickAccessLog(out)
    log.tell(Access(method="GET", route="/health/live", status=200, ms=0.1))
    log.flush()
    assert out.getvalue() == b""


async def test_a_line_names_the_route_and_who_asked_but_no_path(shop: Shop) -> None:
    out = io.BytesIO()
    log = QuickAccessLog(out)
    shop.with_access_log(log)
    ayse = shop.person()
    answer = await shop.client.get("/desk/error/not_found?x=1", headers=ayse.bearer)
    log.flush()
    line = json.loads(out.getvalue())
    assert (line["route"], line["status"]) == ("/api/v1/desk/error/{name}", answer.status_code)
    assert line["person_id"] == str(ayse.id)
    assert line["request_id"] == answer.headers["X-Request-Id"]
