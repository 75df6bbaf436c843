"""Structured logs that hold no secrets: redacted by the names of fields, and by shape."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal

import structlog

from domain.shared.card_numbers import scrub

HIDDEN = "[hidden]"
SECRET_NAME = re.compile(
    r"passw|secret|token|authori[sz]ation|cookie|credential|api_?key|\bkey$|signature|"
    r"card_?number|cvc|cvv|iban|e_?mail|phone|address|\bip$|recovery|totp|otp",
    re.IGNORECASE,
)
SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "[token]"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]+", re.IGNORECASE), r"\1 [token]"),
    (re.compile(r"\b([a-z][a-z0-9+.-]*://)[^\s/@:]+:[^\s/@]+@", re.IGNORECASE), r"\1[hidden]@"),
    (re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\bTR\d{2}(?: ?\d{4}){5} ?\d{2}\b"), "[iban]"),
    (re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])"), "[number]"),
)
DEEPEST = 6
THIRTEEN_DIGITS = 10**12


def redacted(text: str) -> str:
    """The text without what looks like a token, an e-mail, an account or a card."""
    text = scrub(text)
    for shape, instead in SHAPES:
        text = shape.sub(instead, text)
    return text


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """A structlog processor; it stands before whatever writes the line."""
    return {scrub(name): _seen(name, value, depth=0) for name, value in event.items()}


def configure_logs(form: Literal["console", "json"], level: str) -> None:
    """Let structlog and the standard library write redacted lines to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    # Otherwise it prints what it could not format, as it came.
    logging.raiseExceptions = False
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
    )
    logging.basicConfig(handlers=[handler], level=number, force=True)


def _seen(name: str, value: Any, *, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if SECRET_NAME.search(name) or depth >= DEEPEST:
        return HIDDEN
    if isinstance(value, Mapping):
        return {
            scrub(str(key)): _seen(str(key), each, depth=depth + 1) for key, each in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_seen("", each, depth=depth + 1) for each in value]
    if isinstance(value, int | float):
        return value if value < THIRTEEN_DIGITS else scrub(str(value))
    return redacted(str(value))
