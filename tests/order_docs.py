"""The drawing and tables of docs/orders.md, from the rules: `python -m tests.order_docs`."""

from __future__ import annotations

import inspect
import re
import sys

from application.work import REACTIONS, Reaction
from domain.orders import EDGES, HOLDABLE, UNPRINTED
from domain.shared.aggregate import Event
from tests.orders.walking import DECISIONS, edges_taken, walks
from tests.sources import ROOT, import_all

DOCUMENT = ROOT / "docs" / "orders.md"
MADE = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
ABOUT = ("order.", "payment.", "design.", "print_job.", "shipment.", "return.")
"""The beginnings of the names of events that are on an order's way."""


def drawn() -> str:
    """The graph, as Mermaid draws it."""
    taken = edges_taken()
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> awaiting_payment: place"]
    for before, ends in EDGES.items():
        lines += [
            f"    {before} --> {after}: {', '.join(sorted(taken[before, after]))}" for after in ends
        ]
        if not ends:
            lines.append(f"    {before} --> [*]")
    return "\n".join([*lines, "```"])


def beside() -> str:
    """What is decided without moving the order, and where."""
    found: dict[str, set[str]] = {name: set() for name in DECISIONS}
    kinds: dict[str, set[str]] = {name: set() for name in DECISIONS}
    for walk in walks():
        if walk.happened and walk.after == walk.before:
            found[walk.decision].add(walk.before)
            kinds[walk.decision] |= {each.TOPIC for each in walk.happened}
    rows = ["| decision | tells | in these states |", "|---|---|---|"]
    for name, states in found.items():
        if states:
            where = ", ".join(state for state in EDGES if state in states)
            told = ", ".join(f"`{kind}`" for kind in sorted(kinds[name]))
            rows.append(f"| `{name}` | {told} | {where} |")
    return "\n".join(rows)


def timers() -> str:
    """What comes by itself when its time is there."""
    import_all("domain", "application")
    rows = ["| after | comes later | because |", "|---|---|---|"]
    found = [
        (kind.TOPIC, *_later(reaction))
        for kind, reactions in REACTIONS.items()
        for reaction in reactions
        if kind.TOPIC.startswith(ABOUT) and _later(reaction)
    ]
    rows += [f"| `{topic}` | `{command}` | {why} |" for topic, command, why in sorted(found)]
    return "\n".join(rows)


def sets() -> str:
    """Where holds and addresses matter."""
    return "\n".join(
        f"* {words}: {', '.join(state for state in EDGES if state in states)}"
        for words, states in (
            ("An order can be held in", HOLDABLE),
            ("The delivery address can change in", UNPRINTED),
        )
    )


def _later(reaction: Reaction) -> tuple[str, str] | tuple[()]:
    """The command that a reaction arranges for later, and why; nothing where it arranges none."""
    source = inspect.getsource(reaction)
    for helper in re.findall(r"\b_\w+(?=\()", source):
        function = getattr(inspect.getmodule(reaction), helper, None)
        if inspect.isfunction(function):
            source += inspect.getsource(function)
    if "Later(" not in source:
        return ()
    named = r"(?:Later\(|command = |return )([A-Z]\w+)\("
    command = next(name for name in re.findall(named, source) if name != "Later")
    return command, " ".join((inspect.getdoc(reaction) or "").split())


def written_into(text: str) -> str:
    """The page with all that is made from the rules made anew."""
    parts = {"graph": drawn, "beside": beside, "timers": timers, "sets": sets}
    return MADE.sub(lambda found: f"{found[1]}{parts[found[2]]()}\n{found[3]}", text)


def topics() -> set[str]:
    """The names of all events that happen by decisions about orders."""
    kinds: set[type[Event]] = {each for walk in walks() for each in walk.happened}
    return {each.TOPIC for each in kinds}


if __name__ == "__main__":
    DOCUMENT.write_text(written_into(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.relative_to(ROOT)} is up to date\n")
