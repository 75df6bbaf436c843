"""A shopper without a screen: walks the hosted page by real form posts, as a browser would."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx
from msgspec import Struct

PAYS = "5526080000000006"
PAYS_AFTER_BANK_PAGE = "5890040000000016"
PAYS_BUT_CANNOT_BE_REFUNDED = "5406670000000009"
NO_FUNDS = "4111111111111129"
LOST = "4127111111111113"
FAILS_AT_BANK_PAGE = "4131111111111117"


RETURN_FIELDS = {"token"}
CALLBACK_FIELDS = {
    "status",
    "paymentId",
    "conversationData",
    "conversationId",
    "mdStatus",
    "signature",
}


class Form(Struct, frozen=True):
    """The one form of a page: where it goes and what it carries already."""

    action: str
    fields: dict[str, str]


class Screen(Struct, frozen=True, kw_only=True):
    """What the shopper sees: address, HTTP status, the form, a warning, the bank's code, the stored
    cards there are to choose from, the numbers of instalments, and whether a card may be kept.
    """

    address: str
    status: int
    form: Form | None
    alert: str = ""
    code: str = ""
    saved_cards: tuple[str, ...] = ()
    installments: tuple[int, ...] = ()
    may_save: bool = False

    @property
    def leads_back(self) -> bool:
        """Whether the page only sends the browser back to the shop."""
        return self.form is not None and set(self.form.fields) in (RETURN_FIELDS, CALLBACK_FIELDS)


class Shopper:
    """Steps a paying person takes; the client given must not follow redirects to the shop."""

    def __init__(self, browser: httpx.AsyncClient) -> None:
        self._browser = browser

    async def open(self, page_url: str) -> Screen:
        """Look at a page of the provider."""
        return await self._seen(await self._browser.get(page_url))

    async def enter_card(
        self,
        screen: Screen,
        number: str,
        *,
        expiry: str = "12/40",
        installments: int | None = None,
        save: bool = False,
    ) -> Screen:
        """Fill the card form and press pay; what is seen next may be a warning or the bank."""
        typed = {"holder": "Ayşe Yılmaz", "number": number, "expiry": expiry, "cvc": "123"}
        if installments is not None:
            typed["installments"] = str(installments)
        if save:
            typed["save"] = "1"
        return await self._submit(screen, typed)

    async def choose_saved_card(
        self, screen: Screen, card_token: str, *, installments: int = 1
    ) -> Screen:
        """Choose a stored card and press pay."""
        typed = {"card_token": card_token, "installments": str(installments)}
        return await self._submit(screen, typed)

    async def confirm_at_bank(self, screen: Screen, code: str | None = None) -> Screen:
        """Type the code the bank's page shows (or another one) and approve."""
        typed = {"code": screen.code if code is None else code, "decision": "approve"}
        return await self._submit(screen, typed)

    async def give_up_at_bank(self, screen: Screen) -> Screen:
        """Press the bank's cancel button."""
        return await self._submit(screen, {"decision": "decline"})

    async def leave_the_bank(self, screen: Screen) -> Screen:
        """Walk away from the bank's page without an answer."""
        return await self._submit(screen, {"decision": "abandon"})

    async def return_to_shop(self, screen: Screen) -> httpx.Response:
        """Let the page post the token to the shop; the shop's answer is not followed."""
        if screen.form is None or not screen.leads_back:
            raise ValueError("this page does not lead back to the shop")
        return await self._browser.post(screen.form.action, data=screen.form.fields)

    async def pay(self, page_url: str, number: str = PAYS) -> Screen:
        """From the first page to the last before the shop, through the bank's where it comes up."""
        screen = await self.enter_card(await self.open(page_url), number)
        if screen.code:
            screen = await self.confirm_at_bank(screen)
        return screen

    async def pay_and_return(self, page_url: str, number: str = PAYS) -> httpx.Response:
        """Pay and come back; the shop's answer. Raises `ValueError` where the page stays open."""
        return await self.return_to_shop(await self.pay(page_url, number))

    async def _submit(self, screen: Screen, typed: dict[str, str]) -> Screen:
        if screen.form is None:
            raise ValueError("there is no form on this page")
        reply = await self._browser.post(screen.form.action, data=screen.form.fields | typed)
        if reply.is_redirect:
            reply = await self._browser.get(urljoin(str(reply.url), reply.headers["location"]))
        return await self._seen(reply)

    async def _seen(self, reply: httpx.Response) -> Screen:
        reader = _Reader()
        reader.feed(reply.text)
        form = None
        if reader.action is not None:
            form = Form(urljoin(str(reply.url), reader.action), reader.fields)
        return Screen(
            address=str(reply.url),
            status=reply.status_code,
            form=form,
            alert=reader.alert,
            code=reader.code,
            saved_cards=tuple(token for token in reader.choices["card_token"] if token),
            installments=tuple(int(count) for count in reader.choices["installments"]),
            may_save="1" in reader.choices["save"],
        )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self.alert = ""
        self.code = ""
        self.choices: dict[str, list[str]] = {"card_token": [], "installments": [], "save": []}
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given["action"]
        elif tag == "input" and given.get("type") == "hidden":
            self.fields[given["name"]] = given["value"]
        elif tag == "input" and given["name"] in self.choices:
            self.choices[given["name"]].append(given["value"])
        elif given.get("role") == "alert":
            self._inside = "alert"
        elif tag == "output":
            self._inside = "code"

    def handle_endtag(self, tag: str) -> None:
        if tag in {"p", "output"}:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "alert":
            self.alert += data
        elif self._inside == "code":
            self.code += data
