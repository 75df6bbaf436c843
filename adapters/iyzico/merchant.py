"""Our merchant account at iyzico: every question goes through here, paced, bounded and typed."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPException
from typing import Any, TypeVar

from iyzipay import ApiTest
from msgspec import Struct

from adapters.iyzico.answers import RATE_LIMITED, Answer, BrokenAnswer, failure, has_succeeded
from adapters.iyzico.answers import read_answer as read
from adapters.iyzico.connection import Caller, endpoint_of
from adapters.iyzico.limits import Pace
from application.ports import Declined, Misconfigured, Obstacle, RateLimited, Unknown
from application.tracing import SpanKind, span

Outcome = TypeVar("Outcome")
Send = Callable[[Any, dict[str, str]], Any]


class Patience(Struct, frozen=True):
    """How long and how often at once iyzico is waited for; a call ends within twice the time-out,
    not counting the wait for its turn.
    """

    timeout_seconds: float = 20
    max_in_flight: int = 8


class Merchant:
    """Asks iyzico in the name of one account.

    `base_url` is `https://host[:port]`, or `http://` with a loopback host for the emulator;
    anything else raises `ValueError`. Calls run in threads of their own.
    """

    def __init__(
        self,
        api_key: str,
        secret_key: str,
        *,
        base_url: str,
        patience: Patience = Patience(),  # noqa: B008 - it is frozen
        pace: Pace | None = None,
    ) -> None:
        endpoint = endpoint_of(base_url)
        self.secret_key = secret_key
        self._pace = pace or Pace()
        self._caller = Caller(
            {"api_key": api_key, "secret_key": secret_key, "base_url": endpoint.host},
            endpoint,
            timeout_seconds=patience.timeout_seconds,
            max_in_flight=patience.max_in_flight,
        )

    def close(self) -> None:
        """Let the threads end."""
        self._caller.close()

    async def check_keys(self) -> Obstacle | None:
        """Ask iyzico whether it takes our keys; None when it does. Nothing is changed."""
        answer = await self.ask("test", ApiTest, send=lambda api, options: api.retrieve(options))
        if not isinstance(answer, dict):
            return answer
        if has_succeeded(answer):
            return None
        refusal = judged(lambda: failure(answer))
        if isinstance(refusal, Declined):
            return Misconfigured(refusal.code, refusal.message)
        return refusal

    async def ask(
        self, call: str, resource_type: type[Any], *, send: Send
    ) -> Answer | Unknown | RateLimited:
        """Make one call; `call` names its endpoint among the limits.

        `RateLimited` comes of a call that was not made. Everything iyzico says, failures too, is
        the answer; what it did not say whole is `Unknown`.
        """
        if not await self._pace.admit(call):
            return RateLimited()
        answer = await self._answer(resource_type, send)
        if isinstance(answer, dict) and str(answer.get("errorCode")) == RATE_LIMITED:
            self._pace.slow_down(call)
        return answer

    async def _answer(self, resource_type: type[Any], send: Send) -> Answer | Unknown:
        try:
            with span(f"iyzico {resource_type.__name__}", kind=SpanKind.CLIENT):
                return read(await self._caller.call(resource_type, send))
        except TimeoutError:
            return Unknown("timeout")
        except (OSError, HTTPException):
            return Unknown("connection_lost")
        except OverflowError:
            return Unknown("too_large")
        except BrokenAnswer as broken:
            return Unknown(broken.reason)


def judged(judge: Callable[[], Outcome]) -> Outcome | Unknown:
    """What an answer is judged to be; one that can't be understood is an alarm."""
    try:
        return judge()
    except BrokenAnswer as broken:
        return Unknown(broken.reason, alarm=True)
