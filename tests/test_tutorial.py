"""docs/first-story.md is followed in a copy of the product: files, changes, commands, answers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from tests.sources import ROOT

PAGE = ROOT / "docs" / "first-story.md"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = 180


class Block(Struct, frozen=True):
    """A fenced block of the page: its language, the word behind it, and the text."""

    language: str
    target: str
    text: str


def blocks() -> list[Block]:
    """All blocks in their order."""
    page = PAGE.read_text(encoding="utf-8")
    return [Block(found[1], found[2] or "", found[3]) for found in BLOCK.finditer(page)]


class Reader:
    """Somebody who does what the page says."""

    def __init__(self, checkout: Path, *, server_url: str, database_url: str) -> None:
        self.checkout = checkout
        self.said = ""
        self.made: list[str] = []
        self._environment = os.environ | {
            "DATABASE_URL": database_url,
            "TEST_DATABASE_URL": server_url,
            "PYTHONPATH": str(checkout),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def does(self, block: Block) -> None:
        """Write, change, run or compare."""
        match block.language:
            case "python" | "toml":
                self._write(block)
            case "diff":
                self._change(block)
            case "sh":
                lines = block.text.splitlines()
                self.said = "".join(self.run(line, fails=block.target == "!") for line in lines)
            case "text":
                assert fits(block.text, self.said), f"expected:\n{block.text}\nsaid:\n{self.said}"
            case _:
                raise AssertionError(f"nobody knows what to do with {block.language}")

    def run(self, command: str, *, fails: bool = False) -> str:
        """What a command says; it has to fail or not, as the page has it."""
        done = subprocess.run(  # noqa: S602  # the page is our own, and is read as people read it
            command,
            shell=True,
            cwd=self.checkout,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert bool(done.returncode) == fails, f"{command}\n{done.stdout}"
        return done.stdout

    def _write(self, block: Block) -> None:
        path = self.checkout / block.target
        before = path.read_text(encoding="utf-8") + "\n\n" if path.exists() else ""
        if not before:
            self.made.append(block.target)
        path.parent.mkdir(exist_ok=True)
        path.write_text(before + block.text, encoding="utf-8")

    def _change(self, block: Block) -> None:
        path = self.checkout / block.target
        text = path.read_text(encoding="utf-8")
        for hunk in block.text.split("@@\n"):
            old, new = side(hunk, "-"), side(hunk, "+")
            assert text.count(old) == 1, f"{block.target} has this {text.count(old)} times:\n{old}"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")


def side(hunk: str, mark: str) -> str:
    """The lines before a change (`-`) or after it (`+`)."""
    return "".join(line[1:] for line in hunk.splitlines(keepends=True) if line[0] in {" ", mark})


def fits(expected: str, said: str) -> bool:
    """Whether what was said ends as expected; … stands for anything."""
    pattern = ".*".join(map(re.escape, expected.strip("\n").split("…")))
    return re.search(rf"^{pattern}$\s*\Z", said, re.MULTILINE | re.DOTALL) is not None


@pytest.fixture
def reader(tmp_path: Path, postgres_url: str, database_url: str) -> Iterator[Reader]:
    """A reader with a checkout of the working tree and an empty database."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    listing = _git("ls-files", "--cached", "--others", "--exclude-standard", at=ROOT)
    for name in listing.splitlines():
        if (ROOT / name).is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, checkout / name)
    (checkout / ".venv").symlink_to(sys.prefix)
    _git("init", "--quiet", at=checkout)
    yield Reader(checkout, server_url=postgres_url, database_url=database_url)
    shutil.rmtree(checkout)


def _git(*arguments: str, at: Path) -> str:
    command = ["git", *arguments]
    return subprocess.run(  # noqa: S603  # git is wherever git is
        command, cwd=at, check=True, capture_output=True, text=True
    ).stdout


def test_whoever_follows_the_first_story_sees_what_it_promises(reader: Reader) -> None:
    for block in blocks():
        reader.does(block)
    files = " ".join(each for each in reader.made if each.endswith(".py"))
    reader.run(f".venv/bin/ruff check --no-cache {files}")
    reader.run(f".venv/bin/ruff format --no-cache --check {files}")


def test_what_the_page_expects_is_compared() -> None:
    assert fits("b\n2 passed in …\n", "a\nb\n2 passed in 0.31s\n")
    assert not fits("b\n2 passed in …\n", "a\nbb\n3 passed in 0.31s\n")
    assert not fits("a\n", "a\nb\n")
