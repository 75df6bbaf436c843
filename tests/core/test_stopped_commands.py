"""A command that is told to stop clears its half-written files away."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sources import ROOT

WRITING = """
import signal, sys
from adapters.postgres.transfer.files import new_file
from deploy import cli

# A shell has its background ignore this one, and children would go on with that.
signal.signal(signal.SIGINT, signal.default_int_handler)

@cli.app.command()
def write_for_long(name: str) -> None:
    with new_file(name) as part:
        part.write_text("half")
        print("writing", flush=True)
        signal.pause()

cli.main()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_command_that_is_told_to_stop_leaves_nothing_half_done(
    tmp_path: Path, number: signal.Signals
) -> None:
    command = [sys.executable, "-c", WRITING, "write-for-long", str(tmp_path / "log")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # ourselves
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        assert [each.name for each in tmp_path.iterdir()] == ["log.part"]
        process.send_signal(number)
        assert process.wait(20) == 128 + number
    assert not list(tmp_path.iterdir())
