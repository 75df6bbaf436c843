"""What is wrong with one field, from the words of the decoders."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct


class FieldFault(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One bad field of the body (`pointer`, a JSON pointer) or parameter of the query."""

    code: str
    pointer: str | None = None
    parameter: str | None = None
    detail: str = ""
    facts: dict[str, str] | None = None


PATTERNS: tuple[tuple[str, str], ...] = (
    (r"Object missing required field `(?P<name>.*)`", "field_missing"),
    (r"Object contains unknown field `(?P<name>.*)`", "field_unknown"),
    (r"Missing required query parameter '(?P<name>.*)' .*", "field_missing"),
    (r"Expected `\w+` of length >= (?P<limit>\d+)", "field_too_short"),
    (r"Expected `\w+` of length <= (?P<limit>\d+)", "field_too_long"),
    (r"Expected `\w+` >=? (?P<limit>\S+)", "field_too_small"),
    (r"Expected `\w+` <=? (?P<limit>\S+)", "field_too_big"),
    (r"Expected `\w+` matching regex .*", "field_malformed"),
    (r"Expected `(?P<wanted>.*)`, got `(?P<given>.*)`", "field_wrong_type"),
    (r"Invalid enum value .*", "field_not_a_choice"),
    (r"Invalid value .*", "field_not_a_choice"),
)
COMPILED = [(re.compile(pattern), code) for pattern, code in PATTERNS]


def body_fault(message: str) -> FieldFault:
    """A fault of the body, from a message of msgspec such as "… - at `$.lines[0].price`"."""
    text, _, where = message.partition(" - at `")
    pointer = _pointer(where.removesuffix("`"))
    fault = _fault(text)
    name = (fault.facts or {}).get("name")
    return FieldFault(
        code=fault.code,
        facts=fault.facts,
        pointer=pointer + (f"/{_escaped(name)}" if name is not None else ""),
    )


def faults_of(extra: Any) -> list[FieldFault]:
    """Faults of parameters, as Litestar lists them."""
    entries = extra if isinstance(extra, list) else []
    return [
        FieldFault(code=fault.code, facts=fault.facts, parameter=str(entry.get("key", "")))
        for entry in entries
        for fault in [_fault(str(entry.get("message", "")).partition(" - at ")[0])]
    ]


def _fault(text: str) -> FieldFault:
    for pattern, code in COMPILED:
        if match := pattern.fullmatch(text):
            return FieldFault(code=code, facts=match.groupdict())
    return FieldFault(code="field_malformed", facts={})


def _pointer(path: str) -> str:
    """`$.lines[0].price` as `/lines/0/price`."""
    parts = re.findall(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]", path.removeprefix("$"))
    return "".join(f"/{_escaped(name or number)}" for name, number in parts)


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
