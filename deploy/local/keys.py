"""Keys of a local installation: drawn once, kept in a file only its owner can read."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from deploy.faults import SetupFault
from deploy.local.folders import data_folder

FILE = "secrets.json"


def stored_keys(data_dir: Path) -> frozenset[str]:
    """The values of all local keys in `data_dir`; empty when there are none."""
    try:
        return frozenset(_read(data_dir / FILE).values())
    except (FileNotFoundError, PermissionError, SetupFault):
        return frozenset()


def local_keys(data_dir: Path, names: Sequence[str]) -> dict[str, str]:
    """The keys called `names`, each 32 random bytes in base64; missing ones are drawn and kept.

    Existing keys are never replaced: personal data could not be read again.
    """
    path = data_folder(data_dir) / FILE
    try:
        keys = _read(path)
    except FileNotFoundError:
        keys = {}
    except PermissionError:
        raise SetupFault(
            f"{path} can't be read by this user; give it to them or set DATA_DIR to another folder"
        ) from None
    missing = [name for name in names if name not in keys]
    if missing:
        drawn = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in missing}
        keys = _keep(path, keys | drawn, replace=bool(keys))
    return {name: keys[name] for name in names}


def _read(path: Path) -> dict[str, str]:
    try:
        keys = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        keys = None
    if not isinstance(keys, dict):
        raise SetupFault(f"{path} is damaged; restore it, or delete {path.parent} to start anew")
    return {str(name): str(value) for name, value in keys.items()}


def _keep(path: Path, keys: dict[str, str], *, replace: bool) -> dict[str, str]:
    """Written whole or not at all; when two processes begin at once, the first one's keys win."""
    draft = path.with_name(f"{FILE}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(keys, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    try:
        if replace:
            draft.replace(path)
        else:
            path.hardlink_to(draft)
    except FileExistsError:
        return _read(path)
    finally:
        draft.unlink(missing_ok=True)
    return keys
