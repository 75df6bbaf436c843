"""Each alarm has a page in the runbook, and what pages name is there: metrics, commands, SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer.main
import yaml  # type: ignore[import-untyped]  # it has no types of its own
from msgspec import Struct
from prometheus_client import REGISTRY

from deploy.cli import app
from tests.sources import ROOT, import_all, product

RULES = ROOT / "deploy" / "alerts.yaml"
RUNBOOK = ROOT / "docs" / "runbook"
INDEX = RUNBOOK / "README.md"
PAGES = sorted(set(RUNBOOK.glob("*.md")) - {INDEX})
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])

HEADINGS = (
    "What it means",
    "What users notice",
    "How to look",
    "What to do",
    "When it is over",
)
PROMETHEUS_OWN = {"up"}
"""Metrics that Prometheus itself has of whatever it scrapes."""
PROMQL = {"by", "increase", "max", "sum"}
SNAKE = re.compile(r"[a-z]+(?:_[a-z]+)+")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
every_page = pytest.mark.parametrize("page", [INDEX, *PAGES], ids=lambda page: page.stem)


class Rule(Struct, frozen=True):
    """An alerting rule: its name, its condition, who is woken, and the page about it."""

    alert: str
    expression: str
    severity: str
    runbook: str


def rules() -> list[Rule]:
    """All rules, in their order."""
    loaded: Any = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    return [
        Rule(
            each["alert"],
            each["expr"],
            each["labels"]["severity"],
            each["annotations"]["runbook"],
        )
        for group in loaded["groups"]
        for each in group["rules"]
    ]


def metrics_in(expression: str) -> set[str]:
    """The metrics that a condition looks at."""
    plain = re.sub(r"\{[^}]*\}|\[[^]]*\]|\bby \([^)]*\)", " ", expression)
    return set(re.findall(r"[a-z_]+", plain)) - PROMQL


def told_metrics() -> set[str]:
    """The names under which the product's processes tell something, as Prometheus sees them."""
    import_all("domain", "application", "adapters", "projections", "api", "workers", "deploy")
    collectors = REGISTRY._names_to_collectors
    return {
        name
        for name, collector in collectors.items()
        if not name.startswith(("process_", "python_")) and not name.endswith("_created")
        if type(collector).__module__.startswith("prometheus_client.metrics")
    }


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert {each.runbook for each in rules()} == {str(page.relative_to(ROOT)) for page in PAGES}
    for rule in rules():
        text = (ROOT / rule.runbook).read_text(encoding="utf-8")
        assert f"Alarm: `{rule.alert}`." in text, rule.runbook


def test_the_index_has_a_row_for_each_rule() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (\w+) \| .+ \| \[(.+)\]\(\3\.md\) \|$",
        INDEX.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert rows == [(each.alert, each.severity, Path(each.runbook).stem) for each in rules()]
    assert len({each.alert for each in rules()}) == len(rules())


@each_page
def test_pages_have_all_their_parts_in_order(page: Path) -> None:
    parts = re.split(r"^## (.+)\n", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert tuple(parts[1::2]) == HEADINGS
    assert all(len(text.split()) > 3 for text in parts[2::2])


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.alert)
def test_rules_look_at_metrics_that_somebody_tells(rule: Rule) -> None:
    assert metrics_in(rule.expression)
    assert metrics_in(rule.expression) - PROMETHEUS_OWN <= told_metrics()


@every_page
def test_pages_speak_of_things_that_the_product_knows(page: Path) -> None:
    text = re.sub(
        r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    spoken = {name for code in re.findall(r"`([^`/]+)`", text) for name in SNAKE.findall(code)}
    scripts = (ROOT / "adapters" / "postgres" / "sql").glob("*.sql")
    written = [
        *(each.text for each in product()),
        *(each.read_text(encoding="utf-8") for each in scripts),
    ]
    known = told_metrics() | {name for each in written for name in SNAKE.findall(each)}
    assert sorted(spoken - known - {"pg_terminate_backend"}) == []


@every_page
def test_commands_on_pages_can_be_typed(page: Path) -> None:
    for line in commands_on(page):
        refuse_unknown_words(line.split()[1:], line)


@every_page
def test_queries_on_pages_can_be_asked(page: Path, database_url: str) -> None:
    blocks = re.findall(
        r"^ *```sql\n(.*?)^ *```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    with psycopg.connect(database_url) as connection:
        for block in blocks:
            connection.execute(block)


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def commands_on(page: Path) -> Iterator[str]:
    """What is to be typed, in blocks and within sentences."""
    text = page.read_text(encoding="utf-8")
    yield from re.findall(r"^(polikrami .+)$", text, re.MULTILINE)
    for code in re.findall(r"`(polikrami [^`]+)`", text):
        if "…" not in code:
            yield re.sub(r"\s+", " ", code)


def refuse_unknown_words(words: list[str], line: str) -> None:
    """Follow the words through the command line's own commands and options."""
    command: Any = typer.main.get_command(app)
    while commands := getattr(command, "commands", None):
        assert words, f"{line}: there is more to say"
        assert words[0] in commands, f"{line}: there is no {words[0]}"
        command, words = commands[words[0]], words[1:]
    options = {name for each in command.params for name in each.opts}
    assert {word for word in words if word.startswith("--")} <= options, line
