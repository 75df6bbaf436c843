"""The tables of docs/ledger.md, made from the chart and from the code of the posting rules.

`python -m tests.ledger.documented` writes them.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator

from domain.ledger import BOOKINGS, CHART, UNBOOKED
from tests.sources import ROOT

PAGE = ROOT / "docs" / "ledger.md"
CALLS = {"money", "counted", "_moved"}
BLANK = re.compile(r"\s+")


def page(text: str) -> str:
    """The page with its tables as the code has them now."""
    for name, lines in (("chart", _chart()), ("rules", _rules()), ("unbooked", _unbooked())):
        first, last = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(first)
        _, _, after = rest.partition(last)
        text = before + first + "".join(f"{line}\n" for line in lines) + last + after
    return text


def _chart() -> Iterator[str]:
    yield "| Code | Account | Türkçe | English | Unit | Kind | Grows by |"
    yield "|---|---|---|---|---|---|---|"
    for each in CHART:
        yield (
            f"| {each.code} | `{each.key}` | {each.name_tr} | {each.name_en} | {each.unit}"
            f" | {each.kind.replace('_', ' ')} | {each.normal} |"
        )


def _rules() -> Iterator[str]:
    yield "| Event | What it means | Movement | Debit | Credit | Amount |"
    yield "|---|---|---|---|---|---|"
    for kind, booking in BOOKINGS.items():
        said = BLANK.sub(" ", inspect.getdoc(booking.rule) or "")
        event = f"`{kind.TOPIC}`"
        for call in _calls(booking.rule):
            yield f"| {event} | {said} | {' | '.join(_cells(call))} |"
            event = said = ""


def _unbooked() -> Iterator[str]:
    yield "| Events | Why they are not booked |"
    yield "|---|---|"
    for reason in dict.fromkeys(UNBOOKED.values()):
        topics = sorted(kind.TOPIC for kind, why in UNBOOKED.items() if why == reason)
        yield f"| {', '.join(f'`{topic}`' for topic in topics)} | {reason} |"


def _calls(rule: object) -> Iterator[ast.Call]:
    """The calls of a rule that make postings, in order."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(rule)))  # type: ignore[arg-type]  # a function
    for node in ast.walk(tree):
        if isinstance(node, ast.YieldFrom) and isinstance(node.value, ast.Call):
            name = node.value.func
            assert isinstance(name, ast.Name)
            assert name.id in CALLS
            yield node.value


def _cells(call: ast.Call) -> Iterator[str]:
    name = call.func
    assert isinstance(name, ast.Name)
    sides = {each.arg: each.value for each in call.keywords}
    ending = "" if name.id == "money" else "_*class*"
    amount, movement = call.args
    yield _words(movement)
    yield _accounts(sides["debit"]) + ending
    yield _accounts(sides["credit"]) + ending
    yield f"`{ast.unparse(amount)}`" + ("" if name.id == "money" else ", by class")


def _accounts(side: ast.expr) -> str:
    if isinstance(side, ast.IfExp):
        return f"{_accounts(side.body)} if {ast.unparse(side.test)}, else {_accounts(side.orelse)}"
    return _words(side)


def _words(value: ast.expr) -> str:
    return str(value.value) if isinstance(value, ast.Constant) else f"`{ast.unparse(value)}`"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
