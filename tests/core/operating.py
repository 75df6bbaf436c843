"""A process in which an operator types one command after the other: JSON lines in and out."""

from __future__ import annotations

import contextlib
import io
import json
import sys

from deploy.cli import main


def run(arguments: list[str]) -> tuple[int, str, str]:
    """The exit status of `polikrami` with these arguments, and what it said."""
    out, errors = io.StringIO(), io.StringIO()
    sys.argv = ["polikrami", *arguments]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            main()
            status = 0
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return status, out.getvalue(), errors.getvalue()


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()
