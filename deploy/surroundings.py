"""What a running `polikrami run` tells other commands: where its embedded servers are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

FILE = "surroundings.json"


def leave(data_dir: Path, surroundings: Mapping[str, str]) -> None:
    """Write down the addresses of what was started."""
    (data_dir / FILE).write_bytes(msgspec.json.encode(dict(surroundings)))


def clear(data_dir: Path) -> None:
    """Forget them: they have been stopped."""
    (data_dir / FILE).unlink(missing_ok=True)


def with_surroundings(env: Mapping[str, str]) -> dict[str, str]:
    """The environment, completed by what runs in its DATA_DIR; what is given wins."""
    data_dir = Path(env.get("POLIKRAMI_DATA_DIR") or env.get("DATA_DIR") or ".var")
    try:
        found = msgspec.json.decode((data_dir / FILE).read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError):
        return dict(env)
    given = {name for name in found if name in env or f"POLIKRAMI_{name}" in env}
    return {**env, **{name: value for name, value in found.items() if name not in given}}
