"""The house rules that a program can check, so that review is about ideas."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import PurePath

from projections import READ_MODELS
from projections.base import ReadModel
from tests.event_docs import METHODS
from tests.sources import (
    ROOT,
    Function,
    Source,
    bases,
    decorators,
    import_all,
    name_of,
    product,
    sources,
)

LONGEST_FILE = {True: 400, False: 600}
"""Lines of a file that ships, and of one that tests."""
LONGEST_FUNCTION = 40
MOST_PARAMETERS = 5
MOST_POSITIONAL = 2

FORBIDDEN_FILES = {"utils", "util", "helpers", "helper", "common", "managers", "misc"}
FORBIDDEN_ENDINGS = ("Manager", "Service", "DTO", "Helper", "Helpers", "Utils", "Util")
LATER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
BANNER = re.compile(r"[-=*#~_]{4,}")
SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<code>\s*:\s*[A-Z]+\d|\[[a-z-]+)?")
REASON = re.compile(
    r"#\s*(?:noqa\s*:\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*|type:\s*ignore\[[\w, -]+\])(?P<rest>.*)"
)

OURS = {"property", "cached_property", "classmethod", "staticmethod", "cache", "lru_cache"}
OURS |= {"contextmanager", "asynccontextmanager", "overload", "override", "abstractmethod"}
"""Decorators that leave the calling to us; any other hands the function to a framework, which
decides what is passed to it and how."""

NAMED_BY_LIBRARIES = {
    "handle_DATA",  # aiosmtpd
    "redact",  # structlog calls its processors with three
    "select_notifications",  # eventsourcing
    "one",  # as everywhere in SQL: the query, then its parameters
    "all",
}
"""Functions that are called as a library has it."""

STORIES_OF_THE_CORE = {"bus", "links", "ports", "file_links", "processes", "store", "terms"}
STORIES_OF_THE_CORE |= {"__init__", "anonymous", "four_eyes", "history", "past", "person_keys"}
STORIES_OF_THE_CORE |= {"line_returns", "money_back", "tables", "tracing", "turns", "work"}

IMPURE_MODULES = {"random", "secrets", "os", "time", "socket", "subprocess", "asyncio"}
MAY_WAIT = {"application/bus.py", "application/turns.py"}
"""Commands of one process wait for each other there."""
IMPURE_CALLS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today")}
IMPURE_CALLS |= {("date", "today"), ("uuid", "uuid4"), ("uuid", "uuid1")}


def none(offences: Iterable[str]) -> None:
    """There are no offences."""
    found = sorted(offences)
    assert not found, "\n".join(["", *found])


def test_every_file_says_in_one_line_what_it_is_for() -> None:
    none(source.path for source in sources() if not _said(source))


def test_files_stay_short_enough_to_be_read_at_once() -> None:
    none(
        f"{source.path} has {lines} lines"
        for source in sources()
        if (lines := source.text.count("\n")) > LONGEST_FILE[source.is_product]
    )


def test_functions_fit_on_a_screen() -> None:
    none(
        f"{source.at(function)} {function.name} has {lines} lines"
        for source in sources()
        for function in source.functions()
        if (lines := _lines(function)) > LONGEST_FUNCTION
    )


def test_functions_take_few_parameters() -> None:
    none(
        f"{source.at(function)} {function.name} takes {taken}"
        for source, function in _called_by_us()
        if (taken := len(_positional(function)) + len(function.args.kwonlyargs)) > MOST_PARAMETERS
    )


def test_parameters_are_named_from_the_third() -> None:
    none(
        f"{source.at(function)} {function.name}({', '.join(_positional(function))})"
        for source, function in _called_by_us()
        if len(_positional(function)) > MOST_POSITIONAL
    )


def test_files_are_named_after_what_is_in_them() -> None:
    none(source.path for source in sources() if PurePath(source.path).stem in FORBIDDEN_FILES)


def test_classes_are_named_after_what_they_are() -> None:
    none(
        f"{source.at(kind)} {kind.name}"
        for source in sources()
        for kind in source.classes()
        if kind.name.endswith(FORBIDDEN_ENDINGS)
    )


def test_nothing_is_left_for_later() -> None:
    none(
        f"{source.path}:{number}"
        for source in sources()
        for number, line in enumerate(source.text.splitlines(), start=1)
        if LATER.search(line)
    )


def test_comments_are_no_banners() -> None:
    none(
        f"{source.path}:{number} {comment}"
        for source in sources()
        for number, comment in source.comments()
        if BANNER.search(comment)
    )


def test_suppressed_rules_are_named_and_have_a_reason() -> None:
    none(
        f"{source.path}:{number} {comment}"
        for source in sources()
        for number, comment in source.comments()
        if (found := SUPPRESSION.search(comment))
        and not (found["code"] and _has_reason(source, number, comment))
    )


def test_rules_know_no_clock_no_chance_and_no_world() -> None:
    none(
        f"{source.at(node)} {what}"
        for source in product()
        if source.path.startswith(("domain/", "application/"))
        for node, what in _impurities(source.tree)
        if not (source.path in MAY_WAIT and what == "asyncio")
    )


def test_every_story_has_tests_of_its_own() -> None:
    stories = {
        PurePath(source.path).parts[1].removesuffix(".py")
        for source in product()
        if source.path.startswith("application/")
    }
    none(
        f"application/{story} has no tests/{story}/test_*.py"
        for story in stories - STORIES_OF_THE_CORE
        if not list((ROOT / "tests" / story).glob("test_*.py"))
    )


def test_ports_say_what_they_promise() -> None:
    none(
        f"{source.at(node)} {kind.name}.{getattr(node, 'name', '')}"
        for source in product()
        for kind in source.classes()
        if "Protocol" in bases(kind) and source.path.startswith("application/")
        for node in (kind, *(each for each in kind.body if isinstance(each, Function)))
        if not ast.get_docstring(node)
    )


def test_what_can_be_asked_says_what_it_means() -> None:
    none(
        f"{source.at(kind)} {kind.name}"
        for source in product()
        for kind in source.classes()
        if {"Command", "Job", "Aggregate"} & set(bases(kind)) and not ast.get_docstring(kind)
    )


def test_tests_are_sentences() -> None:
    none(
        f"{source.at(function)} {function.name}"
        for source in sources()
        if PurePath(source.path).name.startswith("test_")
        for function in source.functions()
        if function.name.startswith("test_")
        and (function.name.count("_") < 2 or re.search(r"_\d{1,2}$", function.name))
    )


def test_tests_pretend_nothing_and_never_sleep() -> None:
    none(
        f"{source.at(node)} {what}"
        for source in sources()
        if not source.is_product
        for node in ast.walk(source.tree)
        for what in _pretences(node)
    )


def test_endpoints_say_what_they_are_for() -> None:
    none(
        f"{source.at(function)} {function.name} lacks {missing}"
        for source in product()
        if source.path.startswith("api/")
        for kind in source.classes()
        if "Controller" in bases(kind) and not _hidden(kind)
        for function in kind.body
        if isinstance(function, Function)
        for missing in _missing_words(function)
    )


def test_no_two_endpoints_are_called_the_same() -> None:
    names = [
        str(keyword.value.value)
        for source in product()
        for function in source.functions()
        for route in _routes(function)
        for keyword in route.keywords
        if keyword.arg == "operation_id" and isinstance(keyword.value, ast.Constant)
    ]
    none(name for name, times in Counter(names).items() if times > 1)


def test_each_decision_has_a_number_of_its_own() -> None:
    paths = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(path.name[:4]) for path in paths] == list(range(1, len(paths) + 1))
    titles = [path.read_text(encoding="utf-8").splitlines()[0] for path in paths]
    assert [title.split(". ")[0] for title in titles] == [f"# {int(p.name[:4])}" for p in paths]


def test_every_read_model_is_kept_up_to_date() -> None:
    import_all("projections")
    kept = set(map(id, READ_MODELS))
    none(
        f"{source.module}.{name} is not in projections.READ_MODELS"
        for source in product()
        if source.path.startswith("projections/")
        for name, each in vars(import_module(source.module)).items()
        if isinstance(each, ReadModel) and id(each) not in kept
    )


def _said(source: Source) -> bool:
    first = (ast.get_docstring(source.tree) or "").split("\n\n")[0]
    return bool(first) and len(first.splitlines()) <= 2


def _lines(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _called_by_us() -> Iterator[tuple[Source, Function]]:
    """Functions of the product whose parameters nobody else decides on."""
    for source in product():
        for function in source.functions():
            dunder = function.name.startswith("__") and function.name.endswith("__")
            if dunder or function.name in NAMED_BY_LIBRARIES:
                continue
            if set(decorators(function)) <= OURS:
                yield source, function


def _positional(function: Function) -> list[str]:
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _has_reason(source: Source, number: int, comment: str) -> bool:
    found = REASON.search(comment)
    if found and re.search(r"\w{2,}", found["rest"]):
        return True
    above = source.text.splitlines()[number - 2].strip() if number > 1 else ""
    return above.startswith("#")


def _impurities(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                imported = [name.name.split(".")[0] for name in names]
            case ast.ImportFrom(module=str(module), names=names):
                imported = [module.split(".")[0], *(f"{module}.{name.name}" for name in names)]
            case ast.Attribute(value=ast.Name(id=owner), attr=attribute):
                imported = [f"{owner}.{attribute}"]
            case _:
                continue
        impure = IMPURE_MODULES | {f"{owner}.{called}" for owner, called in IMPURE_CALLS}
        for each in imported:
            if each in impure:
                yield node, each


def _pretences(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.ImportFrom(module="unittest", names=names) if any(n.name == "mock" for n in names):
            yield "unittest.mock"
        case ast.ImportFrom(module="unittest.mock"):
            yield "unittest.mock"
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="sleep"), args=[pause]):
            if owner in {"time", "asyncio"} and getattr(pause, "value", 1) != 0:
                yield f"{owner}.sleep"


def _routes(function: Function) -> list[ast.Call]:
    """The decorators by which a function answers requests."""
    return [
        decorator
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call) and name_of(decorator) in METHODS
    ]


def _hidden(kind: ast.ClassDef) -> bool:
    """Whether a controller serves pages for people, which are no part of the interface."""
    return any(ast.unparse(node) == "include_in_schema = False" for node in kind.body)


def _missing_words(function: Function) -> Iterator[str]:
    for route in _routes(function):
        given = {keyword.arg: keyword.value for keyword in route.keywords}
        if "include_in_schema" in given and ast.unparse(given["include_in_schema"]) == "False":
            return
        yield from {"operation_id", "summary"} - set(given)
        if not ast.get_docstring(function):
            yield "a docstring"
