"""What the shopper's browser asks for: the hosted page, the bank's page, the way back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from importlib.resources import files
from itertools import islice

from msgspec.structs import replace

from adapters.iyzico.emulator import other_pages, pages
from adapters.iyzico.emulator.book import BankCheck, Page, Payment
from adapters.iyzico.emulator.card_entry import CardEntry
from adapters.iyzico.emulator.cards import card_behind, card_for
from adapters.iyzico.emulator.courier import Courier
from adapters.iyzico.emulator.other_pages import BankVisit, WayBack
from adapters.iyzico.emulator.pages import Offer, SavedChoice, Typed
from adapters.iyzico.emulator.provider import BankVerdict, Provider, may_pay_in_installments
from adapters.iyzico.emulator.refusals import Decline, message_of
from adapters.iyzico.emulator.texts import money, word
from adapters.iyzico.emulator.wire import Reply, Request

ASSETS = files("adapters.iyzico.emulator") / "assets"
ASSET_TYPES = {
    "style.css": "text/css",
    "page.js": "text/javascript",
    "return.js": "text/javascript",
}
FOR_SHOPPERS = {"form", "wallet"}
FIELD_OF = {"12": "number", "13": "expiry", "15": "cvc", "17": "holder"}
LATEST_PAGES = 20
CARD_YEARS, LAST_YEAR = 4, 2099
LONGEST_HOLDER = 80


class HostedPage:
    """The pages of one emulator."""

    def __init__(self, provider: Provider, courier: Courier) -> None:
        self._provider = provider
        self._courier = courier
        self._merchant = provider.settings.merchant_name
        self.routes: dict[tuple[str, str], Callable[[Request], Awaitable[Reply]]] = {
            ("GET", "/"): self._front,
            ("GET", "/cpp"): self._show,
            ("POST", "/cpp/pay"): self._pay,
            ("GET", "/payment/mock/init3ds"): self._show_bank,
            ("POST", "/payment/mock/init3ds"): self._show_bank,
            ("POST", "/payment/mock/confirm3ds"): self._confirm,
        }

    async def _front(self, request: Request) -> Reply:
        language = _language(request.query)
        # Whoever has a page's address may pay it, so the list is for those who may control all.
        known = self._provider.book.pages if self._provider.settings.control_enabled else {}
        hosted = (page for page in reversed(known.values()) if page.kind in FOR_SHOPPERS)
        latest = islice(hosted, LATEST_PAGES)
        shown = [(page, self._provider.state_of(page)) for page in latest]
        now = self._provider.now()
        return _html(
            other_pages.front_page(shown, now=now, language=language, merchant=self._merchant)
        )

    async def _show(self, request: Request) -> Reply:
        language = _language(request.query)
        page = self._open(request.query, language)
        if isinstance(page, Reply):
            return page
        fill = request.query.get("fill", "")
        typed = Typed(fill=int(fill) if fill.isdecimal() and len(fill) < 4 else None)
        return self._form(page, language, typed=typed)

    async def _pay(self, request: Request) -> Reply:
        fields = request.form()
        language = _language(fields)
        page = self._open(fields, language)
        if isinstance(page, Reply):
            return page
        count = fields.get("installments", "1")
        chosen = int(count) if count in {str(offered) for offered in page.installments} else 1
        token, entry = fields.get("card_token", ""), _entry(fields)
        typed = Typed(holder=entry.holder, installments=chosen, card_token=fields.get("card_token"))
        if (code := self._mistake(page, token, entry=entry)) is not None:
            said = message_of(code, language)
            typed = replace(typed, wrong=FIELD_OF.get(code, ""))
            return self._form(page, language, typed=typed, alert=said, status=422)
        kept = self._provider.book.cards.get(token)
        card = card_for(entry.number) if kept is None else card_behind(kept.card)
        if chosen > 1 and card.decline is None and not may_pay_in_installments(page, card):
            said = word("no_installments", language)
            return self._form(page, language, typed=typed, alert=said, status=422)
        if kept is not None:
            result = self._provider.try_saved_card(page, token, installments=chosen)
        else:
            save = fields.get("save") == "1" and self._may_save(page)
            result = self._provider.try_card(page, card, installments=chosen, save=save)
        return await self._after(result, page, typed=typed, language=language)

    async def _show_bank(self, request: Request) -> Reply:
        fields = request.query | request.form()
        language = _language(fields)
        page = self._open(fields, language, at_bank=True)
        if isinstance(page, Reply):
            return page
        if page.bank_check is None:
            return self._form(page, language)
        return _html(other_pages.bank_page(self._visit(page, page.bank_check, language=language)))

    async def _confirm(self, request: Request) -> Reply:
        fields = request.form()
        language = _language(fields)
        page = self._open(fields, language, at_bank=True)
        if isinstance(page, Reply):
            return page
        if (check := page.bank_check) is None:
            return self._form(page, language)
        visit = self._visit(page, check, language=language)
        decision = fields.get("decision")
        if decision == "abandon":
            back = page if page.kind in FOR_SHOPPERS else None
            return _html(other_pages.abandoned_page(visit, back))
        code = fields.get("code", "").strip() if decision == "approve" else None
        result = self._provider.answer_bank(page, check, code=code)
        if isinstance(result, BankCheck):
            alert = f"{word('wrong_code', language)} {result.tries_left}"
            return _html(other_pages.bank_page(visit, alert), status=422)
        self._courier.write_step(page, "CALLBACK_THREEDS")
        if not isinstance(result, BankVerdict):
            await self._tell(page.token, result)
        elif result.md_status != 1:
            self._courier.write_step(page, "FAILURE")
        return self._way_back(page.token, language)

    async def _after(
        self, result: Payment | Decline | BankCheck, page: Page, *, typed: Typed, language: str
    ) -> Reply:
        if isinstance(result, BankCheck):
            self._courier.write_step(page, "INIT_THREEDS")
            where = f"/payment/mock/init3ds?token={page.token}&lang={language}"
            return Reply(303, b"", headers=(("location", where),))
        await self._tell(page.token, result)
        if isinstance(result, Decline):
            said = message_of(result.code, language)
            return self._form(page, language, typed=typed, alert=said, status=402)
        return self._way_back(page.token, language)

    async def _tell(self, token: str, result: Payment | Decline) -> None:
        status = "SUCCESS" if isinstance(result, Payment) else "FAILURE"
        written = self._courier.write(self._provider.book.pages[token], status)
        await self._courier.send_first(written)

    def _open(
        self, fields: dict[str, str], language: str, *, at_bank: bool = False
    ) -> Page | Reply:
        """The page whose token is given, or what is shown in place of one that is not open."""
        page = self._provider.book.pages.get(fields.get("token", ""))
        if page is None or not (page.kind in FOR_SHOPPERS or (at_bank and page.bank_check)):
            html = other_pages.dead_end_page("unknown", language, merchant=self._merchant)
            return _html(html, status=404)
        state = self._provider.state_of(page)
        if state == "paid" or page.bank_verdict is not None:
            return self._way_back(page.token, language, again=True)
        if state == "expired":
            html = other_pages.dead_end_page(
                "expired", language, merchant=self._merchant, token=page.token
            )
            return _html(html, status=410)
        return page

    def _mistake(self, page: Page, card_token: str, *, entry: CardEntry) -> str | None:
        if not card_token:
            return entry.mistake(self._provider.now())
        stored = {choice.card_token for choice in self._saved(page)}
        return None if card_token in stored else "3006"

    def _may_save(self, page: Page) -> bool:
        known = bool(page.card_user_key or page.buyer_email)
        return self._provider.settings.card_storage and known

    def _saved(self, page: Page) -> tuple[SavedChoice, ...]:
        if not page.card_user_key or not self._provider.settings.card_storage:
            return ()
        kept = self._provider.book.cards_of(page.card_user_key)
        return tuple(SavedChoice(each.card_token, each.alias, each.card) for each in kept)

    def _form(
        self,
        page: Page,
        language: str,
        *,
        typed: Typed | None = None,
        alert: str = "",
        status: int = 200,
    ) -> Reply:
        offer = Offer(
            page=page,
            language=language,
            merchant=self._merchant,
            charges={count: self._provider.charged(page, count) for count in page.installments},
            expiry=_expiry(self._provider.now()),
            saved=self._saved(page),
            may_save=self._may_save(page),
            typed=typed or Typed(),
            alert=alert,
        )
        return _html(pages.payment_page(offer), status=status)

    def _visit(self, page: Page, check: BankCheck, *, language: str) -> BankVisit:
        by_form = page.kind in FOR_SHOPPERS
        amount = self._provider.charged(page, check.installments) if by_form else page.paid_price
        return BankVisit(
            check=check,
            fields={"token": page.token},
            amount=amount,
            currency=page.currency,
            merchant=self._merchant,
            language=language,
        )

    def _way_back(self, token: str, language: str, *, again: bool = False) -> Reply:
        page = self._provider.book.pages[token]
        paid = self._provider.book.payments.get(page.payment_id or 0)
        title, text, amount = "unpaid_title", "returning", ""
        if paid is not None:
            title, text = "paid_title", "already_paid" if again else "returning"
            amount = money(paid.paid_price, paid.currency, language=language)
        elif page.bank_verdict == 1:
            title = "verified_title"
        by_merchant = page.bank_verdict is not None
        fields = self._provider.callback_fields(page) if by_merchant else {"token": page.token}
        way = WayBack(
            action=page.callback_url,
            fields=fields,
            title=word(title, language),
            text=word(text, language),
            good=title != "unpaid_title",
            amount=amount,
            at_once=not again,
        )
        html = other_pages.return_page(way, language=language, merchant=self._merchant)
        # Browsers hold form-action also against redirects, and the shop redirects from its API.
        return _html(html, forms_to="http: https:")


def asset(name: str) -> Reply | None:
    """A style sheet or script of the pages."""
    if name not in ASSET_TYPES:
        return None
    body = (ASSETS / name).read_bytes()
    return Reply(200, body, f"{ASSET_TYPES[name]}; charset=utf-8")


def _expiry(now: datetime) -> str:
    # Two digits end with the century, and the emulated clock may be anywhere.
    return f"12/{min(now.year + CARD_YEARS, LAST_YEAR) % 100:02}"


def _entry(fields: dict[str, str]) -> CardEntry:
    return CardEntry(
        number="".join(fields.get("number", "").replace("-", " ").split()),
        holder=" ".join(fields.get("holder", "").split())[:LONGEST_HOLDER],
        expiry=fields.get("expiry", ""),
        cvc=fields.get("cvc", ""),
    )


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
