"""The project's own Python files and what stands in them, for tests that read code."""

from __future__ import annotations

import ast
import io
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from msgspec import Struct

from domain.shared.aggregate import EVENTS, Event

ROOT = Path(__file__).parents[1]
PRODUCT = ("domain", "application", "adapters", "projections", "api", "workers", "deploy")

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Source(Struct, frozen=True):
    """One file: its path from the root, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def is_product(self) -> bool:
        """Whether it ships, and does not only test."""
        return not self.path.startswith("tests/")

    @property
    def module(self) -> str:
        """Its dotted name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def comments(self) -> Iterator[tuple[int, str]]:
        """Line numbers and texts of all comments."""
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string

    def functions(self) -> Iterator[Function]:
        """All functions and methods, nested ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    def classes(self) -> Iterator[ast.ClassDef]:
        """All classes, nested ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ClassDef):
                yield node

    def at(self, node: ast.AST) -> str:
        """Where a node stands, as editors understand it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the working tree that git knows or would add."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],  # noqa: S607  # git is wherever git is
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = []
    for path in sorted(set(listing.splitlines())):
        if (ROOT / path).exists():
            text = (ROOT / path).read_text(encoding="utf-8")
            found.append(Source(path, text, ast.parse(text)))
    return tuple(found)


def product() -> tuple[Source, ...]:
    """The files that ship."""
    return tuple(source for source in sources() if source.is_product)


def import_all(*packages: str) -> None:
    """Import every module of these packages, so that all registries are full."""
    for source in product():
        if source.path.split("/")[0] in packages and "__main__" not in source.path:
            import_module(source.module)


def product_events() -> dict[str, type[Event]]:
    """Every event of the product by its stored name, without those of tests."""
    import_all("domain", "application")
    return {
        topic: kind
        for topic, kind in sorted(EVENTS.items())
        if kind.__module__.split(".")[0] in PRODUCT
    }


def name_of(node: ast.expr) -> str:
    """The last name of a dotted or called expression: `litestar.get(...)` is `get`."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return name_of(node.value)
    return node.id if isinstance(node, ast.Name) else ""


def decorators(function: Function) -> list[str]:
    """The names of a function's decorators."""
    return [name_of(decorator) for decorator in function.decorator_list]


def bases(kind: ast.ClassDef) -> list[str]:
    """The names of a class's bases."""
    return [name_of(base) for base in kind.bases]
