"""What a whole town did, asked of it by other rules and with the wrong key."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from tests.security.town import Town
from tests.slices.conftest import Polikrami, refused

WRONG_KEY = "bm90IHRoZSBrZXkgdGhhdCBoYXMgc2lnbmVkIGl0ISE="


async def test_the_present_rules_give_what_the_whole_system_booked(
    town: Town, polikrami: Polikrami, source: dict[str, str]
) -> None:
    head = await town.system.event_log.head()

    def walk() -> None:
        Path("dearer.toml").write_text("[generation]\nprices = [150]\n[prices]\ncover = 1000\n")
        told = polikrami(source, "what-if", "dearer.toml")
        assert told.exit_code == 0, (told.output, told.exception)
        assert f"History up to {head} was" in told.output
        assert "The present rules give exactly what is booked." in told.output
        # Two generations of two drafts, and five covers that were paid for.
        assert re.search(r"credits spent\W+200\W+300\W+\+100", told.output)
        assert re.search(r"money kept\W.*-1,300\.00", told.output)

    await asyncio.to_thread(walk)


async def test_the_wrong_master_key_is_told_and_nothing_is_written(
    town: Town, polikrami: Polikrami, source: dict[str, str]
) -> None:
    head = await town.system.event_log.head()
    env = source | {"MASTER_KEY": WRONG_KEY}

    def walk() -> None:
        Path("more.toml").write_text("[welcome]\ncredits = 600\n")
        for command in (
            ("slice", "--around", str(head), "--before", "999", "--out", "x"),
            ("show", town.things["person_id"]),
            ("what-if", "more.toml"),
        ):
            told = refused(polikrami(env, *command))
            assert "which neither MASTER_KEY nor MASTER_KNOWN_KEYS has" in told
        assert not Path("x").exists()

    await asyncio.to_thread(walk)
