"""The stand-ins for the world outside are for one machine, never for production."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.emulators import emulate
from deploy.faults import SetupFault
from deploy.settings import load_settings
from tests.deploy.test_settings import production


async def test_production_starts_no_emulator(data_dir: Path) -> None:
    settings = load_settings(production(data_dir))
    with pytest.raises(SetupFault, match="simulates nothing"):
        await emulate(settings)
    assert not (data_dir / "emulators").exists()
