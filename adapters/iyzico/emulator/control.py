"""The control API under `/_control/`: reads the book, orders faults, steers webhooks and time."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from adapters.iyzico.emulator.courier import Courier
from adapters.iyzico.emulator.desk import Desk
from adapters.iyzico.emulator.faults import Fault, Faults
from adapters.iyzico.emulator.notices import Plan
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.telling import told_card, told_page, told_payment, told_payout
from adapters.iyzico.emulator.wire import Reply, Request, json_reply

PREFIX = "/_control/"
CALLS_KEPT = 2000
OWN_NAMES = {"127.0.0.1", "localhost", "::1"}

T = TypeVar("T")


class CallRecord(Struct, frozen=True, kw_only=True):
    """One call of the merchant, without keys, signatures or card data."""

    call: str
    path: str
    conversation_id: str
    status: str
    error_code: str
    fault: str | None


class Control:
    """The control API of one emulator; `GET /_control/` lists what there is."""

    def __init__(self, provider: Provider, courier: Courier, *, faults: Faults) -> None:
        self.calls: deque[CallRecord] = deque(maxlen=CALLS_KEPT)
        self.unexpected: deque[str] = deque(maxlen=CALLS_KEPT)
        self._provider = provider
        self._courier = courier
        self._faults = faults
        desk = Desk(provider, courier)
        self._reads: dict[str, Callable[[], object]] = {
            "": self._list_routes,
            "calls": lambda: list(self.calls),
            "unexpected": lambda: list(self.unexpected),
            "book": self._show_book,
            "pages": self._list_pages,
            "cards": lambda: [told_card(card) for card in provider.book.cards.values()],
            "payouts": lambda: [told_payout(each) for each in provider.book.payouts.values()],
            "bounces": lambda: list(provider.book.bounces.values()),
            "notices": lambda: list(provider.book.notices.values()),
            "plans": lambda: courier.plans,
            "faults": lambda: faults.waiting,
            "clock": lambda: {"now": provider.now()},
        }
        self._orders: dict[str, Callable[[bytes], Awaitable[Any]]] = {
            "faults": _reading(Fault, self._order_fault),
            "faults/clear": self._clear,
            "plans": _reading(Plan, self._plan),
            **{name: _reading(kind, act) for name, (kind, act) in desk.orders.items()},
        }

    async def answer(self, request: Request) -> Reply:
        """Carry an order out."""
        # A name that leads here from elsewhere would let a page in somebody's browser in.
        if urlsplit(f"//{request.headers.get('host', '')}").hostname not in OWN_NAMES:
            return json_reply({"detail": "only for this machine"}, 403)
        name = request.path.removeprefix(PREFIX)
        if request.method == "GET" and name in self._reads:
            return json_reply(self._reads[name]())
        if request.method != "POST" or name not in self._orders:
            return json_reply({"detail": "no such control"}, 404)
        # A page in somebody's browser can't send this type without asking first.
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind != "application/json":
            return json_reply({"detail": "application/json only"}, 415)
        try:
            return json_reply(await self._orders[name](request.body or b"{}"))
        except msgspec.DecodeError as error:
            return json_reply({"detail": str(error)}, 422)

    def _list_routes(self) -> object:
        return {"GET": sorted(self._reads), "POST": sorted(self._orders)}

    def _show_book(self) -> object:
        return {"payments": [told_payment(each) for each in self._provider.book.payments.values()]}

    def _list_pages(self) -> object:
        pages = self._provider.book.pages.values()
        return [told_page(page, self._provider.state_of(page)) for page in pages]

    async def _order_fault(self, fault: Fault) -> object:
        self._faults.order(fault)
        return {}

    async def _plan(self, plan: Plan) -> object:
        self._courier.plan(plan)
        return {}

    async def _clear(self, _body: bytes) -> object:
        self._faults.clear()
        self._courier.forget_plans()
        self._provider.review_next = 0
        self._provider.refund_plans.clear()
        return {}


def _reading(
    kind: type[T], act: Callable[[T], Awaitable[object]]
) -> Callable[[bytes], Awaitable[object]]:
    decoder = msgspec.json.Decoder(kind)

    async def read_and_act(body: bytes) -> object:
        return await act(decoder.decode(body))

    return read_and_act
