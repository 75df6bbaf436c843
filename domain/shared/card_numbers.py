"""Finds numbers of payment cards in text, however they are written, and takes them out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import msgspec

HIDDEN_CARD = "[card number]"

NETWORKS: tuple[tuple[str, str, range | tuple[int, ...]], ...] = (
    ("Visa", "4", (13, 16, 19)),
    ("Mastercard", "51-55 2221-2720", (16,)),
    ("American Express", "34 37", (15,)),
    ("Diners Club", "300-305 3095 36 38 39", (14, 16)),
    ("JCB", "3528-3589", range(16, 20)),
    ("Discover", "6011 644-649 65", range(16, 20)),
    ("RuPay", "60 82", (16,)),
    ("UnionPay", "62 81", range(16, 20)),
    ("Maestro", "50 56-58 63 67", range(13, 20)),
    ("Mir", "2200-2204", range(16, 20)),
    ("Troy", "9792", (16,)),
)
"""Each network with the first digits of its cards and how many digits there are. Nothing that
begins with 978 (books), 1 (moments in milliseconds) or 0 (calls within Turkey) is a card's number.
"""

SPACES = " \u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff\u00ad"
DASHES = "\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
SEPARATOR = rf"[{SPACES}{DASHES}._/·•．\-]"
RUN = re.compile(rf"\d(?:{SEPARATOR}{{0,3}}\d){{12,}}")
"""At least thirteen digits of any script, with little between them."""
GROUP = re.compile(r"\d+")

SHAPES = (
    *((length,) for length in range(13, 20)),
    (4, 4, 4, 4),
    (4, 4, 4, 4, 3),
    (4, 6, 5),
    (4, 6, 4),
    (4, 3, 3, 3),
    (6, 13),
    (8, 8),
)
"""How card numbers are grouped by those who print them; so they are found beside other digits."""
SHAPES_FROM = {
    size: [shape for shape in SHAPES if shape[0] == size] for size in {shape[0] for shape in SHAPES}
}
MOST_DIGITS = 19

UUID_SHAPE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
HEX = re.compile(r"[0-9a-f]+", re.IGNORECASE)
DIGEST_LENGTHS = {16, 32, 40, 64, 128}
IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}")
IBANS = """
AE23 AL28 AT20 AZ28 BA20 BE16 BG22 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GE22 GR27
HR21 HU28 IE22 IL23 IT27 KW30 KZ20 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MT31 NL18 NO15 PL28
PT25 QA29 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TR26 UA29 XK20
"""
IBAN_LENGTHS = {each[:2]: int(each[2:]) for each in IBANS.split()}
PHONE_DIGITS = 15
"""The most digits of a telephone number after its plus sign."""
FAR_FROM_PLUS = 8
LEAST_INTEGER = 10**12

Span = tuple[int, int]


def _lengths() -> dict[int, frozenset[int]]:
    """How long card numbers are that begin with these four digits."""
    found: dict[int, frozenset[int]] = {}
    for _, prefixes, lengths in NETWORKS:
        for each in prefixes.split():
            first, _, last = each.partition("-")
            missing = 4 - len(first)
            begin = int(first) * 10**missing
            end = (int(last or first) + 1) * 10**missing
            for prefix in range(begin, end):
                found[prefix] = found.get(prefix, frozenset()) | frozenset(lengths)
    return found


LENGTHS = _lengths()
THIRTEEN = b"0" * 13
AS_ZEROS = bytes(48 if 48 <= byte <= 57 or byte >= 128 else byte for byte in range(256))
"""Digits as zeros; what is not ASCII may be digits or stand between them, so it counts as such."""


def may_hold_card_number(content: bytes) -> bool:
    """Whether to look at all: nearly everything that is looked at is told apart by this alone."""
    return len(content) >= 13 and THIRTEEN in content.translate(AS_ZEROS, b" ._/-")


def holds_card_number(text: str) -> bool:
    """Whether a card number stands anywhere in the text."""
    return next(_found(text), None) is not None


def scrub(text: str) -> str:
    """The text with `[card number]` in the place of each card number; all else as it was."""
    spans = sorted(_found(text))
    if not spans:
        return text
    parts: list[str] = []
    done = 0
    for start, end in spans:
        if start >= done:
            parts += (text[done:start], HIDDEN_CARD)
        done = max(done, end)
    # What stood beside a number may make another one with what follows.
    return scrub("".join([*parts, text[done:]]))


def scrub_all(value: Any) -> Any:
    """A JSON value without card numbers in its texts and names."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {scrub_all(key): scrub_all(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [scrub_all(each) for each in value]
    return value


def scrub_json(document: bytes) -> bytes:
    """A JSON document without card numbers in its texts; the same bytes where there is none."""
    if (
        not may_hold_card_number(document)
        or RUN.search(document.decode("utf-8", "replace")) is None
    ):
        return document
    value = msgspec.json.decode(document)
    scrubbed = scrub_all(value)
    return document if scrubbed == value else msgspec.json.encode(scrubbed)


def scrub_bytes(content: bytes) -> bytes:
    """Bytes of text in UTF-8 without card numbers; what is no UTF-8 stays as it is."""
    if not may_hold_card_number(content):
        return content
    text = content.decode("utf-8", "surrogateescape")
    scrubbed = scrub(text)
    return content if scrubbed == text else scrubbed.encode("utf-8", "surrogateescape")


def places_of_card_numbers(value: Any, pointer: str = "") -> Iterator[str]:
    """JSON pointers to what holds a card number; one in a field's name is told by its object."""
    if isinstance(value, dict):
        for key, each in value.items():
            if holds_card_number(key):
                yield pointer
            else:
                name = key.replace("~", "~0").replace("/", "~1")
                yield from places_of_card_numbers(each, f"{pointer}/{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from places_of_card_numbers(each, f"{pointer}/{number}")
    elif _is_card_integer(value) or (isinstance(value, str) and holds_card_number(value)):
        yield pointer


def _is_card_integer(value: Any) -> bool:
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and value >= LEAST_INTEGER
        and holds_card_number(str(value))
    )


def _found(text: str) -> Iterator[Span]:
    if not may_hold_card_number(text.encode("utf-8", "surrogatepass")):
        return
    for run in RUN.finditer(text):
        groups = [match.span() for match in GROUP.finditer(text, *run.span())]
        if not _is_phone(text, groups):
            for span in _candidates(text, groups):
                if not _is_part_of_an_id(text, span):
                    yield span


def _candidates(text: str, groups: list[Span]) -> Iterator[Span]:
    """Where the digits are those of a card: all of them, or groups as they are printed."""
    sizes = [end - start for start, end in groups]
    if sum(sizes) <= MOST_DIGITS and _is_written_as_one(text, groups):
        yield groups[0][0], groups[-1][1]
    for first, size in enumerate(sizes):
        start = groups[first][0]
        if size not in SHAPES_FROM or int(text[start : start + 4]) not in LENGTHS:
            continue
        if first and text[groups[first - 1][1] : start] == ".":
            continue  # the decimals of a number
        for shape in SHAPES_FROM[size]:
            last = first + len(shape)
            if tuple(sizes[first:last]) == shape:
                window = groups[first:last]
                if _is_card(_joined(text, window)):
                    yield window[0][0], window[-1][1]


def _is_written_as_one(text: str, groups: list[Span]) -> bool:
    between = {text[end:start] for (_, end), (start, _) in pairwise(groups)}
    # One dot alone is that of a decimal number; other mixtures are dates, lists and measures.
    even = len({end - start for start, end in groups}) == 1
    decimal = len(groups) == 2 and between == {"."}
    return (even or len(between) == 1) and not decimal and _is_card(_joined(text, groups))


def _joined(text: str, groups: list[Span]) -> str:
    return "".join(text[start:end] for start, end in groups)


def _is_card(written: str) -> bool:
    """Whether digits of any script are of a network's length and have Luhn's check digit."""
    if not 13 <= len(written) <= 19:
        return False
    digits = [int(each) for each in written]
    prefix = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3]
    if len(digits) not in LENGTHS.get(prefix, ()):
        return False
    doubled = sum(each * 2 - 9 * (each > 4) for each in digits[-2::-2])
    return (sum(digits[-1::-2]) + doubled) % 10 == 0


def _is_phone(text: str, groups: list[Span]) -> bool:
    start = groups[0][0]
    before = text[max(start - FAR_FROM_PLUS, 0) : start].rstrip(" (")
    return before.endswith("+") and sum(end - start for start, end in groups) <= PHONE_DIGITS


def _is_part_of_an_id(text: str, span: Span) -> bool:
    """Whether the digits belong to a UUID, a digest in hexadecimal, or a bank account's number."""
    start, end = span
    near = (max(start - 128, 0), end + 128)
    return (
        any(each.start() < end and start < each.end() for each in UUID_SHAPE.finditer(text, *near))
        or any(
            each.start() <= start and end <= _account_end(each)
            for each in IBAN.finditer(text, *near)
        )
        or any(
            each.start() <= start and end <= each.end() and _is_digest(each[0])
            for each in HEX.finditer(text, *near)
        )
    )


def _is_digest(word: str) -> bool:
    return len(word) in DIGEST_LENGTHS and not word.isdigit()


def _account_end(match: re.Match[str]) -> int:
    """Where a bank account's number ends that begins here; before its start when it is none."""
    length = IBAN_LENGTHS.get(match[0][:2], 0)
    compact, end = "", match.start()
    for letter in match[0]:
        compact += letter.strip()
        end += 1
        if len(compact) == length:
            turned = compact[4:] + compact[:4]
            number = int("".join(str(int(each, 36)) for each in turned))
            return end if number % 97 == 1 else -1
    return -1
