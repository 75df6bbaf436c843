"""A local iyzico: the calls, the hosted page, webhooks and faults, for development and tests."""

from adapters.iyzico.emulator.app import Emulator, create_emulator
from adapters.iyzico.emulator.running import Certificate, running
from adapters.iyzico.emulator.settings import EmulatorSettings
from adapters.iyzico.emulator.shopper import Screen, Shopper

__all__ = [
    "Certificate",
    "Emulator",
    "EmulatorSettings",
    "Screen",
    "Shopper",
    "create_emulator",
    "running",
]
