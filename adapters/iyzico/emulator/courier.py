"""Webhooks to the merchant: sent late, tried again, and spoilt on request."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta

import httpx
from msgspec import Struct
from msgspec.structs import replace

from adapters.iyzico.emulator import notices
from adapters.iyzico.emulator.book import Notice, Page, Payment, Refund
from adapters.iyzico.emulator.notices import Body, NoticePlan, Plan
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.seals import seal_notice, seal_payment_notice
from adapters.iyzico.emulator.wire import to_json

PATIENCE_SECONDS = 10.0

HEADERS = {
    "Content-Type": "application/json",
    "X-Api-Version": "V1",
    "X-Iyz-Signature": "",
    "User-Agent": "Apache-HttpClient/5.2.3 (Java/17.0.12)",
}


class Target(Struct, frozen=True, kw_only=True):
    """Where webhooks go, how late, whether they are signed, and whether 3-D Secure's steps are
    told, too.
    """

    url: str | None
    delay_seconds: float
    signed: bool
    intermediate: bool


class Courier:
    """Sends what is due; `plan` changes the next webhooks that are written."""

    def __init__(self, provider: Provider) -> None:
        settings = provider.settings
        self.target = Target(
            url=settings.webhook_url,
            delay_seconds=settings.webhook_delay_seconds,
            signed=settings.sign_webhooks,
            intermediate=settings.intermediate_webhooks,
        )
        self.plans: list[Plan] = []
        self._provider = provider
        self._changed = asyncio.Event()
        self._sending = asyncio.Lock()
        self._http: httpx.AsyncClient | None = None
        provider.refund_decided = self.write_refund

    def plan(self, plan: Plan) -> None:
        """Decide what happens to the next webhooks."""
        self.plans += [replace(plan, times=1)] * plan.times

    def forget_plans(self) -> None:
        """Let webhooks go the usual way again."""
        self.plans.clear()

    def wake(self) -> None:
        """Look again what is due: the time or the target has changed."""
        self._changed.set()

    def write(self, page: Page, status: str) -> tuple[Notice, ...]:
        """Write down what is to be told about a page."""
        return self.post(notices.about_page(self._provider, page, status=status))

    def write_step(self, page: Page, status: str) -> tuple[Notice, ...]:
        """The same about a step of 3-D Secure: steps that fail are told, others where they are
        asked for.
        """
        if not self.target.intermediate and status != "FAILURE":
            return ()
        if page.promised_payment_id is None:
            return self.write(page, status)
        body = notices.about_payment_id(
            self._provider,
            page.promised_payment_id,
            conversation=page.conversation_id,
            news=(status, "THREE_DS_AUTH" if status == "INIT_THREEDS" else "THREE_DS_CALLBACK"),
        )
        return self.post(body)

    def write_payment(self, payment: Payment, status: str, *, event: str) -> tuple[Notice, ...]:
        """Write down what is to be told about a payment that came without a page."""
        about = notices.about_payment(self._provider, payment, status=status, event=event)
        return self.post(about)

    def write_refund(self, payment: Payment, refund: Refund) -> tuple[Notice, ...]:
        """Write down that the bank has made or refused a refund that it took its time with."""
        status = "FAILURE" if refund.state == "failed" else "SUCCESS"
        return self.write_payment(payment, status, event=f"REFUND_RETRY_{status}")

    def post(self, body: Body, plan: NoticePlan | None = None) -> tuple[Notice, ...]:
        """Put a message on its way, and whatever is planned to go with it."""
        plan = plan or self._planned(body)
        instead = _in_place_of(body, self._provider, plan=plan)
        if instead is None:
            return (self._keep(body, plan),)
        return tuple(self._keep(each, None) for each in instead)

    async def send_now(self, *, held_too: bool) -> list[Notice]:
        """Send everything that waits, due or not, and tell what became of it."""
        sent: list[Notice] = []
        async with self._sending:
            tried: set[str] = set()
            while waiting := self._to_send_now(tried, held_too=held_too):
                tried.add(waiting[0].notice_id)
                sent.append(await self._deliver(waiting[0]))
        return sent

    async def send_first(self, written: tuple[Notice, ...]) -> None:
        """Send those that must arrive before the browser returns."""
        async with self._sending:
            for notice in written:
                if notice.before_callback:
                    await self._deliver(notice)

    async def run(self) -> None:
        """Send what falls due, until cancelled."""
        while True:
            self._changed.clear()
            self._provider.decide_refunds()
            async with self._sending:
                for notice in self._due():
                    if self._provider.book.unsent.get(notice.notice_id) is notice:
                        await self._deliver(notice)
            pause = self._pause()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._changed.wait()

    async def close(self) -> None:
        """Hang up."""
        if self._http is not None:
            await self._http.aclose()

    def _planned(self, body: Body) -> NoticePlan | None:
        for at, plan in enumerate(self.plans):
            if plan.fits(body):
                del self.plans[at]
                return plan.plan
        return None

    def _keep(self, body: Body, plan: NoticePlan | None) -> Notice:
        delay = timedelta(seconds=self.target.delay_seconds)
        held = plan in {"hold", "reorder"}
        notice = Notice(
            notice_id=self._provider.numbers.token(),
            body=body,
            due_at=self._provider.now() + delay,
            state="dropped" if plan == "drop" else "held" if held else "waiting",
            spoil_signature=plan == "wrong_signature",
            before_callback=plan == "before_callback",
            behind_next=plan == "reorder",
            signed={"signed": True, "unsigned": False}.get(plan or ""),
        )
        self._provider.book.keep(notice)
        self.wake()
        return notice

    def _waiting(self) -> list[Notice]:
        if self.target.url is None:
            return []
        waiting = [n for n in self._provider.book.unsent.values() if n.state == "waiting"]
        return sorted(waiting, key=_due_at)

    def _due(self) -> list[Notice]:
        now = self._provider.now()
        return [notice for notice in self._waiting() if notice.due_at <= now]

    def _to_send_now(self, tried: set[str], *, held_too: bool) -> list[Notice]:
        if self.target.url is None:
            return []
        states = {"waiting", "held"} if held_too else {"waiting"}
        unsent = self._provider.book.unsent.values()
        waiting = [n for n in unsent if n.state in states and n.notice_id not in tried]
        return sorted(waiting, key=lambda notice: (notice.behind_next, notice.due_at))

    def _pause(self) -> float | None:
        moments = [notice.due_at for notice in self._waiting()[:1]]
        moments += self._bank_answers()
        if not moments:
            return None
        return max((min(moments) - self._provider.now()).total_seconds(), 0)

    def _bank_answers(self) -> list[datetime]:
        book = self._provider.book
        refunds = [
            refund
            for payment_id in book.waiting_for_bank
            for item in book.payments[payment_id].items
            for refund in item.refunds
        ]
        return [r.decided_at for r in refunds if r.state == "pending" and r.decided_at]

    async def _deliver(self, notice: Notice) -> Notice:
        settings = self._provider.settings
        next_due = self._provider.now() + timedelta(seconds=settings.webhook_retry_seconds)
        status = await self._send(notice)
        answers = (*notice.answers, status)
        tried = replace(notice, answers=answers, due_at=next_due)
        if 200 <= status < 300:
            tried = replace(tried, state="delivered")
        elif len(answers) > settings.webhook_retries:
            tried = replace(tried, state="given_up")
        self._provider.book.keep(tried)
        if tried.state == "delivered":
            self._release(notice)
        return tried

    def _release(self, delivered: Notice) -> None:
        for notice in tuple(self._provider.book.unsent.values()):
            if notice.behind_next and notice.state == "held" and notice is not delivered:
                now = self._provider.now()
                self._provider.book.keep(replace(notice, state="waiting", due_at=now))

    async def _send(self, notice: Notice) -> int:
        if self.target.url is None:
            return 0
        if self._http is None:
            self._http = httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False)
        headers = HEADERS | self._signature(notice)
        try:
            body = to_json(notice.body)
            reply = await self._http.post(self.target.url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return 0
        return reply.status_code

    def _signature(self, notice: Notice) -> dict[str, str]:
        signed = self.target.signed if notice.signed is None else notice.signed
        if not signed and not notice.spoil_signature:
            return {}
        secret = self._provider.settings.secret_key
        if notice.spoil_signature:
            secret += "-spoilt"
        seal = seal_payment_notice if "paymentId" in notice.body else seal_notice
        return {"X-IYZ-SIGNATURE-V3": seal({**notice.body}, secret)}


def _in_place_of(body: Body, provider: Provider, *, plan: NoticePlan | None) -> list[Body] | None:
    """The messages that go out in place of one, in their order; None leaves it as it is."""
    instead: list[Body] | None = None
    match plan:
        case "duplicate":
            instead = [body, body]
        case "duplicate_new_reference":
            instead = [body, body | {"iyziReferenceCode": provider.numbers.token()}]
        case "failure_before":
            instead = [notices.failure_of(provider, body), body]
        case "failure_after":
            instead = [body, notices.failure_of(provider, body)]
        case "unknown_event":
            instead = [body | {"iyziEventType": "SOMETHING_NEW"}]
        case "unknown_token":
            instead = [body | {"token": provider.numbers.token()}]
    return instead


def _due_at(notice: Notice) -> datetime:
    return notice.due_at
