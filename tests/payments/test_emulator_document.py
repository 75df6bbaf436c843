"""docs/iyzico-emulator.md: every example is sent, and nothing there is goes without saying."""

from __future__ import annotations

import json
import re
import shlex
from typing import get_args

import httpx

from adapters.iyzico.emulator.faults import FaultKind
from adapters.iyzico.emulator.notices import NoticePlan
from adapters.iyzico.emulator.orders import HabitsOrder, TargetOrder
from adapters.iyzico.emulator.shopper import PAYS
from tests.payments.till import Till
from tests.sources import ROOT

PAGE = (ROOT / "docs" / "iyzico-emulator.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^curl .*$", PAGE, re.MULTILINE)
WEEK = 7 * 24 * 60 * 60


async def send(till: Till, example: str, known: dict[str, str]) -> httpx.Response:
    """Do what a line of the page does."""
    for name, value in known.items():
        example = example.replace(f"${name}", value)
    command, silent, url, *more = shlex.split(example, comments=True)
    assert (command, silent) == ("curl", "-s")
    if not more:
        return await till.browser.get(url)
    assert more[0] == "--json"
    return await till.browser.post(url, json=json.loads(more[1]))


async def test_every_example_can_be_sent(fresh_till: Till) -> None:
    paid = await fresh_till.paid(PAYS)
    await fresh_till.control("clock", advance_seconds=WEEK)
    payouts = await fresh_till.control("settle")
    known = {
        "EMULATOR": fresh_till.base_url,
        "TOKEN": (await fresh_till.visit()).form.token,
        "PAYMENT": paid.payment_id,
        "REFERENCE": payouts[0]["reference"],
    }
    assert len(EXAMPLES) > 20
    for example in EXAMPLES:
        reply = await send(fresh_till, example, known)
        assert reply.status_code == httpx.codes.OK, (example, reply.text)


async def test_all_it_can_do_is_told(fresh_till: Till) -> None:
    listed = await fresh_till.look("")
    for name in (*listed["GET"], *listed["POST"]):
        assert f"_control/{name} " in PAGE or f"`{name}`" in PAGE, name
    words = (*get_args(FaultKind), *get_args(NoticePlan))
    fields = (*HabitsOrder.__struct_fields__, *TargetOrder.__struct_fields__)
    missing = [word for word in (*words, *fields) if f"`{word}`" not in PAGE and word not in PAGE]
    assert missing == []
