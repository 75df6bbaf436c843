"""Structured logs without secrets: redaction by key and by shape, also for libraries."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal

import structlog

HIDDEN = "[hidden]"

SECRET_KEYS = re.compile(
    r"password|secret|token|authorization|cookie|api_?key|otp|csrf|signature", re.IGNORECASE
)
PERSONAL_KEYS = re.compile(
    r"e_?mail|phone|gsm|address|full_?name|given_name|family_name|iban|tckn|identity_number|^ip$",
    re.IGNORECASE,
)
SHAPES = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]+"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
    re.compile(r"\bTR\d{2}(?: ?\d{4}){5} ?\d{2}\b"),
)
DIGITS = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)")


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """A structlog processor that hides what must not be written down."""
    for key, value in event.items():
        event[key] = _clean(key, value)
    return event


def hide_shapes(text: str) -> str:
    """The text without e-mail addresses, tokens, passwords in URLs, IBANs and card numbers."""
    for shape in SHAPES:
        text = shape.sub(HIDDEN, text)
    return DIGITS.sub(lambda found: HIDDEN if is_card_number(found[0]) else found[0], text)


def is_card_number(digits: str) -> bool:
    """Whether a run of digits passes Luhn's check, as all card numbers do."""
    numbers = [int(each) for each in digits if each.isdigit()]
    doubled = [number * 2 for number in numbers[-2::-2]]
    total = sum(numbers[-1::-2]) + sum(number - 9 if number > 9 else number for number in doubled)
    return 13 <= len(numbers) <= 19 and total % 10 == 0


def configure(form: Literal["console", "json"], level: str) -> None:
    """One line per thing that happened, on standard error, for structlog and for the libraries."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "taskiq", "aiosmtplib", "uvicorn.error", "PIL", "mail.log"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _clean(key: str, value: Any) -> Any:
    if SECRET_KEYS.search(key) or PERSONAL_KEYS.search(key):
        return HIDDEN if value not in (None, "", 0) else value
    if isinstance(value, str):
        return hide_shapes(value)
    if isinstance(value, Mapping):
        return {inner: _clean(str(inner), each) for inner, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(key, each) for each in value]
    return value if value is None or isinstance(value, int | float) else hide_shapes(str(value))
