"""What the shopper's browser asks for: the hosted page, the bank's page, the way back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files

from adapters.iyzico.emulator import pages
from adapters.iyzico.emulator.book import BankCheck, Page, Payment
from adapters.iyzico.emulator.cards import card_for, is_plausible
from adapters.iyzico.emulator.courier import Courier
from adapters.iyzico.emulator.provider import BankVerdict, Provider
from adapters.iyzico.emulator.refusals import Decline, message_of
from adapters.iyzico.emulator.texts import word
from adapters.iyzico.emulator.wire import Reply, Request

ASSETS = files("adapters.iyzico.emulator") / "assets"
ASSET_TYPES = {
    "style.css": "text/css",
    "page.js": "text/javascript",
    "return.js": "text/javascript",
}


class HostedPage:
    """The pages of one emulator."""

    def __init__(self, provider: Provider, courier: Courier) -> None:
        self._provider = provider
        self._courier = courier
        self._merchant = provider.settings.merchant_name
        self.routes: dict[tuple[str, str], Callable[[Request], Awaitable[Reply]]] = {
            ("GET", "/cpp"): self._show,
            ("POST", "/cpp/pay"): self._pay,
            ("GET", "/payment/mock/init3ds"): self._show_bank,
            ("POST", "/payment/mock/confirm3ds"): self._confirm,
        }

    async def _show(self, request: Request) -> Reply:
        language = _language(request.query)
        page = self._open(request.query, language)
        return page if isinstance(page, Reply) else self._form(page, language)

    async def _pay(self, request: Request) -> Reply:
        fields = request.form()
        language = _language(fields)
        page = self._open(fields, language)
        if isinstance(page, Reply):
            return page
        number = "".join(fields.get("number", "").split())
        if (code := self._mistake(fields, number)) is not None:
            return self._form(page, language, alert=message_of(code, language), status=422)
        count = fields.get("installments", "1")
        chosen = int(count) if count.isdecimal() and int(count) in page.installments else 1
        result = self._provider.try_card(page, card_for(number), installments=chosen)
        return await self._after(result, page, language=language)

    async def _show_bank(self, request: Request) -> Reply:
        language = _language(request.query)
        page = self._open(request.query, language)
        if isinstance(page, Reply):
            return page
        if page.bank_check is None:
            return self._form(page, language)
        return self._bank(page, page.bank_check, language=language)

    async def _confirm(self, request: Request) -> Reply:
        fields = request.form()
        language = _language(fields)
        page = self._open(fields, language)
        if isinstance(page, Reply):
            return page
        if page.bank_check is None:
            return self._form(page, language)
        approved = fields.get("decision") == "approve"
        code = fields.get("code", "").strip() if approved else None
        result = self._provider.answer_bank(page, page.bank_check, code=code)
        if isinstance(result, BankCheck):
            return self._bank(page, result, language=language, alert=word("wrong_code", language))
        if isinstance(result, BankVerdict):
            return self._way_back(self._provider.book.pages[page.token], language)
        await self._tell(page.token, result)
        return self._way_back(page, language)

    async def _after(
        self, result: Payment | Decline | BankCheck, page: Page, *, language: str
    ) -> Reply:
        if isinstance(result, BankCheck):
            where = f"/payment/mock/init3ds?token={page.token}&lang={language}"
            return Reply(303, b"", headers=(("location", where),))
        await self._tell(page.token, result)
        if isinstance(result, Decline):
            return self._form(page, language, alert=message_of(result.code, language), status=402)
        return self._way_back(page, language)

    async def _tell(self, token: str, result: Payment | Decline) -> None:
        status = "SUCCESS" if isinstance(result, Payment) else "FAILURE"
        notices = self._courier.write(self._provider.book.pages[token], status)
        await self._courier.send_first(notices)

    def _open(self, fields: dict[str, str], language: str) -> Page | Reply:
        """The page whose token is given, or what is shown in place of one that is not open."""
        page = self._provider.book.pages.get(fields.get("token", ""))
        if page is None:
            html = pages.dead_end_page("unknown_page", language, merchant=self._merchant)
            return _html(html, status=404)
        state = self._provider.state_of(page)
        if state == "paid":
            return self._way_back(page, language)
        if state == "expired":
            html = pages.dead_end_page("expired_page", language, merchant=self._merchant)
            return _html(html, status=410)
        return page

    def _mistake(self, fields: dict[str, str], number: str) -> str | None:
        """The code of the first thing wrong with what was typed."""
        if not is_plausible(number):
            return "12"
        month, _, year = fields.get("expiry", "").replace(" ", "").partition("/")
        now = self._provider.now()
        if not (month.isdecimal() and year.isdecimal() and 1 <= int(month) <= 12):
            return "13"
        if (2000 + int(year) % 100, int(month)) < (now.year, now.month):
            return "13"
        cvc = fields.get("cvc", "")
        if not (cvc.isdecimal() and len(cvc) in {3, 4}):
            return "15"
        return None if fields.get("holder", "").strip() else "17"

    def _form(self, page: Page, language: str, *, alert: str = "", status: int = 200) -> Reply:
        charges = {count: self._provider.charged(page, count) for count in page.installments}
        html = pages.payment_page(
            page, language, merchant=self._merchant, charges=charges, alert=alert
        )
        return _html(html, status=status)

    def _bank(self, page: Page, check: BankCheck, *, language: str, alert: str = "") -> Reply:
        return _html(
            pages.bank_page(page, check, language=language, merchant=self._merchant, alert=alert)
        )

    def _way_back(self, page: Page, language: str) -> Reply:
        # Browsers hold form-action also against redirects, and the shop redirects from its API.
        verdict = page.bank_verdict is not None
        fields = self._provider.callback_fields(page) if verdict else {"token": page.token}
        html = pages.return_page(page, language, merchant=self._merchant, fields=fields)
        return _html(html, forms_to="http: https:")


def asset(name: str) -> Reply | None:
    """A style sheet or script of the pages."""
    if name not in ASSET_TYPES:
        return None
    body = (ASSETS / name).read_bytes()
    return Reply(200, body, f"{ASSET_TYPES[name]}; charset=utf-8")


def _language(fields: dict[str, str]) -> str:
    return "en" if fields.get("lang") == "en" else "tr"


def _html(text: str, *, status: int = 200, forms_to: str = "'self'") -> Reply:
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        f"form-action {forms_to}; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = (
        ("content-security-policy", policy),
        ("referrer-policy", "strict-origin"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
    )
    return Reply(status, text.encode(), "text/html; charset=utf-8", headers)
