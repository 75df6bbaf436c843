"""A whole system in one process, with people in it and one of everything that they may own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import httpx
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from msgspec.structs import replace

from adapters.carriers.named import NamedCarriers
from adapters.gateways import Gateways
from adapters.memory import (
    MemoryCarrier,
    MemoryGateway,
    MemoryInspector,
    MemoryInvoicePrinter,
    MemoryMailer,
    MemoryPainter,
    MemoryPrepress,
    PlainPasswords,
)
from adapters.memory_provider import MemoryCards, MemoryInstallments
from api.app import create_app
from api.backend import Limits
from api.standings import MODELS
from application import ports
from application.identity import IdentityTerms, RegisterDemoPerson
from application.ports import SavedCard
from application.work_items import OpenWorkItem
from deploy.asgi import backend_of
from deploy.bootstrap import System, build_system
from deploy.seed import ACCOUNTS, MORE_DESIGNERS, PASSWORD, seed
from deploy.serve import RENDERER_QUEUES, WORKER_QUEUES
from deploy.settings import load_settings
from domain.production import PrintJob
from domain.shared.months import month_at, month_before
from projections import READ_MODELS
from projections.runner import Projector
from tests.api.shop import client_of
from tests.security.bank import bank_of, stray_line
from tests.security.operations import PNG, Operation, sample
from workers.jobs import Worker
from workers.reactor import Reactor

Role = Literal["nobody", "customer", "stranger", "designer", "other_designer", "admin", "finance"]
EMAILS: dict[Role, str] = {
    "customer": ACCOUNTS[0].email,
    "stranger": "baska@polikrami.example",
    "designer": ACCOUNTS[1].email,
    "other_designer": MORE_DESIGNERS[0].email,
    "admin": ACCOUNTS[2].email,
    "finance": ACCOUNTS[3].email,
}
BOOK = {
    "title": "Tutunamayanlar",
    "author": "Oğuz Atay",
    "kind": "novel",
    "purpose": "gift",
    "message_card": True,
}
HOME = {
    "name": "Ayşe Yılmaz",
    "line": "Çınar Sk. 4/2",
    "district": "Kadıköy",
    "province": "İstanbul",
    "postcode": "34710",
    "phone": "+905321112233",
}
UNHURRIED = replace(IdentityTerms().account_pace, free=1_000_000)
SECRET_WORDS = ("Oğuz Atay", "Tutunamayanlar", "Çınar Sk", "Ayşe Yılmaz", "Mavi olsun")
"""Words of the customer that nobody else may read, but the designer of their job."""


class Town:
    """The system, its people, and `things`: the customer's ids by the names they have in paths.

    `spare` are others of the customer's, for tests that may change them.
    """

    def __init__(self, system: System, gateway: MemoryGateway) -> None:
        self.system = system
        self.gateway = gateway
        backend = replace(backend_of(system), limits=Limits(freshness_seconds=0.2))
        self.app = create_app(backend)
        _without_rates(self.app)
        self.client = client_of(self.app)
        # One client speaks for everybody, so it keeps no cookies.
        self.client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.client.event_hooks["response"].append(self._watch)
        self.tokens: dict[Role, str] = {}
        self._sessions_ended = False
        self.things: dict[str, str] = {}
        self.spare: dict[str, str] = {}
        self._projector = Projector(system.pool, system.event_log, READ_MODELS)
        self._reactor = Reactor(system.pool, system.event_log, system.bus, system.waker.wake)
        self._worker = Worker(system.jobs, system.bus, system.ports, name="town", at_once=8)

    async def settle(self) -> None:
        """Let all that follows from what was done be done, and the read models see it."""
        if not self._projector.standings:
            await self._projector.prepare()
        while await self._reactor.step():
            pass
        for queue in (*WORKER_QUEUES, *RENDERER_QUEUES):
            if await self._worker.drain(queue):
                await self.settle()
        while await self._projector.step():
            pass
        # Sessions are asked for anew once the API has heard of the change, not when it is made.
        head = await self.system.event_log.head()
        assert await self.system.reads.reach(MODELS, head, timeout_seconds=30)

    async def log_in(self, role: Role) -> str:
        """A new session of somebody; its access token."""
        return str((await self.new_session(role))["access_token"])

    async def log_back_in(self) -> None:
        """Give everybody a session again, if any may have been ended."""
        if self._sessions_ended:
            for role in self.tokens:
                self.tokens[role] = await self.log_in(role)
            self._sessions_ended = False

    async def _watch(self, answer: httpx.Response) -> None:
        path = answer.request.url.path
        ending = "/sessions/" in path or path.endswith("/change-password")
        self._sessions_ended |= ending and answer.is_success

    async def new_session(self, role: Role) -> dict[str, Any]:
        """What somebody is answered who logs in."""
        body = {"email": EMAILS[role], "password": PASSWORD}
        answer = await self.client.post("/sessions", json=body)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        await self.settle()
        told: dict[str, Any] = answer.json()
        return told

    def headers(self, role: Role, **more: str) -> dict[str, str]:
        """What this person sends along: their token, and a key of its own for each request."""
        signed_in = {"Authorization": f"Bearer {self.tokens[role]}"} if role != "nobody" else {}
        key = {"Idempotency-Key": str(uuid4())}
        return signed_in | key | {name.replace("_", "-"): text for name, text in more.items()}

    async def post(self, role: Role, path: str, body: Any = None) -> Any:
        """A command that must succeed, and what follows from it."""
        answer = await self.client.post(path, headers=self.headers(role), json=body)
        assert answer.is_success, (path, answer.text)
        await self.settle()
        return answer.json() if answer.content else None

    async def call(
        self, operation: Operation, role: Role, *, ids: dict[str, str], token: str = ""
    ) -> httpx.Response:
        """Ask for an operation with these ids, and with the least body that it takes."""
        headers = self.headers(role)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        content: dict[str, Any] = {}
        match operation.media_type:
            case "application/json":
                content["json"] = sample(operation.body or {}, ids) if operation.body else {}
            case "application/x-www-form-urlencoded":
                content["data"] = sample(operation.body or {}, ids)
            case "":
                pass
            case media_type:
                content["content"] = PNG
                headers["Content-Type"] = media_type
        # A stream would never end; a place that is none is refused after all other checks.
        query = "?after=x" if operation.name == "LiveEvents" else ""
        return await self.client.request(
            operation.method, operation.path_with(ids) + query, headers=headers, **content
        )


@asynccontextmanager
async def open_town(database_url: str, folder: Path) -> AsyncIterator[Town]:
    """A town with people who are logged in and things of the customer's."""
    env = {
        "DATA_DIR": str(folder),
        "DATABASE_URL": database_url,
        "PUBLIC_URL": "https://cover.test",
    }
    system = build_system(load_settings(env), name="town")
    gateway = MemoryGateway()
    beside: dict[Any, object] = {
        ports.ArtworkInspector: MemoryInspector(),
        ports.CardVault: MemoryCards(),
        ports.Carriers: NamedCarriers({"simulated": MemoryCarrier()}),
        ports.Installments: MemoryInstallments(),
        ports.InvoicePrinter: MemoryInvoicePrinter(),
        ports.Mailer: MemoryMailer(),
        ports.Painter: MemoryPainter(),
        ports.PasswordHasher: PlainPasswords(),
        ports.PaymentGateways: Gateways({"iyzico": gateway, "bank_transfer": bank_of(system)}),
        ports.Prepress: MemoryPrepress(),
        IdentityTerms: replace(
            IdentityTerms(), answer_seconds=0.0, account_pace=UNHURRIED, address_pace=UNHURRIED
        ),
    }
    for port, adapter in beside.items():
        system.ports.add(port, adapter)
    async with system.opened():
        town = Town(system, gateway)
        await _people(town)
        await _things(town)
        town.spare, town.things = town.things, {"person_id": town.things["person_id"]}
        await _things(town)
        reopening = await _books(town)
        for things in (town.spare, town.things):
            things["proposal_id"] = reopening
            # Not the session by which the customer asks: a test may end it.
            things["session_id"] = (await town.new_session("customer"))["session_id"]
        yield town


async def _people(town: Town) -> None:
    await seed(town.system)
    await town.settle()
    passwords = town.system.ports.of(ports.PasswordHasher)
    stranger = RegisterDemoPerson(
        person_id=town.system.ids.new(),
        email=EMAILS["stranger"],
        name="Mehmet Kaya",
        language="tr",
        password_hash=await passwords.hash(PASSWORD),
    )
    await town.system.bus.execute(stranger)
    await town.settle()
    for role in EMAILS:
        town.tokens[role] = await town.log_in(role)
    profile = await town.client.get("/profile", headers=town.headers("customer"))
    town.things["person_id"] = profile.json()["person_id"]


async def _things(town: Town) -> None:
    """One of everything that somebody owns, each with the name that paths give it."""
    things = town.things
    saved = await town.post("customer", "/addresses", {"address": HOME})
    things["address_id"] = saved["address_id"]
    cards = (await town.client.get("/message-cards")).json()["items"]
    things["card_id"] = cards[0]["id"]
    designers = (await town.client.get("/designers")).json()["items"]
    names = {each["display_name"]: each["designer_id"] for each in designers}
    things["designer_id"] = names[ACCOUNTS[1].name]
    await _unpaid(town)
    await _paid(town)
    await _bought(town)
    await _designed(town)
    things["draft_id"] = await draft(town, "ai")
    path = f"/drafts/{things['draft_id']}"
    asked = await town.post("customer", f"{path}/generations", {"prompt": "Sisli bir sahil"})
    things["generation_id"] = things["hold_id"] = asked["id"]
    lines = await town.client.get("/wallet/history", headers=town.headers("customer"))
    things["position"] = str(lines.json()["items"][0]["position"])
    things["name"] = "invoices"
    things["customer_id"] = things["person_id"]
    things["account"] = "revenue_covers"
    things["refund_id"] = str(UUID(int=1))
    entry = {"customer_id": things["person_id"], "credits": 5_000, "reason": "goodwill"}
    made = await town.post("finance", "/finance/manual-entries", entry | {"note": "Söz verildi"})
    things["entry_id"] = made["entry_id"]
    asked = OpenWorkItem(kind="payment_alarm", key="a strange answer")
    things["item_id"] = str((await town.system.bus.execute(asked)).id)
    await _banked(town)
    seen = await town.client.get(path, headers=town.headers("customer"))
    assert seen.json()["generations"][0]["state"] == "completed"


async def _banked(town: Town) -> None:
    """A line of our bank's statement that nothing explains, and a transfer that is awaited."""
    town.things["line_id"] = await stray_line(town.system)
    order_id = await order(town, await _uploaded(town))
    path = f"/orders/{order_id}/payments"
    attempt = await town.post("customer", path, {"provider": "bank_transfer"})
    town.things["transfer_attempt_id"] = attempt["attempt_id"]
    town.things["reference"] = attempt["page_url"].rsplit("/", 1)[1]


async def _books(town: Town) -> str:
    """A proposal to open a closed month again."""
    month = month_before(month_before(month_at(town.system.clock.now())))
    await town.post("finance", "/finance/periods/close", {"month": month})
    body = {"month": month, "note": "Bir fatura unutulmuş"}
    return str((await town.post("finance", "/finance/periods/reopenings", body))["proposal_id"])


async def draft(town: Town, method: str) -> str:
    """A draft of the customer's that lacks nothing but its artwork."""
    draft_id = str((await town.post("customer", "/drafts", {"method": method}))["id"])
    path = f"/drafts/{draft_id}"
    await town.post("customer", f"{path}/book", BOOK)
    words = {"recipient": "Işıl", "sender": "Ayşe", "text": "İyi okumalar"}
    card = {"card_id": town.things["card_id"], **words}
    await town.post("customer", f"{path}/message-card", card)
    await town.post("customer", f"{path}/addresses", {"delivery": HOME})
    return draft_id


async def _unpaid(town: Town) -> None:
    order_id = await order(town, await _uploaded(town))
    attempt = await town.post("customer", f"/orders/{order_id}/payments")
    town.things["attempt_id"] = attempt["attempt_id"]
    town.things["unpaid_order_id"] = order_id


async def _paid(town: Town) -> None:
    order_id = await order(town, await _uploaded(town))
    card_token = f"card-{order_id}"
    await _pay(
        town,
        order_id,
        SavedCard(card_user_key="anahtar-7f3c", card_token=card_token, last_four="0008"),
    )
    town.things["order_id"] = town.things["aggregate_id"] = order_id
    town.things["print_job_id"] = str(PrintJob.id_of(UUID(order_id)))
    town.things["attempt"] = "1"
    headers = town.headers("customer")
    cards = (await town.client.get("/cards", headers=headers)).json()["items"]
    town.things["saved_card_id"] = cards[-1]["card_id"]
    shipment = (await town.client.get(f"/orders/{order_id}/shipment", headers=headers)).json()
    cover = (await town.client.get(f"/orders/{order_id}/cover", headers=headers)).json()
    town.things["shipment_id"] = shipment["shipment_id"]
    town.things["tracking_token"] = shipment["tracking_token"]
    town.things["file_token"] = cover["url"].rsplit("/", 1)[1]


async def _bought(town: Town) -> None:
    body = {"package_id": "credits-300", "billing": HOME}
    order_id = str((await town.post("customer", "/wallet/purchases", body))["order_id"])
    await _pay(town, order_id)
    town.things["purchase_id"] = order_id


async def _designed(town: Town) -> None:
    draft_id = await draft(town, "artist")
    choice = {"designer_id": town.things["designer_id"], "wishes": "Mavi olsun"}
    await town.post("customer", f"/drafts/{draft_id}/designer", choice)
    await _pay(town, await order(town, draft_id))
    jobs = await town.client.get("/design-jobs", headers=town.headers("designer"))
    job_id = jobs.json()["items"][0]["job_id"]
    await town.post("designer", f"/design-jobs/{job_id}/accept")
    headers = town.headers("designer") | {"Content-Type": "image/png"}
    sent = await town.client.post(f"/design-jobs/{job_id}/previews", headers=headers, content=PNG)
    assert sent.is_success, sent.text
    await town.settle()
    town.things["job_id"] = job_id


async def _uploaded(town: Town) -> str:
    draft_id = await draft(town, "upload")
    headers = town.headers("customer") | {"Content-Type": "image/png"}
    taken = await town.client.post(f"/drafts/{draft_id}/artwork", headers=headers, content=PNG)
    assert taken.is_success, taken.text
    return draft_id


async def order(town: Town, draft_id: str) -> str:
    """The order of a draft that lacks nothing."""
    return str((await town.post("customer", f"/drafts/{draft_id}/commit"))["order_id"])


async def _pay(town: Town, order_id: str, card: SavedCard | None = None) -> None:
    attempt = await town.post("customer", f"/orders/{order_id}/payments")
    token = next(
        token
        for token, request in town.gateway.requests.items()
        if request.attempt_id == UUID(attempt["attempt_id"])
    )
    town.gateway.tell(token, replace(town.gateway.pay(token), saved_card=card))
    back = await town.client.post(
        f"/payments/{attempt['attempt_id']}/return", data={"token": token}
    )
    assert back.status_code == httpx.codes.SEE_OTHER, back.text
    await town.settle()


def _without_rates(app: Litestar) -> None:
    """Take the limits off the routes: these tests ask more than any person would."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler):
                handler.opt.pop("rate", None)
