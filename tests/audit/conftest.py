"""A chain over the log of the test's database."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.postgres.audit import Chain
from tests.audit.sealed import chain_of


@pytest.fixture
def chain(database_url: str, tmp_path: Path) -> Chain:
    """Nothing is sealed yet."""
    return chain_of(database_url, tmp_path)
