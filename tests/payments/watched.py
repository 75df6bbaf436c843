"""An emulator whose every answer is held against the schema of iyzico's answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from adapters.iyzico.emulator import Emulator, EmulatorSettings
from adapters.iyzico.emulator.asked import MerchantCall
from adapters.iyzico.emulator.faults import Fault
from adapters.iyzico.emulator.wire import Reply, Request
from tests.payments.iyzico_schema import mistake_in


class WatchedEmulator(Emulator):
    """Notes in `mistakes` what is wrong with answers that no fault was ordered for."""

    def __init__(self, settings: EmulatorSettings, clock: Callable[[], datetime] | None) -> None:
        super().__init__(settings, clock)
        self.mistakes: list[str] = []

    def _merchant(self, request: Request, call: MerchantCall, *, fault: Fault | None) -> Reply:
        reply = super()._merchant(request, call, fault=fault)
        mistake = mistake_in(f"{request.method} {request.path}", reply.body)
        if mistake and fault is None:
            self.mistakes.append(mistake)
        return reply
