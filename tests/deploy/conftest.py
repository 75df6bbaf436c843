"""A data folder that local servers can reach, whoever runs the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.folders import temporary_data_folder


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with temporary_data_folder() as folder:
        yield folder
