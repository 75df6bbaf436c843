"""Fixtures for tests about taking money and giving it back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from tests.payments.receiver import HOUR, Receiver, receiving
from tests.payments.till import SETTINGS, Till, till_at


@pytest.fixture(scope="session")
async def shared_till() -> AsyncIterator[Till]:
    """One till for all tests that look only at their own payments."""
    async with till_at() as opened:
        yield opened


@pytest.fixture
async def till(shared_till: Till) -> AsyncIterator[Till]:
    """The shared till; faults and plans a test has left over are taken back."""
    yield shared_till
    await shared_till.control("faults/clear")
    assert shared_till.mistakes == []


@pytest.fixture
async def fresh_till() -> AsyncIterator[Till]:
    """A till in front of an emulator that nobody else uses, for tests of its book or its clock."""
    async with till_at() as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Takes webhooks and returning browsers."""
    async with receiving() as taking:
        yield taking


@pytest.fixture
async def notified(receiver: Receiver) -> AsyncIterator[Till]:
    """A till whose provider sends signed webhooks to the receiver, late by an hour of its clock."""
    settings = replace(
        SETTINGS,
        webhook_url=f"{receiver.url}/webhook",
        webhook_delay_seconds=HOUR,
        sign_webhooks=True,
    )
    async with till_at(settings) as till:
        yield till
