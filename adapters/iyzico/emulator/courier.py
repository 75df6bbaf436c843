"""Webhooks to the merchant: sent late, tried again, and spoilt on request."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import Literal

import httpx
from msgspec import Struct
from msgspec.structs import replace

from adapters.iyzico.emulator.book import Notice, Page
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.seals import seal_notice
from adapters.iyzico.emulator.wire import to_json

MOST_TRIES = 3
PATIENCE_SECONDS = 10.0

NoticePlan = Literal[
    "drop",
    "hold",
    "duplicate",
    "duplicate_new_reference",
    "before_callback",
    "wrong_signature",
]


class Target(Struct, frozen=True, kw_only=True):
    """Where webhooks go, how late, and whether they are signed."""

    url: str | None
    delay_seconds: float
    signed: bool


class Courier:
    """Sends what is due; `plan` changes the next webhooks that are written."""

    def __init__(self, provider: Provider) -> None:
        settings = provider.settings
        self.target = Target(
            url=settings.webhook_url,
            delay_seconds=settings.webhook_delay_seconds,
            signed=settings.sign_webhooks,
        )
        self._provider = provider
        self._plans: list[NoticePlan] = []
        self._changed = asyncio.Event()
        self._sending = asyncio.Lock()
        self._http: httpx.AsyncClient | None = None

    def plan(self, what: NoticePlan, times: int) -> None:
        """Decide what happens to the next webhooks."""
        self._plans += [what] * times

    def forget_plans(self) -> None:
        """Let webhooks go the usual way again."""
        self._plans.clear()

    def wake(self) -> None:
        """Look again what is due: the time or the target has changed."""
        self._changed.set()

    def write(self, page: Page, status: str) -> tuple[Notice, ...]:
        """Write down what is to be told about a page."""
        plan = self._plans.pop(0) if self._plans else None
        body: dict[str, str | int] = {
            "paymentConversationId": page.conversation_id,
            "merchantId": self._provider.settings.merchant_id,
            "status": status,
            "token": page.token,
            "iyziReferenceCode": self._provider.numbers.token(),
            "iyziEventType": "CHECKOUT_FORM_AUTH",
            "iyziEventTime": int(self._provider.now().timestamp() * 1000),
            "iyziPaymentId": page.payment_id
            or self._provider.numbers.id_not_in(self._provider.book.payments),
        }
        first = self.post(body, plan)
        if plan not in {"duplicate", "duplicate_new_reference"}:
            return (first,)
        if plan == "duplicate_new_reference":
            body = body | {"iyziReferenceCode": self._provider.numbers.token()}
        return first, self.post(body, None)

    def post(self, body: dict[str, str | int], plan: NoticePlan | None) -> Notice:
        """Put one message on its way."""
        delay = timedelta(seconds=self.target.delay_seconds)
        notice = Notice(
            notice_id=self._provider.numbers.token(),
            body=body,
            due_at=self._provider.now() + delay,
            state="dropped" if plan == "drop" else "held" if plan == "hold" else "waiting",
            spoil_signature=plan == "wrong_signature",
            before_callback=plan == "before_callback",
        )
        self._provider.book.keep(notice)
        self.wake()
        return notice

    async def send_now(self, *, held_too: bool) -> list[Notice]:
        """Send everything that waits, due or not, and tell what became of it."""
        states = {"waiting", "held"} if held_too else {"waiting"}
        async with self._sending:
            waiting = [n for n in self._provider.book.unsent.values() if n.state in states]
            return [await self._deliver(notice) for notice in waiting]

    async def send_first(self, notices: tuple[Notice, ...]) -> None:
        """Send those that must arrive before the browser returns."""
        async with self._sending:
            for notice in notices:
                if notice.before_callback:
                    await self._deliver(notice)

    async def run(self) -> None:
        """Send what falls due, until cancelled."""
        while True:
            self._changed.clear()
            now = self._provider.now()
            async with self._sending:
                for notice in self._waiting():
                    if notice.due_at <= now:
                        await self._deliver(notice)
            due = [notice.due_at for notice in self._waiting()]
            pause = (min(due) - self._provider.now()).total_seconds() if due else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if pause is None else max(pause, 0)):
                    await self._changed.wait()

    async def close(self) -> None:
        """Hang up."""
        if self._http is not None:
            await self._http.aclose()

    def _waiting(self) -> list[Notice]:
        if self.target.url is None:
            return []
        return [n for n in self._provider.book.unsent.values() if n.state == "waiting"]

    async def _deliver(self, notice: Notice) -> Notice:
        retry_in = timedelta(seconds=self._provider.settings.webhook_retry_seconds)
        next_due = self._provider.now() + retry_in
        status = await self._post(notice)
        answers = (*notice.answers, status)
        tried = replace(notice, answers=answers, due_at=next_due)
        if 200 <= status < 300:
            tried = replace(tried, state="delivered")
        elif len(answers) >= MOST_TRIES:
            tried = replace(tried, state="given_up")
        self._provider.book.keep(tried)
        return tried

    async def _post(self, notice: Notice) -> int:
        if self.target.url is None:
            return 0
        headers = {
            "Content-Type": "application/json",
            "X-Api-Version": "V1",
            "X-Iyz-Signature": "",
            "User-Agent": "Apache-HttpClient/5.2.3 (emulated)",
        }
        if self.target.signed or notice.spoil_signature:
            secret = self._provider.settings.secret_key
            if notice.spoil_signature:
                secret += "-spoilt"
            headers["X-IYZ-SIGNATURE-V3"] = seal_notice({**notice.body}, secret)
        if self._http is None:
            self._http = httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False)
        try:
            body = to_json(notice.body)
            reply = await self._http.post(self.target.url, content=body, headers=headers)
        except httpx.HTTPError:
            return 0
        return reply.status_code
