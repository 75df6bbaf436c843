"""Runs every check one after the other and says at the end which of them failed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

CHECKS = {
    "style": ("ruff", "check", "."),
    "form": ("ruff", "format", "--check", "."),
    "types": ("mypy",),
    "imports": ("lint-imports",),
    "tests": ("pytest", "--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile"),
}


def main() -> int:
    """The exit status: 0 when all checks passed."""
    programs = Path(sys.executable).parent
    summary: list[str] = []
    failed = False
    for name, (program, *arguments) in CHECKS.items():
        sys.stdout.write(f"\n== {name}: {program} {' '.join(arguments)}\n")
        sys.stdout.flush()
        began = time.monotonic()
        passed = subprocess.run([programs / program, *arguments], check=False).returncode == 0  # noqa: S603  (our own tools)
        failed |= not passed
        seconds = time.monotonic() - began
        summary.append(f"{'passed' if passed else 'FAILED'}  {name:<8} {seconds:7.1f} s")
    sys.stdout.write("\n" + "\n".join(summary) + "\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
