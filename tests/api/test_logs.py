"""Nothing secret and nothing personal reaches the logs."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from adapters.logs import configure_logs, redact, redacted


@pytest.fixture
def restored_logs() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.mark.parametrize(
    "secret",
    [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.abc-_1",
        "Bearer abc.def",
        "ayse.yilmaz+kitap@ornek.com.tr",
        "5528790000000008",
        "5528 7900 0000 0008",
        "5528-7900-0000-0008",
        "TR33 0006 1005 1978 6457 8413 26",
        "postgresql://owner:hunter2@db/cover",
    ],
)
def test_what_looks_secret_is_hidden(secret: str) -> None:
    said = redacted(f"before {secret} after")
    assert said.startswith("before ")
    assert said.endswith(" after")
    assert secret not in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    "plain", ["0198a6b2-1111-7222-8333-444455556666", "1260.00 TRY", "PLK2026000000001", "42"]
)
def test_what_is_not_secret_is_kept(plain: str) -> None:
    assert redacted(plain) == plain


def test_secret_names_hide_whatever_they_hold() -> None:
    event = {
        "event": "x",
        "password": "p",
        "nested": {"refresh_token": 5, "list": [{"email": "a"}]},
        "position": 4711,
        "phone": None,
    }
    seen = redact(None, "info", event)
    assert seen["password"] == "[hidden]"
    assert seen["nested"] == {"refresh_token": "[hidden]", "list": [{"email": "[hidden]"}]}
    assert (seen["position"], seen["phone"]) == (4711, None)


@pytest.mark.usefixtures("restored_logs")
def test_lines_of_all_loggers_are_redacted_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json", "info")
    structlog.get_logger().info("signed_in", email="a@b.tr", who="a@b.tr")
    logging.getLogger("library").warning("mail to %s", "a@b.tr")
    try:
        int("card 5528790000000008")
    except ValueError:
        structlog.get_logger().exception("failed")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["signed_in", "mail to [e-mail]", "failed"]
    assert (lines[0]["email"], lines[0]["who"]) == ("[hidden]", "[e-mail]")
    assert "5528790000000008" not in lines[2]["exception"]
